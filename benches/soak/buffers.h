/* A program with windows that scroll and one that is dragged, by each of the two faces, and its compositors. */
#ifndef MILLPOND_SOAK_BUFFERS_H
#define MILLPOND_SOAK_BUFFERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "soak/latency.h"

struct buffers_work {
	atomic_bool is_over;               /* set by another thread */
	atomic_bool is_steady;             /* likewise: calls are judged from now on */
	atomic_ulong scrolls, resizes;
	struct latency get, get_new_size, scroll;
	unsigned long refused, wrong;      /* scrolls that were not done; pixels that were not where they must be */
};

/* Until it is over. The argument is a struct buffers_work. */
void *buffers_run(void *work);

#endif
