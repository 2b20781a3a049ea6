/* The arenas of system pools: how many there are, how large they are, how they join, and what is done without memory. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pool.h"
#include "pool/provider/in_band.h"
#include "support/mappings.h"
#include "support/runner.h"

#define FIRST_ARENA_BYTES (1UL << 20)
#define MEBIBYTE (1UL << 20)
#define PAGES 64

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static unsigned count_arenas(const Pool *pool)
{
	unsigned count = 0;
	struct band_arena arena;

	for (uintptr_t at = (uintptr_t)pool->arenalist; at != 0; at = arena.below, count++)
		CHECK(band_read(at, &arena, sizeof(arena)));
	return count;
}

/* --- growth ------------------------------------------------------------------------------------------------------- */

static unsigned allocs;
static size_t largest_allowed_bytes = SIZE_MAX;

static void *count_and_map(unsigned long bytes)
{
	CHECK(bytes % page_bytes() == 0);
	allocs++;
	return bytes <= largest_allowed_bytes ? poolsystem_alloc(bytes) : NULL;
}

static Pool pool = POOL_SYSTEM_INIT("grows");

TEST(arenas_are_few_and_small_at_first)
{
	pool.alloc = count_and_map;
	CHECK(poolalloc(&pool, 100) != NULL);
	CHECK_EQUAL(pool.cursize, FIRST_ARENA_BYTES);
	while (pool.curalloc < 256 * MEBIBYTE)
		CHECK(poolalloc(&pool, 30000) != NULL);
	CHECK(allocs <= 18);
	CHECK(pool.cursize < 2 * 256 * MEBIBYTE);
	CHECK(count_arenas(&pool) <= allocs);
	poolcheck(&pool);
}

