/* What a terminal is given to do, and when the compositor gives buffers back. */
#ifndef MILLPOND_BENCH_TERMINAL_LOADS_H
#define MILLPOND_BENCH_TERMINAL_LOADS_H

#include "shm/terminal/terminal.h"
#include "support/effort.h"

struct load {
	const char *name;
	/* What comes between two frames. */
	void (*change)(struct grid *grid);
	/* By how many lines a frame moves the view through its memory; 0: not at all. */
	int lines;
	/* Paints the whole window each time, so that a few frames have to do. */
	bool is_dear;
	/* The window has been scrolled before, and has rested since. */
	bool is_at_rest;
};

struct policy {
	const char *name;
	unsigned late_commits;
};

/* A size of the window, in pixels, with the size of a cell. */
struct window {
	int width, height, cell_width, cell_height;
	bool is_in_quick;
};

/* Each list ends with an entry of zeros. */
extern const struct load loads[];
extern const struct policy policies[];
extern const struct window windows[];

/* False for what --quick and --width leave out. */
bool window_is_wanted(const struct window *window, const struct effort *effort);

#endif
