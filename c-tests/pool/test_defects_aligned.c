/*
 * Known defects of the original that have to do with aligned blocks. Each test fails, or crashes, with it, unless it
 * says that it passes.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "support/runner.h"

#define BLOCKS 40

static unsigned char *blocks[BLOCKS];
static unsigned long block_bytes[BLOCKS];
static bool is_pinned[BLOCKS];

static Pool start(void)
{
	return provider_start("aligned", &(struct arena_plan){ .order = ARENAS_APART });
}

static void check_all(Pool *pool)
{
	poolcheck(pool);
	band_check_counters(pool);
}

static void fill(int i, unsigned long bytes)
{
	block_bytes[i] = bytes;
	memset(blocks[i], i + 1, bytes);
}

static void check_contents(void)
{
	for (int i = 0; i < BLOCKS; i++)
		for (unsigned long k = 0; blocks[i] != NULL && k < block_bytes[i]; k++)
			CHECK_EQUAL(blocks[i][k], i + 1);
}

/* --- sizes -------------------------------------------------------------------------------------------------------- */

TEST(msize_of_an_aligned_block_counts_from_the_users_pointer)
{
	Pool pool = start();

	/* Also where the address is no multiple of a word. */
	for (unsigned long align = 16; align <= 2048; align *= 2) {
		unsigned char *block = poolallocalign(&pool, 100, align, align & 0x550 ? 8 : 3, 0);
		struct band_block before = band_block_of(block);
		unsigned long bytes = poolmsize(&pool, block);

		CHECK(bytes >= 100);
		CHECK((uintptr_t)block + bytes <= band_tail_of(before.address, before.size_bytes));
		memset(block, 0xff, bytes);
		poolblockcheck(&pool, block);
		CHECK_EQUAL(poolmsize(&pool, block), bytes);
	}
	check_all(&pool);
}

TEST(size_and_alignment_together_do_not_wrap)
{
	Pool pool = start();

	CHECK(poolallocalign(&pool, ULONG_MAX - 31, 64, 0, 0) == NULL);
	CHECK(poolallocalign(&pool, ULONG_MAX, 1, 0, 0) == NULL);
	CHECK(poolallocalign(&pool, 64, ULONG_MAX - 31, 0, 0) == NULL);
	CHECK(poolallocalign(&pool, LONG_BIT_OF_64(63), LONG_BIT_OF_64(63), 0, 0) == NULL);
	CHECK(poolallocalign(&pool, LONG_BIT_OF_64(63) + 100, LONG_BIT_OF_64(63), 0, 4096) == NULL);
	CHECK(poolallocalign(&pool, LONG_MAX - 16, 8, 0, 4096) == NULL);
	CHECK_EQUAL(pool.curalloc, 0);
	check_all(&pool);
}

TEST(size_and_header_together_do_not_wrap)
{
	Pool pool = start();
	unsigned char *block = poolalloc(&pool, 100);
	unsigned long bytes = poolmsize(&pool, block);

	for (unsigned long less = 0; less <= 128; less++)
		CHECK(poolrealloc(&pool, block, ULONG_MAX - less) == NULL);
	CHECK_EQUAL(poolmsize(&pool, block), bytes);
	check_all(&pool);
}

/* --- what is cut off in front ------------------------------------------------------------------------------------- */

static void place_at_random(Pool *pool, int i)
{
	static const unsigned long aligns[] = { 3, 8, 16, 48, 64, 72, 100, 128, 256, 1000, 4096 };
	unsigned long bytes = (unsigned long)random() % (random() % 6 == 0 ? 5000 : 300);
	unsigned long align = aligns[random() % 11];
	long offset = random() % 64 - 32;

	if (blocks[i] != NULL) {
		poolfree(pool, blocks[i]);
		blocks[i] = NULL;
	} else if (random() % 3 == 0) {
		blocks[i] = poolalloc(pool, bytes);
		CHECK(blocks[i] != NULL);
		fill(i, bytes);
	} else {
		blocks[i] = poolallocalign(pool, bytes, align, offset, 0);
		CHECK(blocks[i] != NULL);
		CHECK_EQUAL(((uintptr_t)blocks[i] - (uintptr_t)offset) % align, 0);
		fill(i, bytes);
	}
}

