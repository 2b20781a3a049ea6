/* The rows of the table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"
#include "workload.h"

#define SEED 0x9e3779b97f4a7c15u

static const struct row plain_rows[] = {
	{ .name = "32 bytes", .group = GROUP_PAIRS, .kind = ROW_PAIRS, .size_bytes = 32, .blocks = 1 },
	{ .name = "64 bytes", .group = GROUP_PAIRS, .kind = ROW_PAIRS, .size_bytes = 64, .blocks = 1 },
	{ .name = "1024 bytes", .group = GROUP_PAIRS, .kind = ROW_PAIRS, .size_bytes = 1024, .blocks = 1 },
	{ .name = "8192 bytes", .group = GROUP_PAIRS, .kind = ROW_PAIRS, .size_bytes = 8192, .blocks = 1 },
	{ .name = "FIFO 64 x 1000", .group = GROUP_BATCHES, .kind = ROW_FIFO, .size_bytes = 64, .blocks = 1000 },
	{ .name = "LIFO 64 x 1000", .group = GROUP_BATCHES, .kind = ROW_LIFO, .size_bytes = 64, .blocks = 1000 },
	{ .name = "FIFO 200 x 20000", .group = GROUP_BATCHES, .kind = ROW_FIFO, .size_bytes = 200, .blocks = 20000 },
	{ .name = "1,000 live", .group = GROUP_RANDOM, .kind = ROW_RANDOM, .size_bytes = 1024, .blocks = 1000 },
	{ .name = "100,000 live", .group = GROUP_RANDOM, .kind = ROW_RANDOM, .size_bytes = 1024, .blocks = 100000 },
	{ .name = "1,000 live to 100 kB", .group = GROUP_LARGE, .kind = ROW_RANDOM_LARGE, .size_bytes = 100000,
	  .blocks = 1000 },
	{ .name = "by half to 1 MB", .group = GROUP_GROW, .kind = ROW_GROW_BY_HALF, .size_bytes = 1000000, .blocks = 1 },
	{ .name = "by 16, 8 in turn", .group = GROUP_GROW, .kind = ROW_GROW_BY_16, .size_bytes = 4096, .blocks = 8 },
	{ .name = "by 16, 1 alone", .group = GROUP_GROW, .kind = ROW_GROW_BY_16, .size_bytes = 4096, .blocks = 1 },
};

#define PLAIN_ROWS (sizeof(plain_rows) / sizeof(plain_rows[0]))

/* Small sizes are likelier, as in programs: up to 16, 32, 64 ... 1,024 bytes in equal parts. */
static uint32_t skewed_size(uint64_t random)
{
	return 1 + (uint32_t)((random & 0xffffffff) % (16u << (random >> 32) % 7));
}

static void make_steps(struct row *row)
{
	uint64_t state = SEED;

	row->steps = malloc(STEPS_IN_ALL * sizeof(*row->steps));
	if (!row->steps)
		give_up("no memory for steps");
	for (size_t i = 0; i < STEPS_IN_ALL; i++) {
		uint64_t size_random = next_random(&state);

		row->steps[i].slot = (uint32_t)(next_random(&state) % row->blocks);
		row->steps[i].size_bytes = row->kind == ROW_RANDOM ? skewed_size(size_random) :
								     16 + (uint32_t)(size_random % (row->size_bytes - 15));
	}
}

static bool has_trace(const char *folder, const char *name)
{
	char file_name[4096];

	snprintf(file_name, sizeof(file_name), "%s/%s.trace", folder, name);
	return access(file_name, R_OK) == 0;
}

size_t rows_make(struct row rows[ROWS_MAX], const char *folder, const char *const *names, size_t name_count)
{
	size_t count = PLAIN_ROWS;

	memcpy(rows, plain_rows, sizeof(plain_rows));
	for (size_t i = 0; i < PLAIN_ROWS; i++)
		if (rows[i].kind == ROW_RANDOM || rows[i].kind == ROW_RANDOM_LARGE)
			make_steps(&rows[i]);
	for (size_t i = 0; folder && i < name_count; i++) {
		if (!has_trace(folder, names[i]))
			continue;
		rows[count] = (struct row){ .group = GROUP_TRACES, .kind = ROW_TRACE };
		rows[count].trace = trace_load(folder, names[i]);
		snprintf(rows[count].name, sizeof(rows[count].name), "%s", names[i]);
		count++;
	}
	return count;
}
