/* pooltrim() and arenas: which go, in which order, what is counted then, and what their `free` may do. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "support/runner.h"

#define ARENAS 4
#define PAGE_BYTES 4096                     /* what the provider keeps arenas apart by */
#define BLOCKS_PER_ARENA 2
#define BLOCKS (ARENAS * BLOCKS_PER_ARENA)
#define ARENA_OVERHEAD_BYTES (8UL * sizeof(long))
#define BLOCK_OVERHEAD_BYTES (4UL * sizeof(long))
#define MANY 10000UL
#define MANY_STEP_BYTES 1056UL
#define MANY_BLOCK_BYTES 900UL             /* all that there is */

/* What goes back, in order. */
static struct {
	void *arena;
	unsigned long bytes;
} gone[MANY];
static size_t gone_count;

static void take(void *arena, unsigned long bytes)
{
	CHECK(provider.holder == NULL);
	if (gone_count < MANY) {
		gone[gone_count].arena = arena;
		gone[gone_count].bytes = bytes;
	}
	gone_count++;
}

/* --- a small heap, in every state, against going through its arenas ------------------------------------------------- */

/* Four arenas of different sizes without a whole page inside, two blocks in each, and nothing else. */
struct heap {
	Pool pool;
	unsigned char *blocks[BLOCKS];
	unsigned long data_bytes[BLOCKS];
	uintptr_t arenas[ARENAS];         /* in the order in which they came */
	unsigned long arena_bytes[ARENAS];
};

static void fill(struct heap *heap, unsigned arena)
{
	unsigned long block_bytes = heap->arena_bytes[arena] - ARENA_OVERHEAD_BYTES;
	unsigned long lower_bytes = block_bytes / 2 / 32 * 32;

	for (unsigned i = 0; i < BLOCKS_PER_ARENA; i++) {
		unsigned which = arena * BLOCKS_PER_ARENA + i;

		heap->data_bytes[which] = (i == 0 ? lower_bytes : block_bytes - lower_bytes) - BLOCK_OVERHEAD_BYTES;
		heap->blocks[which] = poolalloc(&heap->pool, heap->data_bytes[which]);
		CHECK(heap->blocks[which] != NULL);
		memset(heap->blocks[which], (int)which + 1, heap->data_bytes[which]);
		heap->arenas[arena] = (uintptr_t)provider.last_alloc;
	}
}

static void start(struct heap *heap, const struct arena_plan *plan)
{
	heap->pool = provider_start("trimmed", plan);
	heap->pool.free = take;
	gone_count = 0;
	for (unsigned arena = 0; arena < ARENAS; arena++) {
		heap->arena_bytes[arena] = 1024 * (arena + 1) + 32;
		heap->pool.minarena = heap->arena_bytes[arena] - 32;
		fill(heap, arena);
	}
	CHECK_EQUAL(provider.allocs, ARENAS);
	CHECK(plan->is_merging || heap->pool.curfree == 0);
}

/* Frees the blocks whose bits are set. */
static void free_blocks(struct heap *heap, unsigned freed)
{
	for (unsigned i = 0; i < BLOCKS; i++) {
		if (freed >> i & 1) {
			poolfree(&heap->pool, heap->blocks[i]);
			heap->blocks[i] = NULL;
		}
	}
}

static bool is_whole(unsigned freed, unsigned arena)
{
	return (freed >> arena * BLOCKS_PER_ARENA & 3) == 3;
}

static void check_live_blocks(struct heap *heap)
{
	for (unsigned i = 0; i < BLOCKS; i++) {
		for (unsigned long j = 0; heap->blocks[i] != NULL && j < heap->data_bytes[i]; j++)
			CHECK_EQUAL(heap->blocks[i][j], i + 1);
	}
	poolcheck(&heap->pool);
	band_check_counters(&heap->pool);
}

/* The arena with the highest address below another. */
static unsigned next_below(const struct heap *heap, uintptr_t above)
{
	unsigned found = ARENAS;

	for (unsigned i = 0; i < ARENAS; i++) {
		if (heap->arenas[i] < above && (found == ARENAS || heap->arenas[i] > heap->arenas[found]))
			found = i;
	}
	return found;
}

