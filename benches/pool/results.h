/* What was measured, and the ratios that it is said with. */
#ifndef POOL_BENCH_RESULTS_H
#define POOL_BENCH_RESULTS_H

#include "row.h"

struct results {
	const struct row *rows;
	size_t row_count;
	const struct heap *heaps;
	size_t heap_count;
	unsigned rounds, laps;
	/* Nanoseconds for each call. */
	double call_ns[ROWS_MAX][HEAPS_MAX];
	/* Bytes of memory at most; 0: not measured. */
	double held_bytes[ROWS_MAX][HEAPS_MAX];
};

/* Instead of a group: all rows. */
#define GROUP_ANY GROUP_COUNT

/* heap_count if there is no such heap. */
size_t index_of(const struct results *results, const char *heap_name);

/* figure(other) / figure(heap) of a row: how many times as much the other one takes. 0: cannot be said. */
double row_ratio(const struct results *results, const double figures[HEAPS_MAX], const char *other, const char *heap);

/* The geometric mean of that over the rows of a group. 0: cannot be said. */
double mean_ratio(const struct results *results, const char *other, const char *heap, enum row_group group,
		  const double figures[ROWS_MAX][HEAPS_MAX]);

/* The same of the times less what the harness takes: the heaps themselves, a little less than they cost. */
double mean_net_ratio(const struct results *results, const char *other, const char *heap, enum row_group group);

#endif