static void place_with(unsigned long quantum, unsigned long least_bytes)
{
	Pool pool = start();

	pool.quantum = quantum;
	pool.minblock = least_bytes;
	memset(blocks, 0, sizeof(blocks));
	for (int step = 0; step < 1500; step++) {
		place_at_random(&pool, (int)(random() % BLOCKS));
		if (step % 10 == 0)
			check_all(&pool);
		if (step % 100 == 0)
			check_contents();
	}
	for (int i = 0; i < BLOCKS; i++)
		poolfree(&pool, blocks[i]);
	check_all(&pool);
	CHECK_EQUAL(pool.curalloc, 0);
}

TEST(what_is_left_of_an_aligned_block_is_large_enough)
{
	srandom(5);
	for (unsigned long quantum = 8; quantum <= 64; quantum *= 2)
		for (unsigned long least_bytes = 0; least_bytes <= 512; least_bytes += 64)
			place_with(quantum, least_bytes);
}

/* In turn because of the least size, a small quantum, and an alignment that is no power of two. */
TEST(the_remainder_behind_what_is_cut_off_is_not_forgotten)
{
	static const struct { unsigned long quantum, least_bytes, align; } settings[] = {
		{ 32, 128, 256 }, { 8, 0, 128 }, { 32, 0, 72 }, { 64, 128, 512 }, { 8, 48, 64 },
	};

	for (int i = 0; i < 5; i++) {
		Pool pool = start();

		pool.quantum = settings[i].quantum;
		pool.minblock = settings[i].least_bytes;
		for (unsigned long bytes = 0; bytes < 600; bytes += 7) {
			void *block = poolallocalign(&pool, bytes, settings[i].align, 0, 0);

			CHECK(block != NULL);
			CHECK_EQUAL((uintptr_t)block % settings[i].align, 0);
			memset(block, 0xff, bytes);
			check_all(&pool);
		}
	}
}

/* --- blocks that are not used again ------------------------------------------------------------------------------- */

TEST(an_aligned_block_that_is_not_reused_is_filled_within_its_bytes)
{
	Pool pool = start();

	for (unsigned long align = 32; align <= 2048; align *= 2) {
		unsigned char *block = poolallocalign(&pool, 100, align, 8, 0), *next = poolalloc(&pool, 10);

		memset(block, 'x', 100);
		memset(next, 'y', 10);
		pool.flags = POOL_NOREUSE;
		poolfree(&pool, block);
		pool.flags = 0;
		check_all(&pool);
		for (unsigned long i = 0; i < 92; i++) {
			unsigned char byte = 0;

			CHECK(band_read((uintptr_t)block + 8 + i, &byte, 1));
			CHECK_EQUAL(byte, 0xda);
		}
		CHECK_EQUAL(next[9], 'y');
		CHECK(provider_panics(&pool, POOL_OPERATION_FREE, block, 0));
	}
}

TEST(a_write_to_an_aligned_block_that_is_not_reused_is_found)
{
	for (unsigned offset = 8; offset < 100; offset += 7) {
		Pool pool = start();
		unsigned char *block = poolallocalign(&pool, 100, 256, 8, 0);

		pool.flags = POOL_NOREUSE;
		poolfree(&pool, block);
		poolcheck(&pool);
		band_flip((uintptr_t)block + offset, 4);
		CHECK(provider_panics(&pool, POOL_OPERATION_CHECK, NULL, 0));
		CHECK(strstr(provider.report, "dangling pointer write") != NULL);
	}
}

/* --- compaction --------------------------------------------------------------------------------------------------- */

static void move_block(void *from, void *to)
{
	for (int i = 0; i < BLOCKS; i++)
		if (blocks[i] == from) {
			CHECK(!is_pinned[i]);
			blocks[i] = to;
			return;
		}
	CHECK(!"a block is moved whose pointer the program has");
}

static void free_every_third(Pool *pool, int first)
{
	for (int i = first; i < BLOCKS; i += 3) {
		poolfree(pool, blocks[i]);
		blocks[i] = NULL;
	}
}

