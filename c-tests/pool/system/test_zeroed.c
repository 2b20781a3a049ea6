/* poolzalloc(): all of a block is 0, whatever it was before, nothing beside it changes, and little is written for that. */
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
#include <sys/syscall.h>
#include <unistd.h>

#include "pool.h"
#include "support/refuse_calls.h"
#include "support/runner.h"

#define MEBIBYTE (1UL << 20)
#define THRESHOLD_BYTES (128UL << 10)
#define DIRT 0xA5
#define NEIGHBOUR_BYTES 5000

static Pool pool = POOL_SYSTEM_INIT("zeroed");

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static bool is_all(const unsigned char *block, unsigned char value, size_t bytes)
{
	return bytes == 0 || (block[0] == value && memcmp(block, block + 1, bytes - 1) == 0);
}

static void ignore(Pool *printing, char *format, ...)
{
	(void)printing;
	(void)format;
}

/* A block between two others, in memory that was used; with `shift`, at another place in its page. */
static void zero_between_neighbours(size_t bytes, size_t shift)
{
	unsigned char *below, *dirty, *above, *block;

	CHECK((below = poolalloc(&pool, NEIGHBOUR_BYTES + shift)) != NULL);
	CHECK((dirty = poolalloc(&pool, bytes + 100)) != NULL);
	CHECK((above = poolalloc(&pool, NEIGHBOUR_BYTES)) != NULL);
	memset(below, 1, NEIGHBOUR_BYTES + shift);
	memset(dirty, DIRT, bytes + 100);
	memset(above, 2, NEIGHBOUR_BYTES);
	poolfree(&pool, dirty);
	CHECK((block = poolzalloc(&pool, bytes)) != NULL);
	CHECK(is_all(block, 0, bytes));
	/* Where that was to show something: it is the same memory. */
	if (!(pool.flags & POOL_NOREUSE))
		CHECK(block == dirty);
	CHECK(is_all(below, 1, NEIGHBOUR_BYTES + shift) && is_all(above, 2, NEIGHBOUR_BYTES));
	poolcheck(&pool);
	memset(block, DIRT, bytes);
	poolfree(&pool, below);
	poolfree(&pool, block);
	poolfree(&pool, above);
}

static void zero_all_sizes(void)
{
	const size_t middles[] = { page_bytes(), 2 * page_bytes(), THRESHOLD_BYTES, THRESHOLD_BYTES + page_bytes(),
				   4 * MEBIBYTE + page_bytes() };

	for (size_t bytes = 0; bytes < 200; bytes++)
		zero_between_neighbours(bytes, 0);
	for (size_t i = 0; i < sizeof(middles) / sizeof(middles[0]); i++)
		for (size_t bytes = middles[i] - 3; bytes <= middles[i] + 3; bytes++)
			for (size_t shift = 0; shift < page_bytes(); shift += page_bytes() / 3)
				zero_between_neighbours(bytes, shift);
}

TEST(reused_memory_is_zero)
{
	zero_all_sizes();
	pooldestroy(&pool);
}

TEST(reused_memory_is_zero_without_the_flag)
{
	pool.flags &= ~POOL_FRESH;
	zero_all_sizes();
}

TEST(memory_is_zero_with_every_other_flag)
{
	static const int flags[] = { POOL_ANTAGONISM, POOL_PARANOIA, POOL_LOGGING, POOL_TOLERANCE, POOL_NOREUSE,
				     POOL_ANTAGONISM | POOL_NOREUSE | POOL_PARANOIA };

	pool.print = ignore;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		for (int is_fresh = 0; is_fresh < 2; is_fresh++) {
			pool.flags = flags[i] | POOL_SYSTEM | (is_fresh ? POOL_FRESH : 0);
			for (size_t bytes = THRESHOLD_BYTES - 1; bytes <= THRESHOLD_BYTES + 1; bytes++)
				zero_between_neighbours(bytes, 0);
			zero_between_neighbours(3, 0);
			zero_between_neighbours(MEBIBYTE, 77);
			pooldestroy(&pool);
		}
}

static void ignore_move(void *from, void *to)
{
	(void)from;
	(void)to;
}

TEST(memory_is_zero_where_blocks_move)
{
	pool.move = ignore_move;
	zero_all_sizes();
}

