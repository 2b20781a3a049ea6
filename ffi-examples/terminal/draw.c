#include "draw.h"

bool painter_open(struct painter *painter)
{
	if (!fonts_open(&painter->fonts, "terminal"))
		return false;
	painter->cell_width = painter->fonts.cell_width;
	/* not `height`, which is less with some fonts: the lower ends of letters, and of frames, would be cut off */
	painter->line_height = painter->fonts.plain->ascent + painter->fonts.plain->descent;
	painter->baseline = painter->fonts.plain->ascent;
	return true;
}

void painter_close(struct painter *painter)
{
	fonts_close(&painter->fonts);
}

static pixman_color_t colour_of(unsigned rgb)
{
	return (pixman_color_t){
		.red = (uint16_t)((rgb >> 16 & 0xff) * 0x101),
		.green = (uint16_t)((rgb >> 8 & 0xff) * 0x101),
		.blue = (uint16_t)((rgb & 0xff) * 0x101),
		.alpha = 0xffff,
	};
}

static void fill(pixman_image_t *image, unsigned rgb, int left, int top, int width, int rows)
{
	if (width <= 0 || rows <= 0)
		return;
	pixman_color_t colour = colour_of(rgb);
	pixman_box32_t box = {.x1 = left, .y1 = top, .x2 = left + width, .y2 = top + rows};
	pixman_image_fill_boxes(PIXMAN_OP_SRC, image, &colour, 1, &box);
}

/*
 * Draws one character. pixman notes in an image what it has found out about it, so that two threads may not draw with
 * one and the same: each makes an image of its own over the pixels of the glyph, which nobody writes.
 */
static void draw_glyph(const struct painter *painter, pixman_image_t *image, const struct fcft_glyph *glyph,
		       pixman_image_t *ink, int left, int top)
{
	pixman_format_code_t format = pixman_image_get_format(glyph->pix);
	pixman_image_t *picture = pixman_image_create_bits_no_clear(format, glyph->width, glyph->height,
		pixman_image_get_data(glyph->pix), pixman_image_get_stride(glyph->pix));
	if (picture == NULL)
		return;
	bool has_colours = format == PIXMAN_a8r8g8b8; /* an emoji */
	int x = left + glyph->x;
	int y = top + painter->baseline - glyph->y;
	pixman_image_composite32(PIXMAN_OP_OVER, has_colours ? picture : ink, has_colours ? NULL : picture, image,
				 0, 0, 0, 0, x, y, glyph->width, glyph->height);
	pixman_image_unref(picture);
}

static void draw_cell_text(const struct painter *painter, pixman_image_t *image, const VTermScreenCell *cell,
			   unsigned ink_rgb, int left, int top)
{
	int width = painter->cell_width * (cell->width > 1 ? 2 : 1);
	bool has_text = cell->chars[0] != 0 && cell->chars[0] != ' ' && cell->chars[0] != (uint32_t)-1;
	if (has_text) {
		struct fcft_font *font = cell->attrs.bold ? painter->fonts.bold : painter->fonts.plain;
		pixman_color_t colour = colour_of(ink_rgb);
		pixman_image_t *ink = pixman_image_create_solid_fill(&colour);
		for (int i = 0; ink != NULL && i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i] != 0; i++) {
			const struct fcft_glyph *glyph = fonts_glyph(font, cell->chars[i]);
			if (glyph != NULL)
				draw_glyph(painter, image, glyph, ink, left, top);
		}
		if (ink != NULL)
			pixman_image_unref(ink);
	}
	if (cell->attrs.underline)
		fill(image, ink_rgb, left, top + painter->baseline + 1, width, 1);
	if (cell->attrs.strike)
		fill(image, ink_rgb, left, top + painter->baseline * 2 / 3, width, 1);
}

/*
 * Nothing may be drawn outside of its own row, however tall a glyph is: a row that is drawn alone, after a scroll, must
 * leave the same pixels as one that is drawn with all the others.
 */
static void clip(pixman_image_t *image, int top, int rows)
{
	pixman_region32_t region;
	pixman_region32_init_rect(&region, 0, top, (unsigned)pixman_image_get_width(image), (unsigned)rows);
	pixman_image_set_clip_region32(image, &region);
	pixman_region32_fini(&region);
}

static unsigned paper_of_screen(const struct screen *screen)
{
	const struct shown_cell empty = {.cell = screen_empty_cell(screen)};
	unsigned ink, paper;
	screen_colours(screen, &empty, &ink, &paper);
	return paper;
}

void draw_row(const struct painter *painter, pixman_image_t *image, const struct screen *screen, int row)
{
	int top = row * painter->line_height;
	int used_width = screen->columns * painter->cell_width;
	clip(image, top, painter->line_height);
	fill(image, paper_of_screen(screen), used_width, top, pixman_image_get_width(image) - used_width,
	     painter->line_height);
	/* first all the paper: a glyph may reach into the next cell */
	for (int pass = 0; pass < 2; pass++) {
		for (int column = 0; column < screen->columns; column++) {
			struct shown_cell shown = screen_cell(screen, row, column);
			unsigned ink, paper;
			int left = column * painter->cell_width;
			screen_colours(screen, &shown, &ink, &paper);
			if (pass == 0)
				fill(image, paper, left, top, painter->cell_width, painter->line_height);
			else
				draw_cell_text(painter, image, &shown.cell, ink, left, top);
		}
	}
	pixman_image_set_clip_region32(image, NULL);
}

void draw_rest(const struct painter *painter, pixman_image_t *image, const struct screen *screen)
{
	int top = screen->rows * painter->line_height;
	fill(image, paper_of_screen(screen), 0, top, pixman_image_get_width(image), pixman_image_get_height(image) - top);
}

void draw_all(const struct painter *painter, pixman_image_t *image, const struct screen *screen)
{
	for (int row = 0; row < screen->rows; row++)
		draw_row(painter, image, screen, row);
	draw_rest(painter, image, screen);
}
