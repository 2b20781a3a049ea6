/*
 * Single wrong bits in what a heap keeps about itself, and what a call does about each.
 *
 *	struct flip_heap *heap = flip_heap_make(1);
 *	flip_run(heap, FLIP_CHECK);
 *	flip_print(heap, "poolcheck");
 */
#ifndef MILLPOND_TEST_POOL_FLIP_H
#define MILLPOND_TEST_POOL_FLIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pool.h"

#define FLIP_SLOTS 400
#define FLIP_OPERATIONS 20000

enum flip_field {
	ALLOCATED_MAGIC, ALLOCATED_SIZE, ALLOCATED_GUARD, ALLOCATED_TAIL_MAGIC, ALLOCATED_TAIL_UNUSED,
	ALLOCATED_TAIL_PADDING, ALLOCATED_TAIL_SIZE,
	FREE_BLOCK_MAGIC, FREE_BLOCK_SIZE, FREE_BLOCK_LINK_1, FREE_BLOCK_LINK_2, FREE_BLOCK_LINK_3, FREE_BLOCK_LINK_4,
	FREE_BLOCK_LINK_5, FREE_BLOCK_TAIL_MAGIC, FREE_BLOCK_TAIL_UNUSED, FREE_BLOCK_TAIL_PADDING, FREE_BLOCK_TAIL_SIZE,
	ARENA_MAGIC, ARENA_HEADER_SIZE, ARENA_ABOVE, ARENA_BELOW, ARENA_BYTES, ARENA_TAIL_SIZE,
	ARENA_END_MAGIC, ARENA_END_SIZE,
	FLIP_FIELDS,
};

enum flip_action {
	FLIP_CHECK,                       /* poolcheck() */
	FLIP_CHECK_ON,                    /* the same, with a panic that returns */
	FLIP_FREE,                        /* poolfree() of the damaged block */
	FLIP_USE,                         /* free all blocks and allocate others, twice */
};

enum flip_outcome {
	FLIP_UNTRIED,
	FLIP_RUNNING,
	FLIP_REPORTED,                    /* through the pool's panic */
	FLIP_SILENT,
	FLIP_SIGNAL,
	FLIP_HANG,
	FLIP_OUTCOMES,
};

struct flip {
	uintptr_t address;                /* of the byte */
	unsigned slot;                    /* that has the block; FLIP_SLOTS: none has */
	unsigned char field;
	unsigned char bit;                /* in the field, from its first byte and lowest bit on */
};

struct flip_heap {
	Pool pool;
	void *slots[FLIP_SLOTS];
	struct flip *flips;               /* those of one block are together */
	size_t count;
	unsigned char *outcomes;          /* one for each flip; shared with the children that try them */
	unsigned spoiled_groups;          /* blocks after whose flips the heap was not as before */
};

/* A heap after FLIP_OPERATIONS random calls, and every bit that can be flipped in it. Each number makes another. */
struct flip_heap *flip_heap_make(unsigned number);

/* Frees what the heap took, other than its arenas. */
void flip_heap_end(struct flip_heap *heap);

/* Tries every stride-th flip, of the fields that the action is about, in children. */
void flip_run(struct flip_heap *heap, enum flip_action action, unsigned stride);

unsigned flip_count(const struct flip_heap *heap, enum flip_outcome outcome);

/* Of the fields from `first` to `last`. */
unsigned flip_count_in(const struct flip_heap *heap, enum flip_outcome outcome, enum flip_field first,
		       enum flip_field last);

/* A table by field, and below it what was not reported, by field and bit. */
void flip_print(const struct flip_heap *heap, const char *title);

/* One line with the sums; below it what ended in a signal or a hang, by field and bit. */
void flip_print_sums(const struct flip_heap *heap, const char *title);

#endif
