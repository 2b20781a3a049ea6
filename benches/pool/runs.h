/* A row on a heap, in a process of its own: as in_own_process() wants it. */
#ifndef POOL_BENCH_RUNS_H
#define POOL_BENCH_RUNS_H

#include "row.h"

struct run {
	const struct row *row;
	const struct heap *heap;
	unsigned warming_laps, laps;
};

/* Nanoseconds of CPU time for each call: the best of the laps, after some that are not counted. */
double run_timed(const void *run);

/* How many calls run_timed() has made in this process, with those that are not counted. */
size_t run_calls(void);

/* With all blocks filled and compared, then the heap's own check: the bytes of memory that the heap has at the end. */
double run_checked(const void *run);

/* The same for a trace: the most bytes of memory, at the program's own peak or at its end. */
double run_checked_trace(const void *run);

#endif
