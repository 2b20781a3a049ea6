/* The bars above and below the text. Without them, in a low window, what is left below the text is paper. */
#ifndef SCROLLER_BARS_H
#define SCROLLER_BARS_H

#include "layout.h"
#include "painter.h"

/* What the window shows, and what can be typed: drawn once, and kept by each scroll. */
void draw_title(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
		const struct page *page);

/* Where the window stands in the text, and what the frame has cost: drawn with each frame. */
void draw_status(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
		 const struct page *page);

#endif
