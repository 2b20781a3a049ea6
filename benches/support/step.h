/*
 * One step of a program that scrolls: get the frame's buffer, scroll it, write the rows that came in, hand it over.
 *
 * Measured is what the library does and what follows from it: from shm_get_buffer() to the last exposed row written.
 * Sending, and waiting for the compositor, are left out.
 */
#ifndef MILLPOND_BENCH_STEP_H
#define MILLPOND_BENCH_STEP_H

#include <stdint.h>

#include "support/session.h"

struct step_plan {
	int width, height;
	int rows;          /* up if positive, down if negative */
	int kept_rows;     /* so many at the top and as many at the bottom stay where they are */
};

/* How the pixels were moved, as their address shows. */
enum motion {
	SHIFTED,    /* the view has moved over them */
	CARRIED,    /* the view has gone to another place, with its pixels: a wrap */
	IN_PLACE,   /* the view is where it was */
};

struct sample {
	double cpu_ns;
	uint32_t faults;
	enum motion motion;
};

/* The rows that a step exposes. */
int step_exposed_top(const struct step_plan *plan);
int step_exposed_rows(const struct step_plan *plan);

/* The first three parts, unmeasured; returns the buffer, not yet committed. */
struct buffer *step_draw(struct session *session, const struct step_plan *plan, enum motion *motion);

/* A whole step, measured. */
struct sample step_take(struct session *session, const struct step_plan *plan);

/* As many steps as move the view six times through itself: then every ring has grown and every page is there. Returns how many. */
unsigned step_warm_up(struct session *session, const struct step_plan *plan);

/* Bytes of the whole view. */
uint64_t step_view_bytes(const struct step_plan *plan);

#endif
