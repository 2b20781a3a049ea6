#include "draw.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LEADING_ROWS 4
#define BAR_PADDING_ROWS 4
#define TAB_COLUMNS 8
#define SIDE_PIXELS 10
#define PROGRESS_PIXELS 96
#define POSITION_COLUMNS 44
#define LINE_COLUMNS_MAX 4096
#define MIDDLE_DOT 0xb7
#define ELLIPSIS 0x2026

static const uint32_t ink_colours[INK_COUNT] = {
	[INK_PAPER] = 0x1d2229,
	[INK_TEXT] = 0xd3d9e2,
	[INK_GUTTER] = 0x191d23,
	[INK_NUMBER] = 0x5d6876,
	[INK_HEADING] = 0x82bdf5,
	[INK_CODE] = 0xb9d491,
	[INK_STRANGE] = 0xd08770,
	[INK_BAR] = 0x2c3440,
	[INK_BAR_TEXT] = 0xf0f3f7,
	[INK_BAR_HINT] = 0x93a0b0,
	[INK_ACCENT] = 0xe9b872,
	[INK_GROOVE] = 0x434e5d,
};

static pixman_color_t colour_of(enum ink ink)
{
	uint32_t rgb = ink_colours[ink];
	return (pixman_color_t){
		.red = (uint16_t)((rgb >> 16 & 0xff) * 0x101),
		.green = (uint16_t)((rgb >> 8 & 0xff) * 0x101),
		.blue = (uint16_t)((rgb & 0xff) * 0x101),
		.alpha = 0xffff,
	};
}

bool painter_open(struct painter *painter)
{
	memset(painter, 0, sizeof(*painter));
	if (!fonts_open(&painter->fonts, "scroller"))
		return false;
	painter->cell_width = painter->fonts.cell_width;
	painter->line_height = painter->fonts.plain->height + LEADING_ROWS;
	painter->baseline = painter->fonts.plain->ascent + LEADING_ROWS / 2;

	for (int ink = 0; ink < INK_COUNT; ink++) {
		pixman_color_t colour = colour_of((enum ink)ink);
		painter->inks[ink] = pixman_image_create_solid_fill(&colour);
		if (painter->inks[ink] == NULL) {
			fprintf(stderr, "scroller: not enough memory\n");
			painter_close(painter);
			return false;
		}
	}
	return true;
}

void painter_close(struct painter *painter)
{
	for (int ink = 0; ink < INK_COUNT; ink++) {
		if (painter->inks[ink] != NULL)
			pixman_image_unref(painter->inks[ink]);
	}
	fonts_close(&painter->fonts);
}

static int decimal_digits(size_t number)
{
	int digits = 1;
	for (; number >= 10; number /= 10)
		digits++;
	return digits;
}

struct layout layout_of(const struct painter *painter, const struct text *text, int width, int height)
{
	int line_height = painter->line_height;
	bool has_bars = height >= 4 * (line_height + BAR_PADDING_ROWS);
	int bar_rows = has_bars ? 2 * BAR_PADDING_ROWS + line_height : 0;
	int spare_rows = height - 2 * bar_rows;

	struct layout layout = {.width = width, .height = height};
	layout.text_lines = spare_rows / line_height;
	layout.text_rows = layout.text_lines * line_height;
	if (has_bars) {
		/* what is left over goes above and below the title and the status line, alike */
		layout.bar_padding_rows = BAR_PADDING_ROWS + (spare_rows - layout.text_rows) / 4;
		layout.top_margin = layout.bar_padding_rows;
		layout.title_rows = line_height + layout.bar_padding_rows;
		layout.status_rows = layout.title_rows;
	}
	layout.text_top = layout.top_margin + layout.title_rows;
	layout.status_top = layout.text_top + layout.text_rows;
	layout.bottom_margin = height - layout.status_top - layout.status_rows;

	layout.text_left = SIDE_PIXELS + (decimal_digits(text->line_count) + 2) * painter->cell_width;
	layout.position_left = width - (POSITION_COLUMNS * painter->cell_width + SIDE_PIXELS);
	if (layout.position_left < 0)
		layout.position_left = 0;
	return layout;
}

size_t layout_last_top_line(const struct layout *layout, const struct text *text)
{
	size_t lines = layout->text_lines > 0 ? (size_t)layout->text_lines : 1;
	return text->line_count > lines ? text->line_count - lines : 0;
}

static void fill(pixman_image_t *image, enum ink ink, int left, int top, int width, int rows)
{
	if (width <= 0 || rows <= 0)
		return;
	pixman_color_t colour = colour_of(ink);
	pixman_box32_t box = {.x1 = left, .y1 = top, .x2 = left + width, .y2 = top + rows};
	pixman_image_fill_boxes(PIXMAN_OP_SRC, image, &colour, 1, &box);
}

