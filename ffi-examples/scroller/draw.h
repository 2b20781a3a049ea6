/* Draws a page of text: numbered lines between a title and a status line. */
#ifndef SCROLLER_DRAW_H
#define SCROLLER_DRAW_H

#include "layout.h"
#include "painter.h"

/* Draws `count` lines of the window, from the line `first` on. */
void draw_lines(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
		const struct page *page, int first, int count);

/* Draws every pixel of the window. */
void draw_page(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
	       const struct page *page);

#endif
