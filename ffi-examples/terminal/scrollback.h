/* The lines that have scrolled off the screen: a ring, the oldest line goes first. */
#ifndef TERMINAL_SCROLLBACK_H
#define TERMINAL_SCROLLBACK_H

#include <stdbool.h>

#include <vterm.h>

#define SCROLLBACK_LINES_MAX 4000

struct scrollback_line {
	VTermScreenCell *cells;
	int cell_count;
};

struct scrollback {
	struct scrollback_line lines[SCROLLBACK_LINES_MAX];
	int first;            /* where the oldest line is */
	int line_count;
};

/* Keeps a line as the newest. False if there is no memory: then it is lost. */
bool scrollback_push(struct scrollback *scrollback, const VTermScreenCell *cells, int cell_count);

/* The newest line goes. */
void scrollback_pop(struct scrollback *scrollback);

/* A line; 0 is the newest, `back` is less than line_count. */
const struct scrollback_line *scrollback_line(const struct scrollback *scrollback, int back);

void scrollback_free(struct scrollback *scrollback);

#endif
