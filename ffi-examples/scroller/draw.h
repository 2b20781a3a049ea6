/* Draws a page of text: a title, numbered lines, a status line. Knows pixman and fcft, but nothing of Wayland. */
#ifndef SCROLLER_DRAW_H
#define SCROLLER_DRAW_H

#include <stdbool.h>
#include <stddef.h>

#include <pixman.h>

#include "shared/fonts.h"
#include "text.h"

enum ink {
	INK_PAPER, INK_TEXT, INK_GUTTER, INK_NUMBER, INK_HEADING, INK_CODE, INK_STRANGE,
	INK_BAR, INK_BAR_TEXT, INK_BAR_HINT, INK_ACCENT, INK_GROOVE,
	INK_COUNT
};

struct painter {
	struct fonts fonts;
	pixman_image_t *inks[INK_COUNT];
	int cell_width;       /* of a character, in pixels */
	int line_height;      /* in rows of pixels */
	int baseline;         /* rows from the top of a line */
};

/*
 * A window from top to bottom, in rows of pixels: margin, title, text, status line, margin. The text scrolls, title and
 * status line are kept, the margins take what is left when the height is not a multiple of the line height.
 */
struct layout {
	int width, height;
	int top_margin;
	int title_rows;       /* 0 in a window too low for title and status line */
	int text_top;
	int text_lines;
	int text_rows;        /* text_lines * line_height */
	int status_top;
	int status_rows;
	int bottom_margin;
	int bar_padding_rows; /* between the text and the words of title and status line */
	int text_left;        /* in pixels; left of it are the line numbers */
	int position_left;    /* in pixels; right of it the status line changes with each scroll */
};

/* False, and one line on stderr, if there is no font. */
bool painter_open(struct painter *painter);

void painter_close(struct painter *painter);

struct layout layout_of(const struct painter *painter, const struct text *text, int width, int height);

/* The greatest number of the line that can stand at the top. */
size_t layout_last_top_line(const struct layout *layout, const struct text *text);

/* Draws `count` lines of the window, the first of them `from` lines below its top, where `top_line` stands. */
void draw_lines(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
		const struct text *text, size_t top_line, int from, int count);

/* Draws the part of the status line that changes with each scroll. */
void draw_position(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
		   const struct text *text, size_t top_line);

void draw_margins(const struct painter *painter, pixman_image_t *image, const struct layout *layout);

/* Draws every pixel of the window. */
void draw_page(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
	       const struct text *text, size_t top_line);

#endif
