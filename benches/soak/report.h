/* What a run came to: in words and numbers, and as a picture. */
#ifndef MILLPOND_SOAK_REPORT_H
#define MILLPOND_SOAK_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "soak/buffers.h"
#include "soak/growth.h"
#include "soak/pools.h"

struct run {
	unsigned seconds;
	struct buffers_work buffers;
	struct pools_work pools;
	struct growth growth;
	size_t steady_from;                /* the look from which on it is steady */
};

#define REPORT_FUNCTIONS 5

struct report_function {
	const char *name;
	const struct latency *latency;
};

/* Those that are reported, in the order of the table. */
void report_functions(const struct run *run, struct report_function functions[REPORT_FUNCTIONS]);

/* Returns true if nothing grows and nothing was wrong. */
bool report_write(const struct run *run, FILE *file);

void picture_write(const struct run *run, FILE *file);

#endif