static void trim_and_compare(struct heap *heap, unsigned freed, unsigned long keep_bytes)
{
	unsigned long free_bytes = heap->pool.curfree, cursize = heap->pool.cursize, given_bytes = 0;
	unsigned long curalloc = heap->pool.curalloc;
	size_t expected = 0;

	CHECK_EQUAL(cursize, heap->arena_bytes[0] + heap->arena_bytes[1] + heap->arena_bytes[2] + heap->arena_bytes[3]);
	given_bytes = pooltrim(&heap->pool, keep_bytes);
	for (unsigned i = next_below(heap, UINTPTR_MAX); i < ARENAS; i = next_below(heap, heap->arenas[i])) {
		unsigned long block_bytes = heap->arena_bytes[i] - ARENA_OVERHEAD_BYTES;

		if (!is_whole(freed, i) || block_bytes > free_bytes || free_bytes - block_bytes < keep_bytes)
			continue;
		CHECK(expected < gone_count);
		CHECK_EQUAL((uintptr_t)gone[expected].arena, heap->arenas[i]);
		CHECK_EQUAL(gone[expected].bytes, heap->arena_bytes[i]);
		free_bytes -= block_bytes;
		cursize -= heap->arena_bytes[i];
		given_bytes -= heap->arena_bytes[i];
		memset(gone[expected].arena, 0x5a, gone[expected].bytes);
		expected++;
	}
	CHECK_EQUAL(gone_count, expected);
	CHECK_EQUAL(given_bytes, 0);
	CHECK_EQUAL(heap->pool.curfree, free_bytes);
	CHECK_EQUAL(heap->pool.cursize, cursize);
	CHECK_EQUAL(heap->pool.curalloc, curalloc);
	CHECK_EQUAL(provider.unlocked_calls, 0);
	check_live_blocks(heap);
}

/* What was free can be had again, and what has gone comes anew from alloc. */
static void use_again(struct heap *heap)
{
	for (unsigned i = 0; i < BLOCKS; i++) {
		if (heap->blocks[i] != NULL)
			continue;
		heap->blocks[i] = poolalloc(&heap->pool, heap->data_bytes[i]);
		CHECK(heap->blocks[i] != NULL);
		memset(heap->blocks[i], (int)i + 1, heap->data_bytes[i]);
	}
	check_live_blocks(heap);
}

/* One below, at, and one above each sum that arenas without blocks can leave. */
static void try_each_border(enum arena_order order, unsigned freed)
{
	static struct heap heap;

	for (unsigned leaving = 0; leaving < 1U << ARENAS; leaving++) {
		for (long beside = -1; beside <= 1; beside++) {
			unsigned long leaves_bytes = 0;
			bool is_possible = true;

			start(&heap, &(struct arena_plan){ .order = order, .gap_bytes = 32, .space_bytes = 1 << 17 });
			free_blocks(&heap, freed);
			for (unsigned i = 0; i < ARENAS; i++) {
				if (leaving >> i & 1) {
					is_possible = is_possible && is_whole(freed, i);
					leaves_bytes += heap.arena_bytes[i] - ARENA_OVERHEAD_BYTES;
				}
			}
			if (!is_possible)
				break;
			trim_and_compare(&heap, freed, heap.pool.curfree - leaves_bytes + (unsigned long)beside);
			use_again(&heap);
		}
	}
}

TEST(every_state_of_a_small_heap_at_every_border)
{
	runner_set_limit(120);
	for (unsigned freed = 0; freed < 1U << BLOCKS; freed++)
		try_each_border(ARENAS_APART, freed);
}

TEST(arenas_that_came_upwards_and_downwards)
{
	runner_set_limit(120);
	for (unsigned freed = 0; freed < 1U << BLOCKS; freed += 3) {
		try_each_border(ARENAS_UPWARDS, freed);
		try_each_border(ARENAS_DOWNWARDS, freed);
	}
}

/* --- pools that have nothing to give -------------------------------------------------------------------------------- */

TEST(nil_unused_and_reset_pools_have_nothing)
{
	Pool pool = provider_start("unused", &(struct arena_plan){ .order = ARENAS_APART });

	CHECK_EQUAL(pooltrim(NULL, 0), 0);
	CHECK_EQUAL(pooltrim(&pool, 0), 0);
	CHECK(pool.freeroot == NULL);
	CHECK(poolalloc(&pool, 10) != NULL);
	poolreset(&pool);
	CHECK_EQUAL(provider.frees, 1);
	CHECK_EQUAL(pooltrim(&pool, 0), 0);
	CHECK_EQUAL(provider.frees, 1);
	CHECK_EQUAL(provider.unlocked_calls, 0);
	CHECK_EQUAL(provider.locks, provider.unlocks);
}

TEST(without_free_arenas_stay)
{
	static struct heap heap;

	start(&heap, &(struct arena_plan){ .order = ARENAS_APART });
	heap.pool.free = NULL;
	free_blocks(&heap, (1U << BLOCKS) - 1);
	CHECK_EQUAL(pooltrim(&heap.pool, 0), 0);
	CHECK_EQUAL(heap.pool.cursize, heap.pool.curfree + ARENAS * ARENA_OVERHEAD_BYTES);
	use_again(&heap);
	CHECK_EQUAL(provider.allocs, ARENAS);
}

/* --- what the pool remembers of arenas ------------------------------------------------------------------------------ */