/* --- arenas of other kinds ----------------------------------------------------------------------------------------- */

static void *map_dirty(unsigned long bytes)
{
	void *arena = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(arena != MAP_FAILED);
	memset(arena, DIRT, bytes);
	/* The pages are shared memory's: they are not there, and hold what they held. */
	CHECK(madvise(arena, bytes, MADV_DONTNEED) == 0);
	return arena;
}

static void unmap(void *arena, unsigned long bytes)
{
	munmap(arena, bytes);
}

TEST(arenas_of_any_kind_give_zeros_without_the_flag)
{
	Pool shared = { .name = "shared", .maxsize = SIZE_MAX, .minarena = 65536, .quantum = 32, .alloc = map_dirty,
			.free = unmap };

	for (size_t bytes = 1; bytes < 2 * MEBIBYTE; bytes = bytes * 3 / 2 + 1) {
		unsigned char *block = poolzalloc(&shared, bytes);

		CHECK(block != NULL && is_all(block, 0, bytes));
	}
	poolcheck(&shared);
	pooldestroy(&shared);
}

static void *map_fresh(unsigned long bytes)
{
	void *arena = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return arena == MAP_FAILED ? NULL : arena;
}

/* What is in memory of the process, in pages. */
static size_t resident_pages(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	size_t all, resident;

	CHECK(file != NULL);
	CHECK(fscanf(file, "%zu %zu", &all, &resident) == 2);
	fclose(file);
	return resident;
}

/* How many of the whole pages inside a block are in memory. */
static size_t resident_inside(const void *block, size_t bytes)
{
	uintptr_t first = ((uintptr_t)block + page_bytes() - 1) / page_bytes() * page_bytes();
	size_t pages = ((uintptr_t)block + bytes - first) / page_bytes(), count = 0;
	unsigned char *answers = malloc(pages);

	CHECK(answers != NULL && mincore((void *)first, pages * page_bytes(), answers) == 0);
	for (size_t i = 0; i < pages; i++)
		count += answers[i] & 1;
	free(answers);
	return count;
}

