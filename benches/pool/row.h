/* What the heaps are made to do: one row of the table each. */
#ifndef POOL_BENCH_ROW_H
#define POOL_BENCH_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap.h"
#include "trace.h"

struct row;

/* The calls of a row. */
struct pattern {
	/* Makes slots and steps, before time and memory are measured. */
	void (*prepare)(const struct row *row);
	/* Does some more of it, and returns how many calls that were. */
	size_t (*timed)(const struct heap *heap, const struct row *row);
	/* The same with each block filled when it is had, and compared before it goes. */
	size_t (*checked)(const struct heap *heap, const struct row *row);
};

enum row_group {
	GROUP_PAIRS,
	GROUP_BATCHES,
	GROUP_GENERATIONS,
	GROUP_QUEUES,
	GROUP_GROW,
	GROUP_MIXED,
	GROUP_STRINGS,
	GROUP_NODES,
	GROUP_PAGES,
	GROUP_LARGE,
	GROUP_ARENAS,
	GROUP_TRACES,
	GROUP_COUNT,
};

extern const char *const group_names[GROUP_COUNT];

struct row {
	char name[40];
	enum row_group group;
	const struct pattern *pattern;
	/* Sizes, all equally likely; skewed: small ones likelier. What grows does so from the least to the most. */
	size_t least_bytes, most_bytes;
	bool has_skewed_sizes;
	/* How many are live, or belong together. */
	size_t blocks;
	/* Pools that are used in turn; 0: one. */
	size_t pools;
	/* Takes seconds for each heap: left out of a quick run. */
	bool is_long;
	/* Laps beyond the usual that are not counted, until each lap does the same. */
	unsigned more_warming_laps;
	/* For a bounded Pool: how much of it is asked for. The row's settings have the bound. */
	unsigned percent;
	struct heap_settings settings;
	struct trace trace;
};

#define ROWS_MAX 64

/* The rows but for the traces. */
size_t rows_make(struct row rows[ROWS_MAX]);

/* Where the traces lie, and how much of each is taken. */
struct trace_files {
	const char *folder;
	const char *const *names;
	size_t count;
	size_t events_max;
};

/* Adds a row for each trace that is there to `count` rows, and returns how many there are then. */
size_t rows_add_traces(struct row rows[ROWS_MAX], size_t count, const struct trace_files *files);

/* Reads the traces of the rows that are left. */
void rows_load_traces(struct row *rows, size_t count, const struct trace_files *files);

#endif
