#include "patterns.h"
#include "slots.h"
#include "steps.h"

/* The new one, the one before, and two that have survivors. */
#define GENERATIONS 4
#define SURVIVES_EACH 8

enum order {
	ORDER_SAME,
	ORDER_REVERSED,
	ORDER_SURVIVORS,
	ORDER_REALLOC,
};

static size_t generation;

static void prepare(const struct row *row)
{
	slots_make(GENERATIONS * row->blocks);
	steps_make(row);
}

/* As an interpreter does that has one function for all of it. */
INLINE void take_by_realloc(const struct scene *scene, size_t slot, size_t size_bytes)
{
	settle(scene, slot, scene->heap.realloc(scene->heap.context, NULL, size_bytes), size_bytes);
}

INLINE void leave_by_realloc(const struct scene *scene, size_t slot)
{
	if (scene->is_checked)
		slot_compare(slot, live.sizes[slot], live.sizes[slot]);
	if (scene->heap.frees_by_realloc)
		scene->heap.realloc(scene->heap.context, live.blocks[slot], 0);
	else
		scene->heap.free(scene->heap.context, live.blocks[slot]);
}

INLINE size_t first_slot(const struct scene *scene, size_t of_generation)
{
	return of_generation % GENERATIONS * scene->row->blocks;
}

INLINE size_t end_generation(const struct scene *scene, size_t first, enum order order)
{
	size_t blocks = scene->row->blocks, calls = 0;

	for (size_t i = 0; i < blocks; i++) {
		size_t slot = first + (order == ORDER_REVERSED ? blocks - 1 - i : i);

		if (order == ORDER_SURVIVORS && i % SURVIVES_EACH == 0)
			continue;
		if (order == ORDER_REALLOC)
			leave_by_realloc(scene, slot);
		else
			leave(scene, slot);
		calls++;
	}
	return calls;
}

INLINE size_t end_survivors(const struct scene *scene, size_t first)
{
	size_t calls = 0;

	for (size_t i = 0; i < scene->row->blocks; i += SURVIVES_EACH) {
		leave(scene, first + i);
		calls++;
	}
	return calls;
}

INLINE size_t lap_of_generations(const struct scene *scene, enum order order)
{
	const struct step *sizes = steps_of_next_lap();
	size_t first = first_slot(scene, generation), calls = scene->row->blocks;

	for (size_t i = 0; i < scene->row->blocks; i++)
		if (order == ORDER_REALLOC)
			take_by_realloc(scene, first + i, sizes[i].size_bytes);
		else
			take(scene, first + i, sizes[i].size_bytes);
	if (generation >= 1)
		calls += end_generation(scene, first_slot(scene, generation - 1), order);
	if (generation >= 3 && order == ORDER_SURVIVORS)
		calls += end_survivors(scene, first_slot(scene, generation - 3));
	generation++;
	return calls;
}

INLINE size_t lap_in_order(const struct scene *scene)
{
	return lap_of_generations(scene, ORDER_SAME);
}

INLINE size_t lap_reversed(const struct scene *scene)
{
	return lap_of_generations(scene, ORDER_REVERSED);
}

INLINE size_t lap_with_survivors(const struct scene *scene)
{
	return lap_of_generations(scene, ORDER_SURVIVORS);
}

INLINE size_t lap_by_realloc(const struct scene *scene)
{
	return lap_of_generations(scene, ORDER_REALLOC);
}

PATTERN(generations, prepare, lap_in_order);
PATTERN(generations_reversed, prepare, lap_reversed);
PATTERN(generations_survivors, prepare, lap_with_survivors);
PATTERN(generations_realloc, prepare, lap_by_realloc);
