/* Painting a grid with pixman, cell by cell, as foot does. */
#ifndef MILLPOND_BENCH_TERMINAL_PAINT_H
#define MILLPOND_BENCH_TERMINAL_PAINT_H

#include <pixman.h>

#include "shm/terminal/grid.h"

/* Where things are in the picture, in pixels. */
struct layout {
	int width, height;
	int cell_width, cell_height;
	int columns, rows;
	int left, right, top, bottom;     /* margins */
};

struct font {
	pixman_image_t *masks[GLYPHS];
};

/* As many cells as fit between margins of at least two pixels. */
struct layout layout_of(int width, int height, int cell_width, int cell_height);

void font_open(struct font *font, const struct layout *layout);
void font_close(struct font *font);

/* Paints the dirty cells of one row, from the right to the left, and marks them clean. */
void paint_row(pixman_image_t *image, const struct layout *layout, const struct font *font, struct grid *grid, int row);

/* Paints the margins: all of the upper and the lower one; of the others what is beside the rows from `start` to `end`. */
void paint_margins(pixman_image_t *image, const struct layout *layout, int start, int end);

#endif