/*
 * Nothing may be drawn outside of its own rows, however tall a glyph is: a line that is drawn alone, after a scroll,
 * must leave the same pixels as one that is drawn with all the others.
 */
static void clip(pixman_image_t *image, int left, int top, int width, int rows)
{
	pixman_region32_t region;
	pixman_region32_init_rect(&region, left, top, width > 0 ? (unsigned)width : 0, rows > 0 ? (unsigned)rows : 0);
	pixman_image_set_clip_region32(image, &region);
	pixman_region32_fini(&region);
}

static void unclip(pixman_image_t *image)
{
	pixman_image_set_clip_region32(image, NULL);
}

/* Draws one character and returns the number of columns that it takes. */
static int draw_character(const struct painter *painter, pixman_image_t *image, bool is_bold, enum ink ink,
			  int left, int top, uint32_t code_point)
{
	const struct fcft_glyph *glyph = fonts_glyph(is_bold ? painter->fonts.bold : painter->fonts.plain, code_point);
	if (glyph == NULL)
		return 1;
	/* a mark on the character before it: many fonts draw it left of its place, others in a cell of its own */
	bool is_mark_in_cell = glyph->cols == 0 && glyph->x >= 0;
	int x = left + glyph->x - (is_mark_in_cell ? painter->cell_width : 0);
	int y = top + painter->baseline - glyph->y;
	if (pixman_image_get_format(glyph->pix) == PIXMAN_a8r8g8b8) /* has colours of its own: an emoji */
		pixman_image_composite32(PIXMAN_OP_OVER, glyph->pix, NULL, image, 0, 0, 0, 0, x, y,
					 glyph->width, glyph->height);
	else
		pixman_image_composite32(PIXMAN_OP_OVER, painter->inks[ink], glyph->pix, image, 0, 0, 0, 0, x, y,
					 glyph->width, glyph->height);
	return glyph->cols > 0 ? glyph->cols : 0;
}

static int draw_label(const struct painter *painter, pixman_image_t *image, bool is_bold, enum ink ink,
		      int left, int top, const char *label)
{
	uint32_t code_points[256];
	size_t count = text_decode(label, strlen(label), code_points, 256);
	for (size_t i = 0; i < count; i++)
		left += painter->cell_width * draw_character(painter, image, is_bold, ink, left, top, code_points[i]);
	return left;
}

static bool is_heading(const uint32_t *code_points, size_t count)
{
	size_t marks = 0;
	while (marks < count && code_points[marks] == '#')
		marks++;
	return marks >= 1 && marks <= 6 && marks < count && code_points[marks] == ' ';
}

static bool is_control(uint32_t code_point)
{
	return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
}

/*
 * Draws the text of a line: tabs as room, control characters as a dot, a Markdown file's headings and code coloured. A
 * line that is too long is cut off with an ellipsis.
 */
static void draw_line_text(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
			   const struct text *text, size_t line, int top)
{
	uint32_t code_points[LINE_COLUMNS_MAX];
	size_t count = text_read_line(text, line, code_points, LINE_COLUMNS_MAX);
	bool is_bold = text->is_markdown && !text_line_is_code(text, line) && is_heading(code_points, count);
	enum ink line_ink = text_line_is_code(text, line) ? INK_CODE : is_bold ? INK_HEADING : INK_TEXT;
	bool has_code_marks = text->is_markdown && line_ink == INK_TEXT;
	bool is_code = false;

	int last_column = (layout->width - layout->text_left) / painter->cell_width - 1;
	int column = 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t code_point = code_points[i];
		int left = layout->text_left + column * painter->cell_width;
		if (column >= last_column && i + 1 < count) {
			draw_character(painter, image, false, INK_ACCENT, left, top, ELLIPSIS);
			return;
		}
		if (code_point == '\t') {
			column += TAB_COLUMNS - column % TAB_COLUMNS;
			continue;
		}
		bool is_strange = is_control(code_point) || code_point == 0xfffd;
		if (is_control(code_point))
			code_point = MIDDLE_DOT;
		bool is_code_mark = has_code_marks && code_point == '`';
		enum ink ink = is_strange ? INK_STRANGE : is_code || is_code_mark ? INK_CODE : line_ink;
		column += draw_character(painter, image, is_bold, ink, left, top, code_point);
		if (is_code_mark)
			is_code = !is_code;
	}
}

