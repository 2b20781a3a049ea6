#include "draw.h"

#include <stdio.h>

#include "bars.h"

#define MIDDLE_DOT 0xb7
#define ELLIPSIS 0x2026

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

/* A line as it was read, and what is drawn of it now: tabs are room, control characters a dot. */
struct drawing {
	const struct painter *painter;
	pixman_image_t *image;
	uint32_t code_points[TEXT_LINE_MAX];
	size_t count;
	bool is_bold;
	enum ink ink;
	bool has_code_marks;          /* what stands between two of ` is code */
	bool is_code;
};

static void read_line(struct drawing *drawing, const struct text *text, size_t line)
{
	drawing->count = text_read_line(text, line, drawing->code_points, TEXT_LINE_MAX);
	if (drawing->count == TEXT_LINE_MAX)
		drawing->code_points[TEXT_LINE_MAX - 1] = ELLIPSIS;
	bool is_code = text_line_is_code(text, line);
	drawing->is_bold = text->is_markdown && !is_code && is_heading(drawing->code_points, drawing->count);
	drawing->ink = is_code ? INK_CODE : drawing->is_bold ? INK_HEADING : INK_TEXT;
	drawing->has_code_marks = text->is_markdown && drawing->ink == INK_TEXT;
	drawing->is_code = false;
}

/* Goes over the characters from `at` to `end`, and draws them unless `left` is negative. */
static void draw_characters(struct drawing *drawing, size_t at, size_t end, int left, int top)
{
	const struct painter *painter = drawing->painter;
	int column = 0;
	for (; at < end; at++) {
		uint32_t code_point = drawing->code_points[at];
		bool is_code_mark = drawing->has_code_marks && code_point == '`';
		bool is_strange = is_control(code_point) || code_point == 0xfffd;
		enum ink ink = is_strange ? INK_STRANGE : drawing->is_code || is_code_mark ? INK_CODE : drawing->ink;
		if (left >= 0 && code_point != '\t')
			draw_character(painter, drawing->image, drawing->is_bold, ink,
				       left + column * painter->cell_width, top,
				       is_control(code_point) ? MIDDLE_DOT : code_point);
		column += columns_of(code_point, column);
		drawing->is_code ^= is_code_mark;
	}
}

static void draw_text(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
		      const struct text *text, struct place place, int top)
{
	struct drawing drawing = {.painter = painter, .image = image};
	read_line(&drawing, text, place.line);
	size_t from = 0;
	for (int part = 0; part < place.part; part++)
		from = part_end(drawing.code_points, drawing.count, from, layout->columns);
	size_t end = part_end(drawing.code_points, drawing.count, from, layout->columns);
	draw_characters(&drawing, 0, from, -1, top);    /* what is code may have begun in a part above */
	draw_characters(&drawing, from, end, layout->text_left, top);
}

static void draw_number(const struct painter *painter, pixman_image_t *image, const struct text *text, size_t line,
			int top)
{
	char number[32];
	int missing_digits = layout_digits(text->line_count) - layout_digits(line + 1);
	snprintf(number, sizeof(number), "%zu", line + 1);
	draw_label(painter, image, false, INK_NUMBER, LAYOUT_SIDE_PIXELS + missing_digits * painter->cell_width, top, number);
}

static enum ink paper_of(const struct page *page, int i)
{
	if (!page->is_tinted)
		return INK_PAPER;
	return i >= page->drawn_first && i < page->drawn_first + page->drawn_count ? INK_DRAWN : INK_MOVED;
}

void draw_lines(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
		const struct page *page, int first, int count)
{
	const struct text *text = page->text;
	int gutter_width = layout->text_left - painter->cell_width;
	for (int i = first; i < first + count; i++) {
		int top = layout->title_rows + i * painter->line_height;
		draw_clip(image, 0, top, layout->width, painter->line_height);
		draw_fill(image, INK_GUTTER, 0, top, gutter_width, painter->line_height);
		draw_fill(image, paper_of(page, i), gutter_width, top, layout->width - gutter_width,
			  painter->line_height);
		if (i < page->place_count) {
			if (page->places[i].part == 0)
				draw_number(painter, image, text, page->places[i].line, top);
			draw_text(painter, image, layout, text, page->places[i], top);
		} else if (page->place_count == 0 && i == 0) {
			draw_label(painter, image, false, INK_NUMBER, layout->text_left, top, "(the file is empty)");
		}
		draw_unclip(image);
	}
}

void draw_page(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
	       const struct page *page)
{
	draw_lines(painter, image, layout, page, 0, layout->text_lines);
	draw_title(painter, image, layout, page);
	draw_status(painter, image, layout, page);
}
