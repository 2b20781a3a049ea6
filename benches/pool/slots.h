/* The blocks that a row has live, in slots, and the calls that make and end them. */
#ifndef POOL_BENCH_SLOTS_H
#define POOL_BENCH_SLOTS_H

#include <string.h>

#include "measure.h"
#include "row.h"

#define CALLS_IN_LAP 200000
#define INLINE static inline __attribute__((always_inline))

struct live {
	void **blocks;
	/* Only kept where blocks are checked. */
	uint32_t *sizes;
};

extern struct live live;

/* Makes that many slots, whose pages are in memory, and must not count as the heap's. */
void slots_make(size_t count);

/* For a pattern whose slots are the row's blocks. */
void slots_make_for_row(const struct row *row);

/* Fills a new or resized block with what its slot and size say. Gives up if there is none. */
void slot_fill(const struct heap *heap, size_t slot, size_t size_bytes);

/* The first `size_bytes` of the slot's block must hold what it was filled with when it had `filled_bytes`. */
void slot_compare(size_t slot, size_t filled_bytes, size_t size_bytes);

/* The heap that is measured, in registers; and whether blocks are filled and compared, known when it is compiled. */
struct scene {
	struct heap heap;
	const struct row *row;
	bool is_checked;
};

/* A pattern of two functions, from one that is compiled for each. */
#define PATTERN(name, prepare_row, lap)                                                                               \
	static size_t name##_timed(const struct heap *heap, const struct row *row)                                    \
	{                                                                                                             \
		return lap(&(const struct scene){ *heap, row, false });                                               \
	}                                                                                                             \
	static size_t name##_checked(const struct heap *heap, const struct row *row)                                  \
	{                                                                                                             \
		return lap(&(const struct scene){ *heap, row, true });                                                \
	}                                                                                                             \
	const struct pattern pattern_##name = { prepare_row, name##_timed, name##_checked }

INLINE void settle(const struct scene *scene, size_t slot, void *block, size_t size_bytes)
{
	live.blocks[slot] = block;
	if (scene->is_checked)
		slot_fill(&scene->heap, slot, size_bytes);
	else if (size_bytes >= sizeof(uint64_t))
		/* No program asks for memory and leaves it. */
		memcpy(block, &size_bytes, sizeof(size_bytes));
}

INLINE void take(const struct scene *scene, size_t slot, size_t size_bytes)
{
	settle(scene, slot, scene->heap.alloc(scene->heap.context, size_bytes), size_bytes);
}

INLINE void leave(const struct scene *scene, size_t slot)
{
	if (scene->is_checked)
		slot_compare(slot, live.sizes[slot], live.sizes[slot]);
	scene->heap.free(scene->heap.context, live.blocks[slot]);
}

INLINE void resize(const struct scene *scene, size_t slot, size_t size_bytes)
{
	live.blocks[slot] = scene->heap.realloc(scene->heap.context, live.blocks[slot], size_bytes);
	if (scene->is_checked) {
		size_t old_bytes = live.sizes[slot];

		if (live.blocks[slot])
			slot_compare(slot, old_bytes, size_bytes < old_bytes ? size_bytes : old_bytes);
		slot_fill(&scene->heap, slot, size_bytes);
	}
}

#endif
