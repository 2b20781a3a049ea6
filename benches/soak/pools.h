/* Operations on a system pool: sizes of all kinds come and go. */
#ifndef MILLPOND_SOAK_POOLS_H
#define MILLPOND_SOAK_POOLS_H

#include <stdatomic.h>
#include <stdint.h>

#include "soak/latency.h"

struct pools_work {
	atomic_bool is_over;               /* set by another thread */
	atomic_ulong operations;
	struct latency alloc, free;
	unsigned long wrong;               /* blocks that were not as they were left */
	uint64_t heap_max_bytes;
};

/* Until it is over. The argument is a struct pools_work. */
void *pools_run(void *work);

#endif
