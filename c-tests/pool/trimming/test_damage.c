/* pooltrim() of damaged heaps: it is said, what is damaged stays as it is, and the rest goes. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "support/runner.h"

#define ARENAS 3
#define BLOCKS_PER_ARENA 3
#define BLOCKS (ARENAS * BLOCKS_PER_ARENA)
#define BLOCK_BYTES (12 * 1024UL)
#define PAGE_BYTES ((unsigned long)sysconf(_SC_PAGESIZE))
#define WORD sizeof(unsigned long)
#define LINKED_WORDS 8                     /* of a block: its header, and what lists and trees need */

struct heap {
	Pool pool;
	unsigned char *blocks[BLOCKS];
	uintptr_t arenas[ARENAS];
	unsigned long arena_bytes;
};

static unsigned gone_count;

/* Whoever still uses it faults. */
static void take_and_forbid(void *arena, unsigned long bytes)
{
	uintptr_t first = ((uintptr_t)arena + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	uintptr_t end = ((uintptr_t)arena + bytes) / PAGE_BYTES * PAGE_BYTES;

	CHECK(provider.holder == NULL);
	CHECK(first >= end || mprotect((void *)first, end - first, PROT_NONE) == 0);
	gone_count++;
}

/* Of the first arena all blocks are free, of the second the middle one, of the third none. */
static void start(struct heap *heap)
{
	heap->pool = provider_start("damaged", &(struct arena_plan){ .order = ARENAS_APART, .space_bytes = 1 << 19 });
	heap->pool.free = take_and_forbid;
	heap->pool.minarena = BLOCKS_PER_ARENA * (BLOCK_BYTES + 64);
	gone_count = 0;
	for (unsigned i = 0; i < BLOCKS; i++) {
		heap->blocks[i] = poolalloc(&heap->pool, BLOCK_BYTES);
		CHECK(heap->blocks[i] != NULL);
		memset(heap->blocks[i], (int)i + 1, BLOCK_BYTES);
		heap->arenas[i / BLOCKS_PER_ARENA] = (uintptr_t)provider.last_alloc;
	}
	CHECK_EQUAL(provider.allocs, ARENAS);
	heap->arena_bytes = provider.last_alloc_bytes;
	for (unsigned i = 0; i < 5; i++) {
		if (i != 3) {
			poolfree(&heap->pool, heap->blocks[i]);
			heap->blocks[i] = NULL;
		}
	}
}

static void check_live_blocks(const struct heap *heap)
{
	for (unsigned i = 0; i < BLOCKS; i++) {
		for (unsigned long j = 0; heap->blocks[i] != NULL && j < BLOCK_BYTES; j++)
			CHECK_EQUAL(heap->blocks[i][j], i + 1);
	}
}

static void spoil(uintptr_t address, unsigned long word)
{
	CHECK(band_write(address, &word, sizeof(word)));
}

TEST(a_damaged_arena_stays_and_the_others_go)
{
	static struct heap heap;

	start(&heap);
	for (unsigned i = 6; i < BLOCKS; i++) {
		poolfree(&heap.pool, heap.blocks[i]);
		heap.blocks[i] = NULL;
	}
	spoil(heap.arenas[0] + heap.arena_bytes - WORD, 5);
	provider.panic_way = PANIC_RETURNS;
	CHECK(pooltrim(&heap.pool, 0) >= heap.arena_bytes);
	CHECK_EQUAL(gone_count, 1);
	CHECK_EQUAL(provider.panics, 1);
	CHECK(strstr(provider.panic_text, "bad arena tail size: pool damaged, pooltrim") != NULL);
	CHECK(strstr(provider.report, "set aside") == NULL);
	spoil(heap.arenas[0] + heap.arena_bytes - WORD, 0);
	provider_forget();
	CHECK_EQUAL(pooltrim(&heap.pool, 0), heap.arena_bytes);
	CHECK_EQUAL(provider.panics, 0);
	check_live_blocks(&heap);
	poolcheck(&heap.pool);
}

TEST(a_block_that_is_damaged_keeps_the_pages_of_its_arena)
{
	static struct heap heap;
	unsigned char *free_data;
	struct band_block block;

	start(&heap);
	block = band_block_of(heap.blocks[3]);
	free_data = (unsigned char *)(block.address + block.size_bytes + HEADER_BYTES);
	CHECK_EQUAL(free_data[5000], 5);
	heap.blocks[3][BLOCK_BYTES] ^= 1;
	provider.panic_way = PANIC_JUMPS;
	if (sigsetjmp(provider.escape, 0) == 0) {
		pooltrim(&heap.pool, 0);
		CHECK(!"the panic jumps");
	}
	provider.holder->unlock(provider.holder);
	CHECK(strstr(provider.panic_text, "corrupt tail magic0: pool damaged, pooltrim") != NULL);
	CHECK_EQUAL(gone_count, 1);
	for (unsigned long i = LINKED_WORDS * WORD; i < BLOCK_BYTES; i++)
		CHECK_EQUAL(free_data[i], 5);
	heap.blocks[3][BLOCK_BYTES] ^= 1;
	pooltrim(&heap.pool, 0);
	check_live_blocks(&heap);
	poolcheck(&heap.pool);
}

TEST(wrong_counters_are_said_and_nothing_goes)
{
	static struct heap heap;

	start(&heap);
	heap.pool.curfree += 64;
	provider.panic_way = PANIC_RETURNS;
	CHECK_EQUAL(pooltrim(&heap.pool, 0), 0);
	CHECK_EQUAL(provider.panics, 1);
	CHECK(strstr(provider.panic_text, "wrong curfree: pool damaged, pooltrim") != NULL);
	CHECK_EQUAL(gone_count, 0);
}

/* --- words that were written over ----------------------------------------------------------------------------------- */

/* Where the pool has words of its own: in the headers and ends of arenas, and in headers, links and tails of blocks. */
static size_t words_of(const struct heap *heap, uintptr_t *words)
{
	static struct band_block blocks[BLOCKS];
	size_t count = 0, block_count = band_blocks(&heap->pool, blocks, BLOCKS);

	for (unsigned i = 0; i < ARENAS; i++) {
		for (unsigned word = 0; word < 6; word++)
			words[count++] = heap->arenas[i] + word * WORD;
		words[count++] = heap->arenas[i] + heap->arena_bytes - 2 * WORD;
		words[count++] = heap->arenas[i] + heap->arena_bytes - WORD;
	}
	CHECK(block_count <= BLOCKS);
	for (size_t i = 0; i < block_count; i++) {
		unsigned header_words = blocks[i].magic == MAGIC_FREE ? LINKED_WORDS : 2;

		for (unsigned word = 0; word < header_words; word++)
			words[count++] = blocks[i].address + word * WORD;
		words[count++] = blocks[i].address + blocks[i].size_bytes - 2 * WORD;
		words[count++] = blocks[i].address + blocks[i].size_bytes - WORD;
	}
	return count;
}

/* With one or two words written over, the pool is trimmed and used on. Nothing faults, also not where an arena was. */
static void trim_spoilt(size_t which, unsigned value, size_t other_which, unsigned other_value)
{
	static struct heap heap;
	uintptr_t words[ARENAS * 8 + BLOCKS * (LINKED_WORDS + 2)];
	size_t count;

	start(&heap);
	count = words_of(&heap, words);
	if (which < count) {
		unsigned long values[] = {
			0, ~0UL, words[which], heap.arenas[0] + 6 * WORD, heap.arenas[1] + 6 * WORD, MAGIC_FREE,
			heap.arena_bytes - 8 * WORD,
		};

		spoil(words[which], values[value]);
		spoil(words[other_which % count], values[other_value]);
	}
	provider.panic_way = PANIC_RETURNS;
	pooltrim(&heap.pool, 0);
	for (unsigned i = 0; i < 6; i++)
		poolfree(&heap.pool, poolalloc(&heap.pool, 700 * i * i));
	pooltrim(&heap.pool, 4096);
	poolcheck(&heap.pool);
	CHECK_EQUAL(provider.unlocked_calls, 0);
}

#define VALUES 7U
#define WORDS 90U

TEST(every_word_with_wrong_values)
{
	struct runner_outcome outcome;

	runner_set_limit(120);
	IN_CHILD(&outcome, 100) {
		for (size_t which = 0; which < WORDS; which++) {
			for (unsigned value = 0; value < VALUES; value++)
				trim_spoilt(which, value, which, value);
		}
	}
	CHECK_CHILD_WELL(&outcome);
}

TEST(pairs_of_words_with_wrong_values)
{
	struct runner_outcome outcome;

	runner_set_limit(120);
	IN_CHILD(&outcome, 100) {
		unsigned long random = 1;

		for (unsigned i = 0; i < 4000; i++) {
			size_t which = (random = random * 1103515245 + 12345) >> 16 & 0x7fff;
			size_t other = (random = random * 1103515245 + 12345) >> 16 & 0x7fff;

			trim_spoilt(which % WORDS, which / WORDS % VALUES, other % WORDS, other / WORDS % VALUES);
		}
	}
	CHECK_CHILD_WELL(&outcome);
}

/* --- a block that is made up ---------------------------------------------------------------------------------------- */

#define SMALL_BYTES 3000UL                  /* free blocks of them stand in lists */
#define LARGE_BYTES 40000UL                 /* in trees */

/* Three arenas again, with blocks of this size; `first` is freed before what start() frees, so that it is in no list. */
static void start_with(struct heap *heap, unsigned first, unsigned long bytes)
{
	static const unsigned freed[] = { 0, 1, 2, 4 };

	heap->pool = provider_start("damaged", &(struct arena_plan){ .order = ARENAS_APART, .space_bytes = 1 << 19 });
	heap->pool.free = take_and_forbid;
	heap->pool.minarena = BLOCKS_PER_ARENA * (bytes + 64);
	for (unsigned i = 0; i < BLOCKS; i++) {
		heap->blocks[i] = poolalloc(&heap->pool, bytes);
		CHECK(heap->blocks[i] != NULL);
		heap->arenas[i / BLOCKS_PER_ARENA] = (uintptr_t)provider.last_alloc;
	}
	heap->arena_bytes = provider.last_alloc_bytes;
	poolfree(&heap->pool, heap->blocks[first]);
	for (unsigned i = 0; i < 4; i++) {
		if (freed[i] != first)
			poolfree(&heap->pool, heap->blocks[freed[i]]);
	}
}

/* The second arena becomes one free block, with a tail, and comes behind the first one in the list, or ring, of their size. */
static void make_up_a_free_block(const struct heap *heap, bool is_large)
{
	uintptr_t whole = heap->arenas[0] + 6 * WORD, forged = heap->arenas[1] + 6 * WORD;
	unsigned long whole_bytes = heap->arena_bytes - 8 * WORD, tail[2];
	/* The seal ties a tail to its place. */
	unsigned long other_place = sizeof(long) == 8 ? (whole ^ forged) >> 3 : 0;

	CHECK(band_read(band_tail_of(whole, whole_bytes), tail, sizeof(tail)));
	CHECK_EQUAL(tail[1], whole_bytes);
	((uint32_t *)(void *)tail)[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__] ^= (uint32_t)other_place;
	CHECK(band_write(band_tail_of(forged, whole_bytes), tail, sizeof(tail)));
	spoil(forged, MAGIC_FREE);
	spoil(forged + WORD, whole_bytes);
	spoil(forged + 2 * WORD, 0);
	spoil(forged + 3 * WORD, 0);
	spoil(forged + 4 * WORD, is_large ? whole : 0);
	spoil(forged + 5 * WORD, whole);
	spoil(forged + 6 * WORD, 0);
	spoil(whole + 4 * WORD, forged);
	if (is_large)
		spoil(whole + 5 * WORD, forged);
}

/* The pool knows a free block inside, which it would still use when the arena has gone. */
static void expect_to_stay(unsigned first, unsigned long bytes)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		static struct heap heap;
		struct band_block inside;
		char place[64];

		start_with(&heap, first, bytes);
		inside = band_block_of(heap.blocks[4]);
		snprintf(place, sizeof(place), "corrupt free list: pool damaged, pooltrim, block %lx",
			 (unsigned long)inside.address);
		make_up_a_free_block(&heap, bytes == LARGE_BYTES);
		provider.panic_way = PANIC_RETURNS;
		pooltrim(&heap.pool, bytes);
		CHECK(strstr(provider.report, place) != NULL);
		CHECK(band_read(inside.address, &inside.magic, sizeof(inside.magic)));
		CHECK_EQUAL(inside.magic, MAGIC_FREE);
		for (unsigned i = 0; i < 4; i++)
			poolfree(&heap.pool, poolalloc(&heap.pool, bytes));
		poolcheck(&heap.pool);
	}
	CHECK_CHILD_WELL(&outcome);
}

