/* Scrolls inside a compositor of our own, for machines without one: checks what it sees, and makes a picture of it. */
#ifndef SCROLLER_EMBEDDED_H
#define SCROLLER_EMBEDDED_H

#include <stdbool.h>

#include "painter.h"
#include "script.h"
#include "statistics.h"
#include "text.h"

struct embedded_run {
	const struct painter *painter;
	const struct text *text;
	int width, height;
	struct script script;
	unsigned settling_frames;        /* not counted: until everything has its memory */
	unsigned frames_per_check;
	bool hashes_nothing;             /* the compositor reads pixels, and does not look for changes of what it holds */
	bool uses_shm_scroll;
	bool releases_late;              /* a buffer comes back when the next one is shown, not at once */
	const char *picture_path;        /* NULL: no picture */
};

/* False, and one line on stderr, if something fails or the compositor saw anything but what it should. */
bool embedded_run(const struct embedded_run *run, struct statistics *statistics);

#endif