/* Alignments that the next free place has by chance are among them: such a block looks like any other. */
TEST(aligned_blocks_stay_where_they_are)
{
	Pool pool = start();

	pool.minarena = 20000;
	provider.on_move = move_block;
	for (int i = 0; i < BLOCKS; i++) {
		is_pinned[i] = i % 4 == 0;
		blocks[i] = is_pinned[i] ? poolallocalign(&pool, 90, 8UL << i % 7, 0, 0) : poolalloc(&pool, 150);
		CHECK(blocks[i] != NULL);
		fill(i, is_pinned[i] ? 90 : 150);
	}
	for (int round = 0; round < 3; round++) {
		free_every_third(&pool, round);
		poolcompact(&pool);
		check_all(&pool);
		check_contents();
	}
	CHECK(provider.moves > 0);
}

/* What poolrealloc() gives has no alignment to keep. Passes with the original too. */
TEST(blocks_that_were_aligned_move_again_after_realloc)
{
	Pool pool = start();
	unsigned char *first = poolalloc(&pool, 100), *block = poolallocalign(&pool, 100, 64, 0, 0);
	bool is_moved = false;

	memset(block, 'x', 100);
	CHECK(poolalloc(&pool, 500) != NULL);
	block = poolrealloc(&pool, block, 700);
	CHECK(block != NULL && block[99] == 'x');
	poolfree(&pool, first);
	check_all(&pool);
	CHECK_EQUAL(poolcompact(&pool), 1);
	for (unsigned i = 0; i < provider.moves; i++)
		is_moved |= provider.moved[i].from == block;
	CHECK(is_moved);
	check_all(&pool);
}

/* --- spans -------------------------------------------------------------------------------------------------------- */

/* The place ends exactly where a span does. It may be taken, given back and taken again, but nothing may be lost. */
TEST(a_place_that_ends_with_a_span_is_given)
{
	Pool pool = start();

	pool.flags = POOL_NOREUSE; /* what is given back on the way was never the program's, and is not dead */
	for (unsigned long span = 4096; span >= 256; span /= 2) {
		void *filler = poolalloc(&pool, 1);
		unsigned long room = span - ((uintptr_t)filler + 64) % span; /* the next block's data begin 64 bytes on */
		uintptr_t allocated_bytes = pool.curalloc;
		void *block = poolallocalign(&pool, room, 0, 0, span);

		CHECK(block != NULL);
		CHECK_EQUAL((uintptr_t)block / span, ((uintptr_t)block + room - 1) / span);
		CHECK_EQUAL(pool.curalloc, allocated_bytes + band_block_of(block).size_bytes);
		check_all(&pool);
	}
}

TEST(nothing_fits_in_every_span)
{
	Pool pool = start();

	for (unsigned long span = 1; span <= 64; span++) {
		void *block = poolallocalign(&pool, 0, 16, 0, span);

		CHECK(block != NULL);
		poolfree(&pool, block);
	}
	check_all(&pool);
}

TEST(more_than_a_span_is_refused_and_nothing_is_lost)
{
	Pool pool = start();

	for (int flags = 0; flags <= POOL_NOREUSE; flags += POOL_NOREUSE) {
		pool.flags = flags;
		CHECK(poolallocalign(&pool, 200, 0, 0, 128) == NULL);
		CHECK_EQUAL(pool.curalloc, 0);
		check_all(&pool);
	}
}

/* --- realloc ------------------------------------------------------------------------------------------------------ */

/* The original reads past the block's end here, and passes unless that is noticed. */
TEST(realloc_of_an_aligned_block_keeps_its_bytes)
{
	Pool pool = start();

	for (unsigned long align = 64; align <= 2048; align *= 2)
		for (unsigned long bytes = 1; bytes < 4000; bytes = bytes * 2 + 1) {
			unsigned char *block = poolallocalign(&pool, 120, align, 8, 0), *resized;

			memset(block, 'x', 120);
			CHECK(poolalloc(&pool, 20) != NULL);
			resized = poolrealloc(&pool, block, bytes);
			CHECK(resized != NULL);
			for (unsigned long i = 0; i < bytes && i < 120; i++)
				CHECK_EQUAL(resized[i], 'x');
			memset(resized, 'y', bytes);
			check_all(&pool);
			poolfree(&pool, resized);
		}
	check_all(&pool);
}
