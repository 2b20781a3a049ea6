/* What the calls do with nil, nothing, too much, and numbers at the ends of their ranges. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <pthread.h>
#include <string.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "support/runner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static Pool start(void)
{
	return provider_start("arguments", &(struct arena_plan){ .order = ARENAS_APART });
}

static void check_empty(Pool *pool)
{
	poolcheck(pool);
	CHECK_EQUAL(pool->curalloc, 0);
	band_check_counters(pool);
	poolreset(pool);
	CHECK_EQUAL(provider.unlocked_calls, 0);
	CHECK_EQUAL(provider.locks, provider.unlocks);
}

/* --- nil and nothing ---------------------------------------------------------------------------------------------- */

TEST(nil_is_no_block)
{
	Pool pool = start();

	poolfree(&pool, NULL);
	CHECK_EQUAL(poolmsize(&pool, NULL), 0);
	poolblockcheck(&pool, NULL);
	poolcheck(&pool);
	CHECK_EQUAL(poolcompact(&pool), 0);
	CHECK_EQUAL(poolisoverlap(&pool, NULL, 100), 0);
	CHECK_EQUAL(pool.nfree, 0);
	CHECK_EQUAL(provider.allocs, 0);
	check_empty(&pool);
}

TEST(a_block_of_nothing_is_a_block)
{
	Pool pool = start();
	void *first = poolalloc(&pool, 0), *second = poolalloc(&pool, 0);

	CHECK(first != NULL && second != NULL && first != second);
	poolblockcheck(&pool, first);
	CHECK_EQUAL(poolmsize(&pool, first), sizeof(struct band_free) - HEADER_BYTES);
	poolfree(&pool, first);
	poolfree(&pool, second);
	check_empty(&pool);
}

TEST(realloc_with_nil_and_with_nothing_does_what_is_documented)
{
	Pool pool = start();
	void *block = poolrealloc(&pool, NULL, 100), *empty = poolrealloc(&pool, NULL, 0);

	CHECK(block != NULL && empty != NULL);
	CHECK(poolrealloc(&pool, block, 0) == NULL);
	CHECK(poolrealloc(&pool, empty, 0) == NULL);
	CHECK_EQUAL(pool.nfree, 2);
	check_empty(&pool);
}

/* --- too much ----------------------------------------------------------------------------------------------------- */

static const unsigned long too_many_bytes[] = {
	1UL << 31, (1UL << 31) - 1, UINT_MAX + 1UL > 0 ? UINT_MAX + 1UL : ULONG_MAX, LONG_MAX,
	LONG_BIT_OF_64(63), LONG_BIT_OF_64(63) + 1, ULONG_MAX, ULONG_MAX - 1,
	ULONG_MAX - 8, ULONG_MAX - 15, ULONG_MAX - 16, ULONG_MAX - 31, ULONG_MAX - 32, ULONG_MAX - 63, ULONG_MAX - 64,
	ULONG_MAX - 96, ULONG_MAX - 112, ULONG_MAX - 128, ULONG_MAX - 4096, ULONG_MAX - 4128, ULONG_MAX - (1UL << 31),
};

static void check_unchanged(Pool *pool, const Pool *before, const char *block)
{
	CHECK_EQUAL(pool->curalloc, before->curalloc);
	CHECK_EQUAL(pool->curfree, before->curfree);
	CHECK_EQUAL(pool->cursize, before->cursize);
	CHECK_EQUAL(pool->nfree, before->nfree);
	for (int i = 0; i < 100; i++)
		CHECK_EQUAL(block[i], 'x');
	CHECK(poolerror() != NULL);
	poolcheck(pool);
	band_check_counters(pool);
}

TEST(more_than_there_is_gives_nil_and_changes_nothing)
{
	Pool pool = start(), before;
	char *block = poolalloc(&pool, 100);

	memset(block, 'x', 100);
	before = pool;
	for (size_t i = 0; i < COUNT(too_many_bytes); i++) {
		CHECK(poolalloc(&pool, too_many_bytes[i]) == NULL);
		check_unchanged(&pool, &before, block);
		CHECK(poolrealloc(&pool, block, too_many_bytes[i]) == NULL);
		check_unchanged(&pool, &before, block);
		CHECK(poolrealloc(&pool, NULL, too_many_bytes[i]) == NULL);
		check_unchanged(&pool, &before, block);
		CHECK(poolallocalign(&pool, too_many_bytes[i], 0, 0, 0) == NULL);
		check_unchanged(&pool, &before, block);
	}
	poolfree(&pool, block);
	check_empty(&pool);
}

TEST(more_than_there_is_gives_nil_at_every_alignment)
{
	static const unsigned long aligns[] = { 1, 3, 64, 4096, LONG_BIT_OF_64(40), LONG_BIT_OF_64(63), ULONG_MAX };
	Pool pool = start(), before;
	char *block = poolalloc(&pool, 100);

	memset(block, 'x', 100);
	before = pool;
	for (size_t i = 0; i < COUNT(too_many_bytes); i++)
		for (size_t j = 0; j < COUNT(aligns); j++) {
			CHECK(poolallocalign(&pool, too_many_bytes[i], aligns[j], 0, 0) == NULL);
			check_unchanged(&pool, &before, block);
			CHECK(poolallocalign(&pool, too_many_bytes[i], aligns[j], 0, 4096) == NULL);
			check_unchanged(&pool, &before, block);
		}
	poolfree(&pool, block);
	check_empty(&pool);
}