static void free_and_take_again(struct heap *heap, unsigned arena)
{
	unsigned which = arena * BLOCKS_PER_ARENA;

	poolfree(&heap->pool, heap->blocks[which]);
	CHECK(poolalloc(&heap->pool, heap->data_bytes[which]) == heap->blocks[which]);
	memset(heap->blocks[which], (int)which + 1, heap->data_bytes[which]);
}

/* Nothing of it can be read any more. */
static void check_are_no_blocks(struct heap *heap, unsigned arena, void *const *blocks)
{
	uintptr_t begin = heap->arenas[arena] / PAGE_BYTES * PAGE_BYTES;

	CHECK(mprotect((void *)begin, heap->arena_bytes[arena], PROT_NONE) == 0);
	provider.panic_way = PANIC_JUMPS;
	provider.panics = 0;
	for (unsigned i = 0; i < BLOCKS_PER_ARENA; i++)
		if (sigsetjmp(provider.escape, 1) == 0)
			poolfree(&heap->pool, blocks[i]);
	CHECK_EQUAL(provider.panics, BLOCKS_PER_ARENA);
}

/* The two arenas that were used last are looked at first. */
TEST(a_block_of_an_arena_that_went_is_none)
{
	static struct heap heap;
	void *blocks[BLOCKS_PER_ARENA];

	for (unsigned going = 0; going < ARENAS; going++)
		for (unsigned other = 0; other < ARENAS; other++) {
			if (going == other)
				continue;
			start(&heap, &(struct arena_plan){ .order = ARENAS_APART });
			for (int i = 0; i < 3; i++) {
				free_and_take_again(&heap, going);
				free_and_take_again(&heap, other);
			}
			memcpy(blocks, &heap.blocks[going * BLOCKS_PER_ARENA], sizeof(blocks));
			free_blocks(&heap, 3U << going * BLOCKS_PER_ARENA);
			free_and_take_again(&heap, other);
			CHECK(pooltrim(&heap.pool, 0) > 0);
			CHECK_EQUAL(gone_count, 1);
			check_are_no_blocks(&heap, going, blocks);
			check_live_blocks(&heap);
			provider.panic_way = PANIC_FAILS_THE_TEST;
			poolcheck(&heap.pool);
		}
}

/* --- arenas that have become one ------------------------------------------------------------------------------------ */

TEST(arenas_that_became_one_go_as_one)
{
	static struct heap heap;
	unsigned long requested_bytes, span_bytes;

	start(&heap, &(struct arena_plan){ .order = ARENAS_UPWARDS, .gap_bytes = 96, .is_merging = true });
	requested_bytes = heap.pool.cursize;
	free_blocks(&heap, 0xbf);
	CHECK_EQUAL(pooltrim(&heap.pool, 0), 0);
	check_live_blocks(&heap);
	free_blocks(&heap, 0x40);
	span_bytes = requested_bytes + (ARENAS - 1) * 96;
	CHECK_EQUAL(pooltrim(&heap.pool, 0), span_bytes);
	CHECK_EQUAL(gone_count, 1);
	CHECK(gone[0].arena == provider.space);
	CHECK_EQUAL(gone[0].bytes, span_bytes);
	CHECK_EQUAL(heap.pool.cursize, 0);
	CHECK_EQUAL(heap.pool.curfree, 0);
	CHECK_EQUAL(heap.pool.curalloc, 0);
	CHECK(heap.pool.arenalist == NULL);
	poolcheck(&heap.pool);
	use_again(&heap);
}

/* How much of what lies between belonged to what has gone is not known: it counts as that of what stays. */
TEST(cursize_counts_the_space_between_as_that_of_arenas_that_stay)
{
	static struct heap heap;
	unsigned long span_bytes;

	start(&heap, &(struct arena_plan){ .order = ARENAS_UPWARDS, .gap_bytes = 96, .is_merging = true });
	span_bytes = heap.pool.cursize + (ARENAS - 1) * 96;
	for (int round = 0; round < 5; round++) {
		void *other;

		provider.plan.is_merging = false;
		heap.pool.minarena = 8192;
		other = poolalloc(&heap.pool, 5000);
		CHECK(other != NULL);
		poolfree(&heap.pool, other);
		CHECK(pooltrim(&heap.pool, 0) > 8192);
		CHECK_EQUAL(gone_count, round + 1);
		CHECK_EQUAL(heap.pool.cursize, span_bytes);
		check_live_blocks(&heap);
	}
}

/* --- what `free` does ----------------------------------------------------------------------------------------------- */

static Pool *used;
static jmp_buf escape;

static void jump(void *arena, unsigned long bytes)
{
	take(arena, bytes);
	longjmp(escape, 1);
}