static void draw_line(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
		      const struct text *text, size_t line, int top)
{
	clip(image, 0, top, layout->width, painter->line_height);
	int gutter_width = layout->text_left - painter->cell_width;
	fill(image, INK_GUTTER, 0, top, gutter_width, painter->line_height);
	fill(image, INK_PAPER, gutter_width, top, layout->width - gutter_width, painter->line_height);
	if (line < text->line_count) {
		char number[32];
		int missing_digits = decimal_digits(text->line_count) - decimal_digits(line + 1);
		snprintf(number, sizeof(number), "%zu", line + 1);
		draw_label(painter, image, false, INK_NUMBER, SIDE_PIXELS + missing_digits * painter->cell_width, top,
			   number);
		draw_line_text(painter, image, layout, text, line, top);
	} else if (text->line_count == 0 && line == 0) {
		draw_label(painter, image, false, INK_NUMBER, layout->text_left, top, "(the file is empty)");
	}
	unclip(image);
}

void draw_lines(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
		const struct text *text, size_t top_line, int from, int count)
{
	for (int i = from; i < from + count; i++)
		draw_line(painter, image, layout, text, top_line + (size_t)i,
			  layout->text_top + i * painter->line_height);
}

void draw_margins(const struct painter *painter, pixman_image_t *image, const struct layout *layout)
{
	enum ink ink = layout->title_rows > 0 ? INK_BAR : INK_PAPER;
	(void)painter;
	fill(image, ink, 0, 0, layout->width, layout->top_margin);
	fill(image, ink, 0, layout->height - layout->bottom_margin, layout->width, layout->bottom_margin);
}

static void draw_title(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
		       const struct text *text)
{
	int top = layout->top_margin;
	char size[64];
	snprintf(size, sizeof(size), "%zu %s, %.1f KiB%s", text->line_count, text->line_count == 1 ? "line" : "lines",
		 (double)text->size_bytes / 1024, text->is_binary ? ", a binary file" : "");

	clip(image, 0, top, layout->width, layout->title_rows);
	fill(image, INK_BAR, 0, top, layout->width, layout->title_rows);
	int left = draw_label(painter, image, true, INK_BAR_TEXT, SIDE_PIXELS, top, text->name);
	draw_label(painter, image, false, INK_BAR_HINT, left + 2 * painter->cell_width, top, size);
	unclip(image);
}

static void draw_hints(const struct painter *painter, pixman_image_t *image, const struct layout *layout)
{
	int top = layout->status_top;
	clip(image, 0, top, layout->position_left, layout->status_rows);
	fill(image, INK_BAR, 0, top, layout->position_left, layout->status_rows);
	draw_label(painter, image, false, INK_BAR_HINT, SIDE_PIXELS, top + layout->bar_padding_rows,
		   "wheel  arrows  PgUp/PgDn  q ends");
	unclip(image);
}

void draw_position(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
		   const struct text *text, size_t top_line)
{
	int top = layout->status_top;
	size_t end_line = top_line + (size_t)layout->text_lines;
	if (end_line > text->line_count)
		end_line = text->line_count;
	double share = text->line_count == 0 ? 1 : (double)end_line / (double)text->line_count;
	char label[96];
	snprintf(label, sizeof(label), "%zu-%zu of %zu  %3d %%", text->line_count == 0 ? 0 : top_line + 1, end_line,
		 text->line_count, (int)(share * 100));

	clip(image, layout->position_left, top, layout->width - layout->position_left, layout->status_rows);
	fill(image, INK_BAR, layout->position_left, top, layout->width - layout->position_left, layout->status_rows);
	int bar_left = layout->width - SIDE_PIXELS - PROGRESS_PIXELS;
	int bar_rows = painter->line_height / 4;
	int bar_top = top + layout->bar_padding_rows + (painter->line_height - bar_rows) / 2;
	fill(image, INK_GROOVE, bar_left, bar_top, PROGRESS_PIXELS, bar_rows);
	fill(image, INK_ACCENT, bar_left, bar_top, (int)(share * PROGRESS_PIXELS), bar_rows);
	int label_left = bar_left - ((int)strlen(label) + 2) * painter->cell_width;
	draw_label(painter, image, false, INK_BAR_TEXT, label_left, top + layout->bar_padding_rows, label);
	unclip(image);
}

void draw_page(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
	       const struct text *text, size_t top_line)
{
	draw_margins(painter, image, layout);
	if (layout->title_rows > 0) {
		draw_title(painter, image, layout, text);
		draw_hints(painter, image, layout);
		draw_position(painter, image, layout, text, top_line);
	}
	draw_lines(painter, image, layout, text, top_line, 0, layout->text_lines);
}
