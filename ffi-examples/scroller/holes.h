/*
 * How foot's shm.c scrolls, in short: the window is a view into a sparse file of 512 MiB. A scroll moves the view on, and
 * punches a hole into the file behind it, so that the memory goes back; the rows that come in are new memory. At the end
 * of the file the whole view is copied to its beginning.
 *
 * foot also destroys a wl_buffer and makes another one with each scroll, which is not done, and not counted, here.
 */
#ifndef SCROLLER_HOLES_H
#define SCROLLER_HOLES_H

#include <stdbool.h>

#include "layout.h"

/* Of each scroll. */
struct holes_cost {
	double us;            /* CPU time */
	double system_calls;
	double page_faults;
};

/* Scrolls by `rows` rows through the whole file once. False where there are no such files. */
bool holes_measure(const struct layout *layout, int rows, struct holes_cost *cost);

#endif
