/* What the heaps are made to do: one row of the table each. */
#ifndef POOL_BENCH_WORKLOAD_H
#define POOL_BENCH_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap.h"
#include "trace.h"

enum row_kind {
	ROW_PAIRS,              /* one block of size_bytes, allocated and freed, again and again */
	ROW_FIFO,               /* `blocks` of them allocated, then freed in the same order */
	ROW_LIFO,               /* ... or in the opposite order */
	ROW_RANDOM,             /* `blocks` live; one of them at random is replaced by one of another size */
	ROW_RANDOM_LARGE,       /* the same with sizes up to size_bytes, all equally likely */
	ROW_GROW_BY_HALF,       /* one block grows by half of itself until it has size_bytes */
	ROW_GROW_BY_16,         /* `blocks` grow in turn by 16 bytes until they have size_bytes */
	ROW_TRACE,              /* all that a real program did */
};

enum row_group {
	GROUP_PAIRS,
	GROUP_BATCHES,
	GROUP_RANDOM,
	GROUP_LARGE,
	GROUP_GROW,
	GROUP_TRACES,
	GROUP_COUNT,
};

extern const char *const group_names[GROUP_COUNT];

/* Replacements of a random row: laps do the next so many each, and begin again when there are no more. */
#define STEPS_IN_LAP 100000
#define STEPS_IN_ALL (8 * STEPS_IN_LAP)

struct step {
	uint32_t slot;
	uint32_t size_bytes;
};

struct row {
	char name[32];
	enum row_group group;
	enum row_kind kind;
	size_t size_bytes;
	size_t blocks;
	struct trace trace;
	struct step *steps;
};

#define ROWS_MAX 32

/* All rows. The traces are those of `names` that lie in `folder`; NULL: none. */
size_t rows_make(struct row rows[ROWS_MAX], const char *folder, const char *const *names, size_t name_count);

/* A row on a heap: what the functions below are given, as in_own_process() wants it. */
struct run {
	const struct row *row;
	const struct heap *heap;
	unsigned laps;
};

/* Nanoseconds of CPU time for each call: the best of the laps, after some that are not counted. */
double run_timed(const void *run);

/* The same with each block filled when it is had, and compared before it goes; then the heap's own check. Returns 0. */
double run_checked(const void *run);

/* For ROW_TRACE, with all blocks filled: the most bytes of memory, at the program's own peak or at its end. */
double run_for_memory(const void *run);

#endif
