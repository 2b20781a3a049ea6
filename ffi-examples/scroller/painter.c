#include "painter.h"

#include <stdio.h>
#include <string.h>

#define LEADING_ROWS 4

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
	[INK_MOVED] = 0x1b3350,
	[INK_DRAWN] = 0x5a4212,
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

void draw_fill(pixman_image_t *image, enum ink ink, int left, int top, int width, int rows)
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
void draw_clip(pixman_image_t *image, int left, int top, int width, int rows)
{
	pixman_region32_t region;
	pixman_region32_init_rect(&region, left, top, width > 0 ? (unsigned)width : 0, rows > 0 ? (unsigned)rows : 0);
	pixman_image_set_clip_region32(image, &region);
	pixman_region32_fini(&region);
}

void draw_unclip(pixman_image_t *image)
{
	pixman_image_set_clip_region32(image, NULL);
}

int draw_character(const struct painter *painter, pixman_image_t *image, bool is_bold, enum ink ink,
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

int draw_label(const struct painter *painter, pixman_image_t *image, bool is_bold, enum ink ink, int left, int top,
	       const char *label)
{
	uint32_t code_points[256];
	size_t count = text_decode(label, strlen(label), code_points, 256);
	for (size_t i = 0; i < count; i++)
		left += painter->cell_width * draw_character(painter, image, is_bold, ink, left, top, code_points[i]);
	return left;
}
