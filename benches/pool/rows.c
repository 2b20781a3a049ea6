/* The rows of the table. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "patterns.h"

const char *const group_names[GROUP_COUNT] = { "pairs", "batches", "generations", "queues", "grow", "mixed sizes",
					       "strings", "nodes", "pages", "large", "arenas and pools", "traces" };

/* Bounded Pools get their whole memory with the first request, and room for the arena's own header. */
#define BOUND_BYTES 4000000
#define BOUND_SLACK_BYTES 4096
/* Arenas for three strings each: 140,000 live fill 40,000 and some. */
#define SMALL_ARENA_BYTES 448

#define PAIRS .group = GROUP_PAIRS, .pattern = &pattern_pairs, .blocks = 1
#define BATCHES .group = GROUP_BATCHES
/* Generations fill three laps before all that is freed in a lap is there. */
#define GENERATIONS                                                                                                   \
	.group = GROUP_GENERATIONS, .least_bytes = 8, .most_bytes = 64, .blocks = 100000, .more_warming_laps = 2
#define QUEUES .group = GROUP_QUEUES, .least_bytes = 16, .most_bytes = 512, .blocks = 5000
#define GROW .group = GROUP_GROW, .least_bytes = 16
#define MIXED .group = GROUP_MIXED, .pattern = &pattern_random, .has_skewed_sizes = true
#define STRINGS .group = GROUP_STRINGS, .pattern = &pattern_random, .least_bytes = 8, .most_bytes = 200
#define NODES .group = GROUP_NODES, .pattern = &pattern_random, .least_bytes = 48, .most_bytes = 48
#define PAGES .group = GROUP_PAGES, .pattern = &pattern_random, .least_bytes = 4096, .most_bytes = 4096
#define LARGE .group = GROUP_LARGE, .pattern = &pattern_random
#define ARENAS .group = GROUP_ARENAS, .least_bytes = 8, .most_bytes = 200
#define FULL(parts)                                                                                                   \
	ARENAS, .pattern = &pattern_bounded, .percent = (parts),                                                      \
		.settings = { .minarena_bytes = BOUND_BYTES, .maxsize_bytes = BOUND_BYTES + BOUND_SLACK_BYTES }

