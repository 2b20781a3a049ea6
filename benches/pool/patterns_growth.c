#include <stdlib.h>

#include "patterns.h"
#include "slots.h"
#include "steps.h"

INLINE size_t lap_of_growth(const struct scene *scene, bool is_by_half)
{
	const struct row *row = scene->row;
	size_t calls = 0;

	while (calls < CALLS_IN_LAP / 10) {
		size_t size_bytes = row->least_bytes;

		for (size_t slot = 0; slot < row->blocks; slot++)
			take(scene, slot, size_bytes);
		while (size_bytes < row->most_bytes) {
			size_bytes += is_by_half ? size_bytes / 2 : 16;
			for (size_t slot = 0; slot < row->blocks; slot++)
				resize(scene, slot, size_bytes);
			calls += row->blocks;
		}
		for (size_t slot = 0; slot < row->blocks; slot++)
			leave(scene, slot);
		calls += 2 * row->blocks;
	}
	return calls;
}

INLINE size_t lap_by_half(const struct scene *scene)
{
	return lap_of_growth(scene, true);
}

INLINE size_t lap_by_16(const struct scene *scene)
{
	return lap_of_growth(scene, false);
}

/* How large the vectors are, or the strings of a rope. */
static size_t *part_bytes;

static void make_parts(size_t count)
{
	part_bytes = malloc(count * sizeof(*part_bytes));
	if (!part_bytes)
		give_up("no memory for %zu sizes", count);
	memset(part_bytes, 0, count * sizeof(*part_bytes));
}

static void prepare_vectors(const struct row *row)
{
	slots_make(row->blocks);
	steps_make(row);
	make_parts(row->blocks);
}

INLINE size_t lap_of_vectors(const struct scene *scene)
{
	const struct row *row = scene->row;
	const struct step *steps_now = steps_of_next_lap();
	size_t calls = STEPS_IN_LAP;

	for (size_t i = 0; i < STEPS_IN_LAP; i++) {
		size_t slot = steps_now[i].slot, size_bytes = part_bytes[slot];

		if (size_bytes > 0 && size_bytes < row->most_bytes) {
			size_bytes += size_bytes / 2;
			resize(scene, slot, size_bytes);
		} else {
			if (size_bytes > 0) {
				leave(scene, slot);
				calls++;
			}
			size_bytes = row->least_bytes;
			take(scene, slot, size_bytes);
		}
		part_bytes[slot] = size_bytes;
	}
	return calls;
}

/* Ropes that are done stay live until so many others are. Their slots follow those of the strings. */
#define ROPES_LIVE 64

static size_t ropes_done;

static void prepare_ropes(const struct row *row)
{
	slots_make(2 * row->blocks + ROPES_LIVE);
	steps_make(row);
	make_parts(2 * row->blocks + ROPES_LIVE);
}

/* Two strings become one in the slot `joined`, and are freed. */
INLINE void join(const struct scene *scene, size_t left, size_t right, size_t joined)
{
	part_bytes[joined] = part_bytes[left] + part_bytes[right];
	take(scene, joined, part_bytes[joined]);
	leave(scene, left);
	leave(scene, right);
}

/* The strings of the last level are in slots from `first` on; those of the next follow them. */
INLINE size_t make_rope(const struct scene *scene, const struct step *sizes)
{
	size_t strings = scene->row->blocks, first = 0, rope = 2 * strings + ropes_done % ROPES_LIVE;
	size_t calls = strings;

	for (size_t slot = 0; slot < strings; slot++) {
		part_bytes[slot] = sizes[slot].size_bytes;
		take(scene, slot, part_bytes[slot]);
	}
	if (ropes_done++ >= ROPES_LIVE) {
		leave(scene, rope);
		calls++;
	}
	for (; strings > 1; strings /= 2) {
		size_t next = first + strings;

		for (size_t i = 0; i < strings / 2; i++)
			join(scene, first + 2 * i, first + 2 * i + 1, strings == 2 ? rope : next + i);
		first = next;
		calls += 3 * (strings / 2);
	}
	return calls;
}

INLINE size_t lap_of_ropes(const struct scene *scene)
{
	const struct step *sizes = steps_of_next_lap();
	size_t strings = scene->row->blocks, calls = 0;

	for (size_t i = 0; i + strings <= STEPS_IN_LAP / 2; i += strings)
		calls += make_rope(scene, sizes + i);
	return calls;
}

PATTERN(growth_by_half, slots_make_for_row, lap_by_half);
PATTERN(growth_by_16, slots_make_for_row, lap_by_16);
PATTERN(vectors, prepare_vectors, lap_of_vectors);
PATTERN(ropes, prepare_ropes, lap_of_ropes);
