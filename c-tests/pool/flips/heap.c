/* A heap in use, and the list of all bits in it that are the heap's own. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "pool/flips/flip.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "support/runner.h"

#define MAXIMUM_BLOCKS 2048
#define MAXIMUM_FLIPS (1 << 19)
#define MAXIMUM_GUARD_BYTES 4
#define LEAST_BYTES_WITH_FIFTH_LINK (4096 * sizeof(void *)) /* large blocks stand in trees */

static unsigned long random_bytes(void)
{
	long kind = random() % 100;

	return (unsigned long)random() % (kind < 4 ? 90000 : kind < 10 ? 6000 : 500) + 1;
}

/* One block in ten is aligned; those are not resized. */
static void change_slot(struct flip_heap *heap, bool *is_aligned, int slot)
{
	void **place = &heap->slots[slot];
	unsigned long bytes = random_bytes();

	if (*place == NULL) {
		is_aligned[slot] = random() % 10 == 0;
		*place = is_aligned[slot] ? poolallocalign(&heap->pool, bytes, 64UL << random() % 3, 0, 0)
			: poolalloc(&heap->pool, bytes);
	} else if (random() % 4 == 0 && !is_aligned[slot]) {
		*place = poolrealloc(&heap->pool, *place, bytes);
	} else {
		poolfree(&heap->pool, *place);
		*place = NULL;
		return;
	}
	CHECK(*place != NULL);
	memset(*place, (int)random(), bytes);
}

static void add_bytes(struct flip_heap *heap, enum flip_field field, unsigned slot, uintptr_t address, size_t bytes,
		      size_t bytes_before)
{
	for (size_t bit = 0; bit < bytes * 8; bit++) {
		CHECK(heap->count < MAXIMUM_FLIPS);
		heap->flips[heap->count++] = (struct flip){
			address + bit / 8, slot, (unsigned char)field, (unsigned char)(bytes_before * 8 + bit),
		};
	}
}

#define ADD_MEMBER(heap, field, slot, base, type, member)                              \
	add_bytes((heap), (field), (slot), (base) + offsetof(struct type, member), \
		  sizeof(((struct type *)NULL)->member), 0)

/* The fields of a tail follow `first` in one order for allocated and free blocks. */
static void add_tail(struct flip_heap *heap, enum flip_field first, unsigned slot, uintptr_t tail)
{
	size_t padding = offsetof(struct band_tail, fourth_byte) + 1, size = offsetof(struct band_tail, size_bytes);

	ADD_MEMBER(heap, first, slot, tail, band_tail, first_byte);
	add_bytes(heap, first, slot, tail + offsetof(struct band_tail, fourth_byte), 1, 1);
	add_bytes(heap, first + 1, slot, tail + offsetof(struct band_tail, unused_bytes_high), 2, 0);
	add_bytes(heap, first + 2, slot, tail + padding, size - padding, 0);
	ADD_MEMBER(heap, first + 3, slot, tail, band_tail, size_bytes);
}

static unsigned slot_of(const struct flip_heap *heap, uintptr_t block)
{
	for (unsigned slot = 0; slot < FLIP_SLOTS; slot++)
		if (heap->slots[slot] != NULL && band_block_of(heap->slots[slot]).address == block)
			return slot;
	runner_fail(__FILE__, __LINE__, "each allocated block is in a slot");
}

static void add_allocated(struct flip_heap *heap, const struct band_block *block)
{
	uintptr_t tail = band_tail_of(block->address, block->size_bytes);
	uintptr_t guard = block->address + sizeof(struct band_header) + band_data_bytes(block);
	size_t guard_bytes = tail - guard < MAXIMUM_GUARD_BYTES ? tail - guard : MAXIMUM_GUARD_BYTES;
	unsigned slot = slot_of(heap, block->address);

	ADD_MEMBER(heap, ALLOCATED_MAGIC, slot, block->address, band_header, magic);
	ADD_MEMBER(heap, ALLOCATED_SIZE, slot, block->address, band_header, size_bytes);
	add_bytes(heap, ALLOCATED_GUARD, slot, guard, guard_bytes, 0);
	add_tail(heap, ALLOCATED_TAIL_MAGIC, slot, tail);
}

