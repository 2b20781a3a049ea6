/*
 * A terminal that draws as foot 1.8.1 does: one frame after the other, through whichever variant, with the same catching
 * up of a buffer that lags behind, the same choice between shm_scroll() and memmove, and the same records of damage.
 */
#ifndef MILLPOND_BENCH_TERMINAL_H
#define MILLPOND_BENCH_TERMINAL_H

#include "shm/terminal/paint.h"
#include "support/session.h"

#define VIEWS_KNOWN 8
#define DAMAGES_MAX 256

/* What one frame took: from shm_get_buffer() to the last thing painted. */
struct frame_sample {
	double cpu_ns;
	uint32_t faults;
	uint32_t turns;                   /* views that were carried to another place, with their pixels */
	uint32_t refused_scrolls;
	uint64_t caller_bytes;            /* copied by the terminal: memcpy, memmove, compositing */
	uint64_t scrolled_bytes;          /* by how much shm_scroll() was to move views */
	uint64_t kept_bytes;              /* rows that stay where they are while the view moves: copied by the library */
	const struct buffer *buffer;
};

/* Where a buffer's pixels were last seen. */
struct known_view {
	const struct buffer *buffer;
	const char *pixels;
};

struct surface_damage {
	int x, y, width, height;
};

struct terminal {
	struct session session;
	struct layout layout;
	const struct font *font;
	struct grid grid;
	struct buffer *last;              /* the last frame's buffer */
	struct frame_sample sample;       /* of the frame that is being drawn, or was drawn last */
	int direction;                    /* of the scrolls so far: 1 up, -1 down */
	struct known_view views[VIEWS_KNOWN];
	struct surface_damage damages[DAMAGES_MAX];
	size_t damage_count;
	uint64_t own_requests;            /* sent by the terminal itself */
	bool is_traced;                   /* marks what is measured for trace_calls() */
};

/* A terminal on a compositor that gives a buffer back when so many later ones have been committed. */
void terminal_open(struct terminal *terminal, const struct variant *variant, const struct layout *layout,
		   const struct font *font, unsigned late_commits);

void terminal_close(struct terminal *terminal);

/* Draws what has changed in the grid, commits it, and waits until the compositor has handled it. */
struct frame_sample terminal_frame(struct terminal *terminal);

/*
 * A frame that scrolls `count` times and paints nothing, so that time passes quickly for the memory. What the window
 * shows then is wrong until everything is painted: terminal_repaint().
 */
void terminal_hurry(struct terminal *terminal, int lines, int count);

/*
 * A frame that moves its view through the memory, by any number of scrolls, without records and without painting. Wrong
 * in the window, too, until everything is painted.
 */
void terminal_jump_begin(struct terminal *terminal);
void terminal_jump(struct terminal *terminal, int rows);
void terminal_jump_end(struct terminal *terminal);

/* Paints everything, in so many frames as there are buffers. */
void terminal_repaint(struct terminal *terminal, unsigned frames);

#endif
