#include "patterns.h"
#include "slots.h"

INLINE size_t lap_of_pairs(const struct scene *scene)
{
	const struct heap heap = scene->heap;
	size_t size_bytes = scene->row->most_bytes;

	for (size_t i = 0; scene->is_checked && i < CALLS_IN_LAP / 2; i++) {
		take(scene, 0, size_bytes);
		leave(scene, 0);
	}
	/* As a function does with a block of its own: the address stays in a register. */
	for (size_t i = 0; !scene->is_checked && i < CALLS_IN_LAP / 2; i++) {
		void *block = heap.alloc(heap.context, size_bytes);

		memcpy(block, &i, sizeof(i));
		heap.free(heap.context, block);
	}
	return CALLS_IN_LAP;
}

INLINE size_t lap_of_batches(const struct scene *scene, bool is_fifo)
{
	size_t blocks = scene->row->blocks, batches = CALLS_IN_LAP / 2 / blocks;

	for (size_t batch = 0; batch < batches; batch++) {
		for (size_t i = 0; i < blocks; i++)
			take(scene, i, scene->row->most_bytes);
		for (size_t i = 0; i < blocks; i++)
			leave(scene, is_fifo ? i : blocks - 1 - i);
	}
	return 2 * batches * blocks;
}

INLINE size_t lap_of_fifo(const struct scene *scene)
{
	return lap_of_batches(scene, true);
}

INLINE size_t lap_of_lifo(const struct scene *scene)
{
	return lap_of_batches(scene, false);
}

PATTERN(pairs, slots_make_for_row, lap_of_pairs);
PATTERN(batches_fifo, slots_make_for_row, lap_of_fifo);
PATTERN(batches_lifo, slots_make_for_row, lap_of_lifo);
