/* Draws rows of the screen. Knows pixman and fcft, but nothing of Wayland; several threads may draw at once. */
#ifndef TERMINAL_DRAW_H
#define TERMINAL_DRAW_H

#include <stdint.h>

#include <pixman.h>

#include "screen.h"
#include "shared/fonts.h"

struct painter {
	struct fonts fonts;
	int cell_width;
	int line_height;      /* in rows of pixels; lines touch, so that frames made of characters are closed */
	int baseline;         /* rows from the top of a line */
};

/* False, and one line, if there is no font. */
bool painter_open(struct painter *painter);

void painter_close(struct painter *painter);

/* Draws a row of the screen: every pixel of it, as wide as the image, and none outside of it. */
void draw_row(const struct painter *painter, pixman_image_t *image, const struct screen *screen, int row);

/* Draws what the rows leave free below them. */
void draw_rest(const struct painter *painter, pixman_image_t *image, const struct screen *screen);

/* Draws all that is to be seen. */
void draw_all(const struct painter *painter, pixman_image_t *image, const struct screen *screen);

#endif