/* An emulator may take all advice for hints: then everything is written. */
static void need_pages_that_go(void)
{
	volatile char *page = mmap(NULL, page_bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(page != MAP_FAILED);
	*page = 1;
	if (madvise((void *)page, page_bytes(), MADV_DONTNEED) != 0 || *page != 0)
		SKIP("pages are not given back here");
	munmap((void *)page, page_bytes());
}

/* Where the system makes pages there together, a few are as many as two huge ones have. */
#define FEW_PAGES (2 * 2 * MEBIBYTE / page_bytes() + 4)

TEST(a_gibibyte_that_nobody_has_used_takes_no_memory)
{
	size_t bytes = 1UL << 30, before;
	unsigned char *block;

	need_pages_that_go();
	poolfree(&pool, poolalloc(&pool, 1));
	before = resident_pages();
	block = poolzalloc(&pool, bytes);
	if (block == NULL)
		SKIP("there is no address space for it");
	CHECK(resident_pages() < before + FEW_PAGES + 50);
	CHECK(resident_inside(block, bytes) < FEW_PAGES);
	CHECK(block[0] == 0 && block[bytes / 2] == 0 && block[bytes - 1] == 0);
	poolcheck(&pool);
}

TEST(so_does_one_of_a_programs_pool_that_says_so)
{
	size_t bytes = 64 * MEBIBYTE;
	Pool fresh = { .name = "fresh", .maxsize = SIZE_MAX, .quantum = 32, .alloc = map_fresh, .free = unmap,
		       .flags = POOL_FRESH };
	unsigned char *block;

	need_pages_that_go();
	block = poolzalloc(&fresh, bytes);
	CHECK(block != NULL && resident_inside(block, bytes) < FEW_PAGES);
	poolfree(&fresh, block);
	fresh.flags = 0;
	CHECK((block = poolzalloc(&fresh, bytes)) != NULL);
	CHECK(resident_inside(block, bytes) == (bytes - 1) / page_bytes());
	pooldestroy(&fresh);
}

TEST(of_memory_that_was_used_in_part_that_part_is_written)
{
	size_t bytes = 64 * MEBIBYTE, step = 8 * MEBIBYTE + 12345;
	unsigned char *block;

	need_pages_that_go();
	CHECK((block = poolalloc(&pool, bytes)) != NULL);
	madvise((void *)((uintptr_t)block / page_bytes() * page_bytes()), bytes, MADV_NOHUGEPAGE);
	for (size_t at = step; at + 3 * page_bytes() < bytes; at += step)
		memset(block + at, DIRT, 2 * page_bytes());
	poolfree(&pool, block);
	CHECK(poolzalloc(&pool, bytes) == block);
	CHECK(resident_inside(block, bytes) < FEW_PAGES);
	CHECK(is_all(block, 0, bytes));
}

TEST(what_was_trimmed_is_zero_and_not_written)
{
	size_t bytes = 16 * MEBIBYTE;
	unsigned char *below, *block, *above;

	need_pages_that_go();
	/* What lies above keeps the arena there: the second one, with the third, which comes beside it. */
	CHECK((below = poolalloc(&pool, 100)) && (block = poolalloc(&pool, bytes)) && (above = poolalloc(&pool, bytes)));
	memset(block, DIRT, bytes);
	poolfree(&pool, block);
	CHECK(pooltrim(&pool, 0) >= bytes - 2 * page_bytes());
	CHECK(poolzalloc(&pool, bytes) == block);
	CHECK(resident_inside(block, bytes) < FEW_PAGES);
	CHECK(is_all(block, 0, bytes));
	poolfree(&pool, block);
	poolfree(&pool, below);
	poolfree(&pool, above);
	/* Nothing is allocated: the arenas go, and the pool goes on. */
	CHECK(pooltrim(&pool, 0) > 0);
	CHECK_EQUAL(pool.cursize, 0);
	CHECK((block = poolzalloc(&pool, bytes)) != NULL && is_all(block, 0, bytes));
	poolcheck(&pool);
}

/* --- what the system refuses --------------------------------------------------------------------------------------- */

TEST(where_the_system_does_not_say_what_is_there_all_is_zero)
{
	refuse_mincore(ENOSYS);
	errno = EDOM;
	zero_all_sizes();
	CHECK_EQUAL(errno, EDOM);
}

TEST(where_no_page_can_be_given_back_all_is_zero)
{
	unsigned char *block;

	refuse_advice(MADV_DONTNEED, EINVAL);
	errno = EDOM;
	zero_all_sizes();
	CHECK((block = poolzalloc(&pool, 8 * MEBIBYTE)) != NULL && is_all(block, 0, 8 * MEBIBYTE));
	CHECK_EQUAL(errno, EDOM);
}

TEST(where_advice_is_taken_without_effect_all_is_zero)
{
	unsigned char *block;

	refuse_advice(MADV_DONTNEED, 0);
	zero_all_sizes();
	CHECK((block = poolzalloc(&pool, 8 * MEBIBYTE)) != NULL);
	/* Nothing is left to chance: it was written. */
	CHECK(resident_inside(block, 8 * MEBIBYTE) == 8 * MEBIBYTE / page_bytes() - 1);
}

/* Locked pages are not given back, also where they are not there. */
TEST(locked_memory_is_zero)
{
#ifdef MLOCK_ONFAULT
	size_t bytes = MEBIBYTE;
	unsigned char *block;

	CHECK((block = poolzalloc(&pool, bytes)) != NULL);
	if (mlock2(block, bytes, MLOCK_ONFAULT) != 0)
		SKIP("memory cannot be locked here");
	memset(block + 5 * page_bytes(), DIRT, 100000);
	poolfree(&pool, block);
	errno = EDOM;
	CHECK(poolzalloc(&pool, bytes) == block);
	CHECK(is_all(block, 0, bytes));
	CHECK_EQUAL(errno, EDOM);
#else
	SKIP("this C library does not lock pages when they come");
#endif
}

TEST(there_may_be_nothing_to_zero)
{
	CHECK(poolzalloc(&pool, 0) != NULL);
	CHECK(poolzalloc(&pool, 0) != poolzalloc(&pool, 0));
	CHECK(poolzalloc(&pool, ULONG_MAX) == NULL);
	CHECK(strcmp(poolerror(), "invalid allocation size") == 0);
	pool.maxsize = 2 * MEBIBYTE;
	CHECK(poolzalloc(&pool, 3 * MEBIBYTE) == NULL);
	CHECK(strcmp(poolerror(), "memory pool too large") == 0);
}