TEST(free_may_leave_by_longjmp)
{
	static struct heap heap;
	static volatile unsigned jumps;

	start(&heap, &(struct arena_plan){ .order = ARENAS_APART });
	free_blocks(&heap, (1U << BLOCKS) - 1);
	heap.pool.free = jump;
	if (setjmp(escape) != 0) {
		jumps++;
		CHECK_EQUAL(gone_count, jumps);
		CHECK(provider.holder == NULL);
		memset(gone[jumps - 1].arena, 0x5a, gone[jumps - 1].bytes);
		poolcheck(&heap.pool);
		band_check_counters(&heap.pool);
	}
	if (jumps < ARENAS)
		pooltrim(&heap.pool, 0);
	CHECK_EQUAL(jumps, ARENAS);
	CHECK_EQUAL(heap.pool.cursize, 0);
	CHECK(heap.pool.arenalist == NULL);
}

static void take_and_allocate(void *arena, unsigned long bytes)
{
	take(arena, bytes);
	poolcheck(used);
	memset(arena, 0x5a, bytes);
	CHECK(poolalloc(used, 40) != NULL);
	poolfree(used, poolalloc(used, 3000));
	poolcheck(used);
}

TEST(free_may_allocate)
{
	static struct heap heap;

	used = &heap.pool;
	start(&heap, &(struct arena_plan){ .order = ARENAS_APART });
	free_blocks(&heap, (1U << BLOCKS) - 1);
	heap.pool.free = take_and_allocate;
	pooltrim(&heap.pool, 0);
	CHECK(gone_count > 0);
	poolcheck(&heap.pool);
	band_check_counters(&heap.pool);
	CHECK(heap.pool.curalloc > 0);
}

static void take_and_trim(void *arena, unsigned long bytes)
{
	take(arena, bytes);
	memset(arena, 0x5a, bytes);
	pooltrim(used, 0);
}

TEST(free_may_trim)
{
	static struct heap heap;

	used = &heap.pool;
	start(&heap, &(struct arena_plan){ .order = ARENAS_APART });
	free_blocks(&heap, 0xfb);
	heap.pool.free = take_and_trim;
	pooltrim(&heap.pool, 0);
	CHECK_EQUAL(gone_count, ARENAS - 1);
	for (size_t i = 0; i < gone_count; i++) {
		for (size_t j = 0; j < i; j++)
			CHECK(gone[i].arena != gone[j].arena);
	}
	CHECK_EQUAL(heap.pool.cursize, heap.arena_bytes[1]);
	check_live_blocks(&heap);
}

static void take_and_reset(void *arena, unsigned long bytes)
{
	take(arena, bytes);
	if (gone_count == 1)
		poolreset(used);
}

TEST(free_may_reset_the_pool)
{
	static struct heap heap;

	used = &heap.pool;
	start(&heap, &(struct arena_plan){ .order = ARENAS_APART });
	free_blocks(&heap, 0xfb);
	heap.pool.free = take_and_reset;
	pooltrim(&heap.pool, 0);
	CHECK_EQUAL(gone_count, ARENAS);
	CHECK_EQUAL(heap.pool.cursize, 0);
	memset(heap.blocks, 0, sizeof(heap.blocks));
	use_again(&heap);
	poolreset(&heap.pool);
}

/* --- many ----------------------------------------------------------------------------------------------------------- */

TEST(ten_thousand_arenas)
{
	static unsigned char *blocks[MANY];
	Pool pool = provider_start("many", &(struct arena_plan){
		.order = ARENAS_UPWARDS, .gap_bytes = 32, .space_bytes = MANY * (MANY_STEP_BYTES + 32) });

	pool.minarena = MANY_STEP_BYTES - 32;
	pool.free = take;
	gone_count = 0;
	for (size_t i = 0; i < MANY; i++) {
		blocks[i] = poolalloc(&pool, MANY_BLOCK_BYTES);
		CHECK(blocks[i] != NULL);
		blocks[i][0] = (unsigned char)i;
	}
	CHECK_EQUAL(pool.cursize, MANY * MANY_STEP_BYTES);
	for (size_t i = 0; i < MANY; i++) {
		if (i % 3 != 0)
			poolfree(&pool, blocks[i]);
	}
	CHECK_EQUAL(pooltrim(&pool, 0), MANY * 2 / 3 * MANY_STEP_BYTES);
	CHECK_EQUAL(gone_count, MANY * 2 / 3);
	CHECK_EQUAL(pool.curfree, 0);
	CHECK_EQUAL(pool.cursize, (MANY - MANY * 2 / 3) * MANY_STEP_BYTES);
	poolcheck(&pool);
	for (size_t i = 0; i < MANY; i += 3) {
		CHECK_EQUAL(blocks[i][0], (unsigned char)i);
		poolfree(&pool, blocks[i]);
	}
	pooltrim(&pool, 0);
	CHECK_EQUAL(gone_count, MANY);
	CHECK_EQUAL(pool.cursize, 0);
	CHECK(poolalloc(&pool, 100) != NULL);
}
