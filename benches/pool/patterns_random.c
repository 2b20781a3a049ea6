#include <stdlib.h>

#include "patterns.h"
#include "slots.h"
#include "steps.h"

#define LARGE_BYTES 4096

static bool is_filled;

static void prepare(const struct row *row)
{
	slots_make(row->blocks);
	steps_make(row);
}

INLINE size_t lap_of_replacements(const struct scene *scene)
{
	const struct row *row = scene->row;
	/* Large blocks are filled page by page where they are checked, which takes a hundred times as long. */
	size_t count = scene->is_checked && row->most_bytes > LARGE_BYTES ? STEPS_IN_LAP / 10 : STEPS_IN_LAP;
	size_t filled = is_filled ? 0 : row->blocks;
	const struct step *lap;

	for (size_t slot = 0; slot < filled; slot++)
		take(scene, slot, steps[slot % STEPS_IN_ALL].size_bytes);
	is_filled = true;
	lap = steps_of_next_lap();
	for (size_t i = 0; i < count; i++) {
		leave(scene, lap[i].slot);
		take(scene, lap[i].slot, lap[i].size_bytes);
	}
	return filled + 2 * count;
}

/* What a Pool takes for a block, on average over the row's sizes: header and tail, in quanta of 32, and 64 at least. */
static size_t mean_block_bytes(const struct row *row)
{
	size_t sum_bytes = 0;

	for (size_t size_bytes = row->least_bytes; size_bytes <= row->most_bytes; size_bytes++) {
		size_t block_bytes = (size_bytes + 32 + 31) & ~(size_t)31;

		sum_bytes += block_bytes < 64 ? 64 : block_bytes;
	}
	return sum_bytes / (row->most_bytes - row->least_bytes + 1);
}

static void prepare_bounded(const struct row *row)
{
	struct row counted = *row;

	counted.blocks = row->settings.minarena_bytes / 100 * row->percent / mean_block_bytes(row);
	prepare(&counted);
}

INLINE size_t lap_of_bounded(const struct scene *scene)
{
	const struct step *lap = steps_of_next_lap();
	size_t calls = STEPS_IN_LAP;

	for (size_t i = 0; i < STEPS_IN_LAP; i++) {
		size_t slot = lap[i].slot;

		if (live.blocks[slot]) {
			leave(scene, slot);
			calls++;
		}
		live.blocks[slot] = scene->heap.alloc(scene->heap.context, lap[i].size_bytes);
		if (live.blocks[slot])
			settle(scene, slot, live.blocks[slot], lap[i].size_bytes);
	}
	return calls;
}

static void **contexts;

static void prepare_pools(const struct row *row)
{
	contexts = malloc(row->pools * sizeof(*contexts));
	if (!contexts)
		give_up("no memory for %zu pools", row->pools);
	memset(contexts, 0, row->pools * sizeof(*contexts));
	slots_make(row->pools * row->blocks);
	steps_make(row);
}

INLINE void check_pools(const struct scene *scene)
{
	for (size_t i = 0; scene->heap.check && i < scene->row->pools; i++)
		scene->heap.check(contexts[i]);
}

INLINE size_t lap_of_pools(const struct scene *scene)
{
	const struct row *row = scene->row;
	const struct step *lap = steps_of_next_lap();
	struct scene there = *scene;
	size_t calls = STEPS_IN_LAP;

	for (size_t i = 0; !contexts[row->pools - 1] && i < row->pools; i++)
		if (!(contexts[i] = scene->heap.another(&scene->heap, &row->settings)))
			give_up("%s cannot be had %zu times", scene->heap.name, row->pools);
	for (size_t i = 0; i < STEPS_IN_LAP; i++) {
		size_t pool = i % row->pools, slot = pool * row->blocks + lap[i].slot;

		there.heap.context = contexts[pool];
		if (live.blocks[slot]) {
			leave(&there, slot);
			calls++;
		}
		take(&there, slot, lap[i].size_bytes);
	}
	if (scene->is_checked)
		check_pools(scene);
	return calls;
}

PATTERN(random, prepare, lap_of_replacements);
PATTERN(bounded, prepare_bounded, lap_of_bounded);
PATTERN(pools, prepare_pools, lap_of_pools);