/* As libraries and stacks are. */
TEST(what_is_mapped_between_does_not_keep_arenas_apart)
{
#if defined(__LP64__)
	while (pool.cursize < 64 * MEBIBYTE) {
		CHECK(poolalloc(&pool, 30000) != NULL);
		CHECK(mmap(NULL, page_bytes(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	}
	CHECK(count_arenas(&pool) <= 2);
	poolcheck(&pool);
#else
	SKIP("address space is not wasted where words have 32 bits");
#endif
}

TEST(where_there_is_no_large_arena_a_small_one_will_do)
{
	pool.alloc = count_and_map;
	largest_allowed_bytes = MEBIBYTE;
	while (pool.curalloc < 64 * MEBIBYTE)
		CHECK(poolalloc(&pool, 30000) != NULL);
	CHECK(pool.cursize <= 68 * MEBIBYTE);
	CHECK(poolalloc(&pool, 2 * MEBIBYTE) == NULL);
	poolcheck(&pool);
}

TEST(maxsize_is_kept)
{
	for (size_t limit = 1100000; limit < 10 * MEBIBYTE; limit = limit * 3 / 2) {
		size_t asked_for_bytes = 0;

		pool.maxsize = limit;
		while (poolalloc(&pool, 3000) != NULL)
			asked_for_bytes += 3000;
		CHECK(strcmp(poolerror(), "memory pool too large") == 0);
		CHECK(pool.cursize <= limit);
		/* What is left over is less than the next arena must have. */
		CHECK(limit - pool.cursize < FIRST_ARENA_BYTES + page_bytes());
		CHECK(asked_for_bytes > 0);
		pooldestroy(&pool);
	}
}

TEST(a_program_may_want_larger_arenas)
{
	pool.minarena = 8 * MEBIBYTE - 32;
	CHECK(poolalloc(&pool, 1) != NULL);
	CHECK_EQUAL(pool.cursize, 8 * MEBIBYTE);
}

/* --- joining ------------------------------------------------------------------------------------------------------ */

static unsigned char *room;
static size_t cut_pages[PAGES], cuts, cut_from;
static unsigned frees;

/* Hands out the pages from `cut_from` down, with those between that are listed left out. */
static void *cut_down(unsigned long bytes)
{
	size_t pages = bytes / page_bytes();

	if (pages > cut_from)
		return NULL;
	cut_from -= pages;
	for (size_t i = 0; i < pages; i++)
		cut_pages[cuts++] = cut_from + i;
	return room + cut_from * page_bytes();
}

/* All that comes back was handed out, and once. */
static void take_back(void *arena, unsigned long bytes)
{
	size_t first = (size_t)((unsigned char *)arena - room) / page_bytes(), given = 0;

	CHECK(bytes % page_bytes() == 0);
	for (size_t page = first; page < first + bytes / page_bytes(); page++)
		for (size_t i = 0; i < cuts; i++)
			if (cut_pages[i] == page) {
				cut_pages[i] = SIZE_MAX;
				given++;
			}
	CHECK_EQUAL(given, bytes / page_bytes());
	poolsystem_free(arena, bytes);
	frees++;
}

static void begin_cutting(void)
{
	room = mmap(NULL, PAGES * page_bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(room != MAP_FAILED);
	cut_from = PAGES;
	pool.alloc = cut_down;
	pool.free = take_back;
	pool.minarena = 0;
}

TEST(arenas_that_touch_are_one_and_come_back_as_one)
{
	void *blocks[3];

	begin_cutting();
	for (int i = 0; i < 3; i++)
		CHECK((blocks[i] = poolalloc(&pool, 5 * page_bytes())) != NULL);
	CHECK_EQUAL(count_arenas(&pool), 1);
	CHECK_EQUAL(pool.cursize, (PAGES - cut_from) * page_bytes());
	poolcheck(&pool);
	for (int i = 0; i < 3; i++)
		poolfree(&pool, blocks[i]);
	/* What three arenas have gives one block. */
	CHECK(poolalloc(&pool, 15 * page_bytes()) != NULL);
	CHECK_EQUAL(count_arenas(&pool), 1);
	pooldestroy(&pool);
	CHECK_EQUAL(frees, 1);
	for (size_t page = 0; page < PAGES; page++)
		CHECK(is_mapped(room + page * page_bytes()) == (page < cut_from));
}

TEST(what_lies_between_arenas_stays_the_programs)
{
	size_t kept;

	begin_cutting();
	CHECK(poolalloc(&pool, 5 * page_bytes()) != NULL);
	kept = --cut_from;
	room[kept * page_bytes()] = 77;
	CHECK(poolalloc(&pool, 5 * page_bytes()) != NULL);
	CHECK_EQUAL(count_arenas(&pool), 2);
	pooldestroy(&pool);
	CHECK_EQUAL(frees, 2);
	CHECK_EQUAL(room[kept * page_bytes()], 77);
	for (size_t i = 0; i < cuts; i++)
		CHECK(cut_pages[i] == SIZE_MAX);
}

/* Without the flag the program's `merge` is asked, and there is none. */
TEST(without_the_flag_arenas_stay_apart)
{
	begin_cutting();
	pool.flags &= ~POOL_SYSTEM;
	pool.alloc = poolsystem_alloc;
	pool.free = poolsystem_free;
	for (int i = 0; i < 5; i++)
		CHECK(poolalloc(&pool, 5 * page_bytes() + 100) != NULL);
	CHECK_EQUAL(count_arenas(&pool), 5);
	/* Arenas that are no whole pages do not touch. */
	pool.flags |= POOL_SYSTEM;
	CHECK(poolalloc(&pool, 50 * page_bytes()) != NULL);
	poolcheck(&pool);
	pooldestroy(&pool);
}

/* --- no memory ---------------------------------------------------------------------------------------------------- */

static void fail_well(void *block)
{
	char wanted[200];

	snprintf(wanted, sizeof(wanted), "no arena: the system says: %s (errno %d)", strerror(ENOMEM), ENOMEM);
	CHECK(block == NULL);
	CHECK(strcmp(poolerror(), wanted) == 0);
	CHECK_EQUAL(errno, EDOM);
}

TEST(without_address_space_there_is_nil_and_a_reason)
{
	void *block = poolalloc(&pool, 100);

	no_more_address_space();
	errno = EDOM;
	fail_well(poolalloc(&pool, MEBIBYTE));
	fail_well(poolzalloc(&pool, MEBIBYTE));
	fail_well(poolallocalign(&pool, MEBIBYTE, 4096, 0, 0));
	fail_well(poolrealloc(&pool, block, MEBIBYTE));
	poolcheck(&pool);
	/* The pool goes on with what it has. */
	CHECK((block = poolrealloc(&pool, block, 10000)) != NULL);
	poolfree(&pool, block);
	CHECK_EQUAL(pool.curalloc, 0);
	pooldestroy(&pool);
	address_space_as_usual();
}

TEST(a_pool_that_never_had_memory_says_so)
{
	no_more_address_space();
	errno = EDOM;
	CHECK(poolalloc(&pool, 100) == NULL);
	CHECK(strcmp(poolerror(), "no memory for the index of the pool") == 0);
	CHECK(poolsystem("made") == NULL);
	CHECK(strcmp(poolerror(), "no memory for a pool") == 0);
	pooldestroy(&pool);
	CHECK_EQUAL(errno, EDOM);
	address_space_as_usual();
}

/* Half of all addresses may be free where there are four thousand million. */
TEST(sizes_that_nobody_has_are_refused)
{
	for (unsigned shift = 0; shift < 20; shift++) {
		CHECK(poolalloc(&pool, ULONG_MAX - (1UL << shift)) == NULL);
		CHECK(poolzalloc(&pool, ULONG_MAX - (1UL << shift)) == NULL);
		CHECK(sizeof(long) == 4 || poolalloc(&pool, ULONG_MAX / 2 + (1UL << shift)) == NULL);
	}
	CHECK(poolalloc(&pool, 100) != NULL);
	poolcheck(&pool);
}
