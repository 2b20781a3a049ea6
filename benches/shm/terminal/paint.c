#include "shm/terminal/paint.h"

#include <stdint.h>
#include <string.h>

#include "support/report.h"

#define MARGIN_MIN 2
#define MARGIN_RECTANGLES 4

static const pixman_color_t background = { 0x1111, 0x1111, 0x1111, 0xffff };
static const pixman_color_t foreground = { 0xdcdc, 0xdcdc, 0xcccc, 0xffff };

struct layout layout_of(int width, int height, int cell_width, int cell_height)
{
	struct layout layout = {
		.width = width, .height = height, .cell_width = cell_width, .cell_height = cell_height,
		.columns = (width - 2 * MARGIN_MIN) / cell_width, .rows = (height - 2 * MARGIN_MIN) / cell_height,
	};

	layout.left = (width - layout.columns * cell_width) / 2;
	layout.right = width - layout.columns * cell_width - layout.left;
	layout.top = (height - layout.rows * cell_height) / 2;
	layout.bottom = height - layout.rows * cell_height - layout.top;
	return layout;
}

/* Any strokes will do, if no two masks are alike. */
static void fill_mask(pixman_image_t *mask, int glyph, int width, int height)
{
	char *pixels = (char *)pixman_image_get_data(mask);
	int stride = pixman_image_get_stride(mask);

	memset(pixels, 0, (size_t)stride * (size_t)height);
	for (int y = 0; y < height; y++) {
		for (int x = 0; x < width; x++)
			pixels[y * stride + x] = (char)((x * (glyph + 3) + y * (glyph + 5)) % 7 < 3 ? 255 : x * 64 / width);
	}
}

void font_open(struct font *font, const struct layout *layout)
{
	int width = layout->cell_width - 2, height = layout->cell_height * 5 / 8;

	for (int glyph = 0; glyph < GLYPHS; glyph++) {
		font->masks[glyph] = pixman_image_create_bits(PIXMAN_a8, width, height, NULL, 0);
		if (!font->masks[glyph])
			give_up("out of memory");
		fill_mask(font->masks[glyph], glyph, width, height);
	}
}

void font_close(struct font *font)
{
	for (int glyph = 0; glyph < GLYPHS; glyph++)
		pixman_image_unref(font->masks[glyph]);
}

static void paint_glyph(pixman_image_t *image, const struct layout *layout, pixman_image_t *mask,
			const pixman_color_t *color, int x, int y)
{
	pixman_image_t *solid = pixman_image_create_solid_fill(color);

	if (!solid)
		give_up("out of memory");
	pixman_image_composite32(PIXMAN_OP_OVER, solid, mask, image, 0, 0, 0, 0, x + 1, y + layout->cell_height / 4,
				 pixman_image_get_width(mask), pixman_image_get_height(mask));
	pixman_image_unref(solid);
}

static void paint_cell(pixman_image_t *image, const struct layout *layout, const struct font *font, uint8_t glyph,
		       struct place place, bool has_cursor)
{
	int x = layout->left + place.column * layout->cell_width, y = layout->top + place.row * layout->cell_height;
	pixman_rectangle16_t cell = {
		(int16_t)x, (int16_t)y, (uint16_t)layout->cell_width, (uint16_t)layout->cell_height,
	};
	pixman_region32_t clip;

	pixman_region32_init_rect(&clip, x, y, (unsigned)layout->cell_width, (unsigned)layout->cell_height);
	pixman_image_set_clip_region32(image, &clip);
	pixman_region32_fini(&clip);
	pixman_image_fill_rectangles(PIXMAN_OP_SRC, image, &background, 1, &cell);
	if (has_cursor)
		pixman_image_fill_rectangles(PIXMAN_OP_SRC, image, &foreground, 1, &cell);
	if (glyph)
		paint_glyph(image, layout, font->masks[glyph - 1], has_cursor ? &background : &foreground, x, y);
	pixman_image_set_clip_region32(image, NULL);
}

void paint_row(pixman_image_t *image, const struct layout *layout, const struct font *font, struct grid *grid, int row)
{
	for (int column = grid->columns - 1; column >= 0; column--) {
		int cell = row * grid->columns + column;
		bool has_cursor = grid->cursor_is_on && grid->cursor.row == row && grid->cursor.column == column;

		if (!grid->is_dirty[cell])
			continue;
		grid->is_dirty[cell] = false;
		paint_cell(image, layout, font, grid->glyphs[cell], (struct place){ column, row }, has_cursor);
	}
}

void paint_margins(pixman_image_t *image, const struct layout *layout, int start, int end)
{
	int16_t top = (int16_t)(layout->top + start * layout->cell_height);
	uint16_t height = (uint16_t)((end - start) * layout->cell_height);
	pixman_rectangle16_t margins[MARGIN_RECTANGLES] = {
		{ 0, 0, (uint16_t)layout->width, (uint16_t)layout->top },
		{ 0, (int16_t)(layout->height - layout->bottom), (uint16_t)layout->width, (uint16_t)layout->bottom },
		{ 0, top, (uint16_t)layout->left, height },
		{ (int16_t)(layout->width - layout->right), top, (uint16_t)layout->right, height },
	};

	pixman_image_fill_rectangles(PIXMAN_OP_SRC, image, &background, MARGIN_RECTANGLES, margins);
}
