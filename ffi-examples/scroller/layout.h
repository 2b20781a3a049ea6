/* Where in a window everything is, and what it shows. */
#ifndef SCROLLER_LAYOUT_H
#define SCROLLER_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "painter.h"
#include "place.h"
#include "text.h"

/* Left and right of what is written. */
#define LAYOUT_SIDE_PIXELS 10

/* A window from top to bottom, in rows of pixels: title, text, status line. In a low window there is only text. */
struct layout {
	int width, height;
	bool has_bars;
	int title_rows;       /* above the text */
	int title_top;        /* of the words in it */
	int text_lines;       /* as many as there is room for */
	int text_rows;        /* text_lines * line_height */
	int status_top;       /* below the text */
	int status_rows;
	int status_text_top;
	int text_left;        /* in pixels; left of it are the line numbers */
	int columns;          /* characters of a line; longer ones are wrapped */
};

/* More than fit into any window. */
#define PAGE_LINES_MAX 2048

/* What a window shows. To draw a page again, nothing else is needed. */
struct page {
	const struct text *text;
	struct place places[PAGE_LINES_MAX]; /* what stands in each line of the window */
	int place_count;      /* less than there are lines if the text ends before */
	bool is_tinted;       /* what was drawn and what was moved have different papers */
	int drawn_first;      /* the lines of the window that the last frame has drawn; it has moved the others */
	int drawn_count;
	const char *hints;    /* what can be typed */
	char costs[96];       /* what the last frame has cost */
};

struct layout layout_of(const struct painter *painter, const struct text *text, int width, int height);

/* Decimal digits of a number. */
int layout_digits(size_t number);

#endif