/* --- alignments --------------------------------------------------------------------------------------------------- */

/* The remainder that `offset` stands for, without overflow at LONG_MIN. */
static unsigned long remainder_of(long offset, unsigned long align)
{
	unsigned long magnitude = offset < 0 ? 0UL - (unsigned long)offset : (unsigned long)offset;

	if (offset >= 0)
		return magnitude % align;
	return (align - magnitude % align) % align;
}

static void check_place(const void *block, unsigned long bytes, unsigned long align, long offset, unsigned long span)
{
	uintptr_t address = (uintptr_t)block;

	CHECK(provider_owns(block, bytes));
	if (align != 0)
		CHECK_EQUAL(address % align, remainder_of(offset, align));
	if (span != 0 && bytes != 0)
		CHECK_EQUAL(address / span, (address + bytes - 1) / span);
}

static void try_place(Pool *pool, unsigned long bytes, unsigned long align, long offset, unsigned long span)
{
	void *block = poolallocalign(pool, bytes, align, offset, span);

	if (block != NULL) {
		check_place(block, bytes, align, offset, span);
		memset(block, 0xff, bytes);
		poolblockcheck(pool, block);
		poolfree(pool, block);
	}
	poolcheck(pool);
	CHECK_EQUAL(pool->curalloc, 0);
}

TEST(every_alignment_is_kept_or_refused)
{
	static const unsigned long aligns[] = {
		0, 1, 2, 3, 8, 24, 48, 64, 72, 100, 4096, 65536, 1UL << 24, LONG_BIT_OF_64(40), LONG_BIT_OF_64(63),
		ULONG_MAX - 1, ULONG_MAX,
	};
	static const long offsets[] = { 0, 1, 7, 8, 63, 64, 5000, -1, -8, -64, -5000, LONG_MAX, LONG_MIN + 1, LONG_MIN };
	static const unsigned long bytes[] = { 0, 1, 32, 100, 4000 };

	for (size_t i = 0; i < COUNT(aligns); i++) {
		Pool pool = start();

		for (size_t j = 0; j < COUNT(offsets); j++)
			for (size_t k = 0; k < COUNT(bytes); k++)
				try_place(&pool, bytes[k], aligns[i], offsets[j], 0);
		check_empty(&pool);
	}
}

/* Small alignments are no reason to refuse. */
TEST(ordinary_alignments_are_given)
{
	Pool pool = start();

	for (unsigned long align = 1; align <= 2000; align++)
		for (long offset = -16; offset <= 16; offset += 8) {
			void *block = poolallocalign(&pool, 40, align, offset, 0);

			CHECK(block != NULL);
			check_place(block, 40, align, offset, 0);
			poolfree(&pool, block);
		}
	check_empty(&pool);
}

TEST(every_span_is_kept_or_refused)
{
	static const unsigned long spans[] = { 0, 1, 2, 16, 48, 64, 100, 4096, 65536, LONG_BIT_OF_64(40), ULONG_MAX };
	static const unsigned long aligns[] = { 0, 1, 16, 48, 64, 4096 };
	static const unsigned long bytes[] = { 0, 1, 15, 16, 17, 64, 100, 4095, 4096, 4097 };

	for (size_t i = 0; i < COUNT(spans); i++)
		for (size_t j = 0; j < COUNT(aligns); j++) {
			Pool pool = start();

			for (size_t k = 0; k < COUNT(bytes); k++)
				for (long offset = -16; offset <= 16; offset += 16)
					try_place(&pool, bytes[k], aligns[j], offset, spans[i]);
			check_empty(&pool);
		}
}

/* What needs no luck must succeed: there is room for the block in every span, behind any beginning. */
TEST(blocks_of_half_a_span_are_given)
{
	Pool pool = start();

	for (unsigned long span = 64; span <= 8192; span *= 2)
		for (unsigned long bytes = 1; bytes <= span / 2; bytes += span / 16) {
			void *block = poolallocalign(&pool, bytes, 8, 0, span);

			CHECK(block != NULL);
			check_place(block, bytes, 8, 0, span);
			poolfree(&pool, block);
		}
	check_empty(&pool);
}

TEST(more_bytes_than_the_span_are_refused)
{
	Pool pool = start();
	void *block = poolalloc(&pool, 40);

	CHECK(poolallocalign(&pool, 100, 0, 0, 64) == NULL);
	CHECK(strcmp(poolerror(), "cannot satisfy dsize 100 span 64 with align 0+0") == 0);
	CHECK(poolallocalign(&pool, 5000, 32, -8, 4096) == NULL);
	CHECK(strcmp(poolerror(), "cannot satisfy dsize 5000 span 4096 with align 32+24") == 0);
	poolfree(&pool, block);
	check_empty(&pool);
}