static const struct row plain_rows[] = {
	{ .name = "32 bytes", PAIRS, .most_bytes = 32 },
	{ .name = "64 bytes", PAIRS, .most_bytes = 64 },
	{ .name = "1024 bytes", PAIRS, .most_bytes = 1024 },
	{ .name = "8192 bytes", PAIRS, .most_bytes = 8192 },
	{ .name = "FIFO 64 x 1000", BATCHES, .pattern = &pattern_batches_fifo, .most_bytes = 64, .blocks = 1000 },
	{ .name = "LIFO 64 x 1000", BATCHES, .pattern = &pattern_batches_lifo, .most_bytes = 64, .blocks = 1000 },
	{ .name = "FIFO 200 x 20000", BATCHES, .pattern = &pattern_batches_fifo, .most_bytes = 200, .blocks = 20000 },
	{ .name = "freed in order", GENERATIONS, .pattern = &pattern_generations },
	{ .name = "freed in reverse", GENERATIONS, .pattern = &pattern_generations_reversed },
	{ .name = "7 of 8 freed", GENERATIONS, .pattern = &pattern_generations_survivors },
	{ .name = "by realloc alone", GENERATIONS, .pattern = &pattern_generations_realloc },
	{ .name = "queue of 5,000", QUEUES, .pattern = &pattern_queue },
	{ .name = "stack", QUEUES, .pattern = &pattern_stack },
	{ .name = "bursts", QUEUES, .pattern = &pattern_bursts },
	{ .name = "by half to 1 MB", GROW, .pattern = &pattern_growth_by_half, .most_bytes = 1000000, .blocks = 1 },
	{ .name = "by 16, 8 in turn", GROW, .pattern = &pattern_growth_by_16, .most_bytes = 4096, .blocks = 8 },
	{ .name = "by 16, 1 alone", GROW, .pattern = &pattern_growth_by_16, .most_bytes = 4096, .blocks = 1 },
	{ .name = "100 vectors to 20 kB", GROW, .pattern = &pattern_vectors, .most_bytes = 20000, .blocks = 100 },
	{ .name = "ropes", .group = GROUP_GROW, .pattern = &pattern_ropes, .least_bytes = 8, .most_bytes = 64,
	  .blocks = 64 },
	{ .name = "mixed, 1,000 live", MIXED, .most_bytes = 1024, .blocks = 1000 },
	{ .name = "mixed, 100,000 live", MIXED, .most_bytes = 1024, .blocks = 100000 },
	{ .name = "strings, 1,000 live", STRINGS, .blocks = 1000 },
	{ .name = "strings, 10,000 live", STRINGS, .blocks = 10000 },
	{ .name = "strings, 100,000 live", STRINGS, .blocks = 100000 },
	{ .name = "strings, 1,000,000 live", STRINGS, .blocks = 1000000, .is_long = true },
	{ .name = "nodes, 1,000 live", NODES, .blocks = 1000 },
	{ .name = "nodes, 10,000 live", NODES, .blocks = 10000 },
	{ .name = "nodes, 100,000 live", NODES, .blocks = 100000 },
	{ .name = "nodes, 1,000,000 live", NODES, .blocks = 1000000, .is_long = true },
	{ .name = "pages, 1,000 live", PAGES, .blocks = 1000 },
	{ .name = "pages, 10,000 live", PAGES, .blocks = 10000 },
	{ .name = "pages, 50,000 live", PAGES, .blocks = 50000, .is_long = true },
	{ .name = "1 to 100 kB, 1,000 live", LARGE, .least_bytes = 1000, .most_bytes = 100000, .blocks = 1000 },
	{ .name = "1 to 100 kB, 5,000 live", LARGE, .least_bytes = 1000, .most_bytes = 100000, .blocks = 5000,
	  .is_long = true },
	{ .name = "1 kB to 1 MB, 100 live", LARGE, .least_bytes = 1000, .most_bytes = 1000000, .blocks = 100 },
	{ .name = "1 kB to 1 MB, 500 live", LARGE, .least_bytes = 1000, .most_bytes = 1000000, .blocks = 500,
	  .is_long = true },
	{ .name = "an arena 1 % full", FULL(1) },
	{ .name = "an arena 50 % full", FULL(50) },
	{ .name = "an arena 99 % full", FULL(99) },
	{ .name = "40,000 arenas", ARENAS, .pattern = &pattern_random, .blocks = 140000,
	  .settings = { .minarena_bytes = SMALL_ARENA_BYTES, .keeps_arenas_apart = true } },
	{ .name = "1,000 pools in turn", ARENAS, .pattern = &pattern_pools, .blocks = 20, .pools = 1000,
	  .settings = { .keeps_arenas_apart = true } },
};

#define PLAIN_ROWS (sizeof(plain_rows) / sizeof(plain_rows[0]))

static bool has_trace(const char *folder, const char *name)
{
	char file_name[4096];

	snprintf(file_name, sizeof(file_name), "%s/%s.trace", folder, name);
	return access(file_name, R_OK) == 0;
}

size_t rows_make(struct row rows[ROWS_MAX])
{
	memcpy(rows, plain_rows, sizeof(plain_rows));
	return PLAIN_ROWS;
}

size_t rows_add_traces(struct row rows[ROWS_MAX], size_t count, const struct trace_files *files)
{
	for (size_t i = 0; files->folder && i < files->count && count < ROWS_MAX; i++) {
		if (!has_trace(files->folder, files->names[i]))
			continue;
		rows[count] = (struct row){ .group = GROUP_TRACES, .pattern = &pattern_trace };
		snprintf(rows[count].name, sizeof(rows[count].name), "%s", files->names[i]);
		count++;
	}
	return count;
}

void rows_load_traces(struct row *rows, size_t count, const struct trace_files *files)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].group == GROUP_TRACES)
			rows[i].trace = trace_load(files->folder, rows[i].name, files->events_max);
}
