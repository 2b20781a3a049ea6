/*
 * What the terminal shows: libvterm's screen, or what has scrolled off it, with the cursor and the selection; and what
 * of it has changed since the last frame. A row is one that a person sees; a line is counted from the first that there
 * ever was, and keeps its number when it scrolls.
 */
#ifndef TERMINAL_SCREEN_H
#define TERMINAL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include <vterm.h>

#include "changes.h"
#include "scrollback.h"
#include "selection.h"

struct screen {
	VTerm *vterm;
	VTermScreen *vterm_screen;
	int rows, columns;
	struct scrollback scrollback;
	long first_line;              /* the number of the line at the top of libvterm's screen */
	int view_lines;               /* how far a person has scrolled back */
	struct changes changes;

	VTermPos cursor;
	bool is_cursor_hidden;
	bool is_alternate;            /* the screen of full-screen programs: nothing is kept of it */
	int mouse_mode;               /* VTERM_PROP_MOUSE_NONE, or what the program wants to know of the mouse */

	struct selection selection;
	long unmoved_lines;           /* that went to the scrollback, and whose scroll is still to be told */
};

/* What a cell is made of when it is drawn. */
struct shown_cell {
	VTermScreenCell cell;
	bool is_cursor;
	bool is_selected;
};

/* `output` gets what the terminal answers to the program. False, and one line, if there is no memory. */
bool screen_open(struct screen *screen, int rows, int columns, VTermOutputCallback *output, void *user);

void screen_close(struct screen *screen);

bool screen_resize(struct screen *screen, int rows, int columns);

/* What the program has written. */
void screen_write(struct screen *screen, const char *bytes, size_t byte_count);

/* Shows lines further back (> 0) or nearer to the end (< 0). */
void screen_scroll_view(struct screen *screen, int lines);

/* A cell with nothing in it. */
VTermScreenCell screen_empty_cell(const struct screen *screen);

struct shown_cell screen_cell(const struct screen *screen, int row, int column);

/* The colours of a cell as 0xRRGGBB, with what reverse, the cursor and the selection make of them. */
void screen_colours(const struct screen *screen, const struct shown_cell *shown, unsigned *ink, unsigned *paper);

/* Before and after a frame is drawn by what is in `changes`. */
void screen_begin_frame(struct screen *screen);
void screen_end_frame(struct screen *screen);

long screen_line_of_row(const struct screen *screen, int row);

/* Begins to select at a cell; nothing is selected before the next. */
void screen_select_from(struct screen *screen, int row, int column);

/* Selects up to a cell, and that. */
void screen_select_to(struct screen *screen, int row, int column);

#endif