/* --- poolisoverlap ------------------------------------------------------------------------------------------------ */

TEST(overlap_is_exact_at_the_ends_of_an_arena)
{
	Pool pool = start();
	char *block = poolalloc(&pool, 40), *arena = pool.arenalist, *end = arena + pool.cursize;

	CHECK_EQUAL(poolisoverlap(&pool, arena, pool.cursize), 1);
	CHECK_EQUAL(poolisoverlap(&pool, block, 1), 1);
	CHECK_EQUAL(poolisoverlap(&pool, arena - 1, 1), 0);
	CHECK_EQUAL(poolisoverlap(&pool, arena - 1, 2), 1);
	CHECK_EQUAL(poolisoverlap(&pool, arena - 100, 100), 0);
	CHECK_EQUAL(poolisoverlap(&pool, end - 1, 1), 1);
	CHECK_EQUAL(poolisoverlap(&pool, end, 1), 0);
	CHECK_EQUAL(poolisoverlap(&pool, end, 4096), 0);
	CHECK_EQUAL(poolisoverlap(&pool, &pool, sizeof(pool)), 0);
	CHECK_EQUAL(provider.locks, provider.unlocks);
	poolreset(&pool);
	CHECK_EQUAL(poolisoverlap(&pool, block, 1), 0);
}

TEST(an_empty_span_overlaps_if_it_is_inside)
{
	Pool pool = start();
	char *block = poolalloc(&pool, 40), *arena = pool.arenalist, *end = arena + pool.cursize;

	CHECK_EQUAL(poolisoverlap(&pool, block, 0), 1);
	CHECK_EQUAL(poolisoverlap(&pool, arena + 1, 0), 1);
	CHECK_EQUAL(poolisoverlap(&pool, end - 1, 0), 1);
	CHECK_EQUAL(poolisoverlap(&pool, arena, 0), 0);
	CHECK_EQUAL(poolisoverlap(&pool, end, 0), 0);
	CHECK_EQUAL(poolisoverlap(&pool, NULL, 0), 0);
	poolreset(&pool);
}

TEST(a_span_past_the_end_of_memory_still_overlaps)
{
	Pool pool = start();
	char *block = poolalloc(&pool, 40), *arena = pool.arenalist, *end = arena + pool.cursize;

	CHECK_EQUAL(poolisoverlap(&pool, block, ULONG_MAX), 1);
	CHECK_EQUAL(poolisoverlap(&pool, block, ULONG_MAX - (uintptr_t)block + 1), 1);
	CHECK_EQUAL(poolisoverlap(&pool, arena - 100, ULONG_MAX), 1);
	CHECK_EQUAL(poolisoverlap(&pool, NULL, ULONG_MAX), 1);
	CHECK_EQUAL(poolisoverlap(&pool, end - 1, ULONG_MAX), 1);
	CHECK_EQUAL(poolisoverlap(&pool, end, ULONG_MAX), 0);
	CHECK_EQUAL(poolisoverlap(&pool, (void *)(UINTPTR_MAX - 1), 4096), 0);
	poolreset(&pool);
}

/* --- poolerror ---------------------------------------------------------------------------------------------------- */

TEST(the_error_text_says_why)
{
	Pool pool = start();

	CHECK(poolerror() != NULL);
	CHECK(poolalloc(&pool, ULONG_MAX) == NULL);
	CHECK(strcmp(poolerror(), "invalid allocation size") == 0);
	pool.maxsize = 100000;
	CHECK(poolalloc(&pool, 200000) == NULL);
	CHECK(strcmp(poolerror(), "memory pool too large") == 0);
	CHECK(poolallocalign(&pool, 128, 64, 8, 128) == NULL);
	CHECK(strcmp(poolerror(), "cannot satisfy dsize 128 span 128 with align 64+8") == 0);
	CHECK(poolalloc(&pool, ULONG_MAX) == NULL);
	CHECK(strcmp(poolerror(), "invalid allocation size") == 0);
	CHECK(poolalloc(&pool, 10) != NULL); /* what succeeds leaves the text alone */
	CHECK(strcmp(poolerror(), "invalid allocation size") == 0);
	poolreset(&pool);
}

static void *fail_in_a_thread(void *pool)
{
	CHECK(poolerror() != NULL);
	CHECK(poolalloc(pool, 200000) == NULL);
	return strcmp(poolerror(), "memory pool too large") == 0 ? pool : NULL;
}

TEST(each_thread_has_its_own_error_text)
{
	Pool pool = start();
	void *result = NULL;
	pthread_t thread;

	pool.maxsize = 100000;
	CHECK(poolalloc(&pool, ULONG_MAX) == NULL);
	CHECK(pthread_create(&thread, NULL, fail_in_a_thread, &pool) == 0);
	CHECK(pthread_join(thread, &result) == 0);
	CHECK(result == &pool);
	CHECK(strcmp(poolerror(), "invalid allocation size") == 0);
	poolreset(&pool);
}