TEST(an_arena_with_a_block_that_begins_a_list_stays)
{
	expect_to_stay(6, SMALL_BYTES);
}

TEST(an_arena_with_the_block_outside_the_lists_stays)
{
	expect_to_stay(4, SMALL_BYTES);
}

TEST(an_arena_with_the_large_block_outside_the_trees_stays)
{
	expect_to_stay(6, LARGE_BYTES);
}

#define WIDE_ARENA_BYTES (128 * 1024UL)
#define MOST_OF_IT_BYTES (120 * 1024UL)
#define LINKED_BYTES 100UL

/* Two arenas that hold any block with a list far from their ends, used in turn; the first one goes. In the other a list of two
 * blocks is left. Returns where the arena was, and the first block of the list. */
static uintptr_t let_one_of_two_go(Pool *pool, unsigned char **first)
{
	unsigned char *most, *rest, *second;
	uintptr_t gone_arena;

	pool->free = take_and_forbid;
	pool->minarena = WIDE_ARENA_BYTES;
	most = poolalloc(pool, MOST_OF_IT_BYTES);
	gone_arena = (uintptr_t)provider.last_alloc;
	rest = poolalloc(pool, pool->curfree - 4 * WORD);
	CHECK_EQUAL(pool->curfree, 0);
	*first = poolalloc(pool, LINKED_BYTES);
	CHECK(poolalloc(pool, LINKED_BYTES) != NULL);
	second = poolalloc(pool, LINKED_BYTES);
	CHECK(poolalloc(pool, LINKED_BYTES) != NULL);
	CHECK_EQUAL(provider.allocs, 2);
	poolfree(pool, rest);
	poolfree(pool, second);
	poolfree(pool, most);
	poolfree(pool, *first);
	CHECK(pooltrim(pool, 0) >= WIDE_ARENA_BYTES);
	return gone_arena;
}

TEST(a_link_into_an_arena_that_went_is_followed_by_nobody)
{
	Pool pool = provider_start("linked", &(struct arena_plan){ .order = ARENAS_APART, .space_bytes = 1 << 19 });
	unsigned char *first;
	uintptr_t gone_arena = let_one_of_two_go(&pool, &first);

	spoil((uintptr_t)first + 2 * WORD, gone_arena + WIDE_ARENA_BYTES / 2);
	provider.panic_way = PANIC_RETURNS;
	poolalloc(&pool, LINKED_BYTES);
	CHECK_EQUAL(provider.panics, 1);
	CHECK(strstr(provider.report, "corrupt free list: pool linked, poolalloc") != NULL);
}