static void add_free(struct flip_heap *heap, const struct band_block *block)
{
	uintptr_t links = block->address + offsetof(struct band_free, links);
	unsigned link_count = block->size_bytes >= LEAST_BYTES_WITH_FIFTH_LINK ? 5 : 4;

	ADD_MEMBER(heap, FREE_BLOCK_MAGIC, FLIP_SLOTS, block->address, band_header, magic);
	ADD_MEMBER(heap, FREE_BLOCK_SIZE, FLIP_SLOTS, block->address, band_header, size_bytes);
	for (unsigned i = 0; i < link_count; i++)
		add_bytes(heap, FREE_BLOCK_LINK_1 + i, FLIP_SLOTS, links + i * sizeof(void *), sizeof(void *), 0);
	add_tail(heap, FREE_BLOCK_TAIL_MAGIC, FLIP_SLOTS, band_tail_of(block->address, block->size_bytes));
}

static void add_arena(struct flip_heap *heap, uintptr_t address, const struct band_arena *arena)
{
	uintptr_t end = address + arena->arena_bytes - sizeof(struct band_header);

	ADD_MEMBER(heap, ARENA_MAGIC, FLIP_SLOTS, address, band_arena, header.magic);
	ADD_MEMBER(heap, ARENA_HEADER_SIZE, FLIP_SLOTS, address, band_arena, header.size_bytes);
	ADD_MEMBER(heap, ARENA_ABOVE, FLIP_SLOTS, address, band_arena, above);
	ADD_MEMBER(heap, ARENA_BELOW, FLIP_SLOTS, address, band_arena, below);
	ADD_MEMBER(heap, ARENA_BYTES, FLIP_SLOTS, address, band_arena, arena_bytes);
	ADD_MEMBER(heap, ARENA_TAIL_SIZE, FLIP_SLOTS, address, band_arena, tail_size_bytes);
	ADD_MEMBER(heap, ARENA_END_MAGIC, FLIP_SLOTS, end, band_header, magic);
	ADD_MEMBER(heap, ARENA_END_SIZE, FLIP_SLOTS, end, band_header, size_bytes);
}

static void list_flips(struct flip_heap *heap)
{
	static struct band_block blocks[MAXIMUM_BLOCKS];
	size_t count = band_blocks(&heap->pool, blocks, MAXIMUM_BLOCKS);
	uintptr_t address = (uintptr_t)heap->pool.arenalist;
	struct band_arena arena;

	CHECK(count <= MAXIMUM_BLOCKS);
	for (; address != 0; address = arena.below) {
		CHECK(band_read(address, &arena, sizeof(arena)));
		add_arena(heap, address, &arena);
	}
	for (size_t i = 0; i < count; i++) {
		if (blocks[i].magic == MAGIC_FREE)
			add_free(heap, &blocks[i]);
		else
			add_allocated(heap, &blocks[i]);
	}
}

struct flip_heap *flip_heap_make(unsigned number)
{
	struct flip_heap *heap = calloc(1, sizeof(*heap));
	bool is_aligned[FLIP_SLOTS] = { false };

	CHECK(heap != NULL);
	heap->flips = calloc(MAXIMUM_FLIPS, sizeof(*heap->flips));
	heap->outcomes = mmap(NULL, MAXIMUM_FLIPS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(heap->flips != NULL && heap->outcomes != MAP_FAILED);
	heap->pool = provider_start("flips", &(struct arena_plan){ .order = ARENAS_APART });
	heap->pool.minarena = 4096UL << number % 8;
	srandom(number);
	for (int operation = 0; operation < FLIP_OPERATIONS; operation++)
		change_slot(heap, is_aligned, (int)(random() % FLIP_SLOTS));
	poolcheck(&heap->pool);
	list_flips(heap);
	return heap;
}

void flip_heap_end(struct flip_heap *heap)
{
	munmap(heap->outcomes, MAXIMUM_FLIPS);
	free(heap->flips);
	free(heap);
}
