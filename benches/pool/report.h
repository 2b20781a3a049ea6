/* The table, the verdicts on the goals, and the same as JSON. */
#ifndef POOL_BENCH_REPORT_H
#define POOL_BENCH_REPORT_H

#include <stdio.h>

#include "heap.h"
#include "workload.h"

struct results {
	const struct row *rows;
	size_t row_count;
	const struct heap *heaps;
	size_t heap_count;
	unsigned rounds, laps;
	/* Nanoseconds for each call. */
	double call_ns[ROWS_MAX][HEAPS_MAX];
	/* Bytes of memory at most; 0 for rows that are no traces. */
	double peak_bytes[ROWS_MAX][HEAPS_MAX];
};

/* How many times faster than the original a heap is on a group: the geometric mean of its rows. 0: cannot be said. */
double group_ratio(const struct results *results, size_t heap, enum row_group group);

void print_times(const struct results *results);
void print_memory(const struct results *results);
/* Returns how many goals are missed. */
unsigned print_goals(const struct results *results);
void write_json(const struct results *results, FILE *file);

#endif
