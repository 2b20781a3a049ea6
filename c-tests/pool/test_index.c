/*
 * What a pool takes beside its arenas, for the index of its free blocks: how much, from where, how long, and that the
 * program does not write into it.
 *
 * With LD_PRELOAD=DIR/libpool_ref.so these tests run on the original, which has none.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "pool.h"
#include "pool/provider/in_band.h"
#include "support/runner.h"

#define PAGE_BYTES 4096UL
#define STORE_BYTES (4UL << 20)

static unsigned char store[STORE_BYTES] __attribute__((aligned(4096)));
static size_t cut_bytes, taken_back_bytes;
static unsigned allocs;
static bool is_empty;

static void *cut(unsigned long bytes)
{
	void *arena = store + cut_bytes;

	if (is_empty || bytes > STORE_BYTES - cut_bytes)
		return NULL;
	cut_bytes += (bytes + 15) / 16 * 16;
	allocs++;
	return arena;
}

static void take_back(void *arena, unsigned long bytes)
{
	CHECK((unsigned char *)arena >= store && (unsigned char *)arena + bytes <= store + STORE_BYTES);
	memset(arena, 0x55, bytes);
	taken_back_bytes += (bytes + 15) / 16 * 16;
}

static void lock(Pool *pool)
{
	(void)pool;
}

static void print(Pool *pool, char *format, ...)
{
	(void)pool;
	(void)format;
}

static void panic(Pool *pool, char *format, ...)
{
	(void)pool;
	runner_fail(__FILE__, __LINE__, format);
}

static Pool start(void)
{
	return (Pool){
		.name = "indexed", .maxsize = STORE_BYTES, .minarena = 4096, .quantum = 32, .alloc = cut, .free = take_back,
		.lock = lock, .unlock = lock, .print = print, .panic = panic,
	};
}

/* The sum of all figures of a kind in /proc/self/smaps. */
/* Of all mappings but the statistics page, which stays once it was made. */
static size_t mapped_kilobytes(const char *kind)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	char line[256], name[64];
	size_t sum = 0, kilobytes;
	bool is_page = false;

	CHECK(file != NULL);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strchr(line, '-') != NULL && strchr(line, '-') < strchr(line, ' '))
			is_page = strstr(line, "/memfd:millpond-stats") != NULL;
		else if (!is_page && sscanf(line, "%63[^:]: %zu kB", name, &kilobytes) == 2 && strcmp(name, kind) == 0)
			sum += kilobytes;
	}
	fclose(file);
	return sum;
}

static void no_more_mappings(void)
{
	struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_AS, &none) != 0 ||
	    mmap(NULL, PAGE_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		SKIP("address space cannot be limited here");
}

/* --- how long ----------------------------------------------------------------------------------------------------- */

TEST(reset_pools_that_are_forgotten_leave_nothing)
{
	size_t before = 0;

	for (int i = 0; i < 20000; i++) {
		Pool pool = start();
		void *block = poolalloc(&pool, 100);

		CHECK(block != NULL);
		poolfree(&pool, block);
		poolreset(&pool);
		cut_bytes = 0;
		if (i == 100)
			before = mapped_kilobytes("Size");
	}
	CHECK(mapped_kilobytes("Size") <= before + 100);
}

/* Many at a time: what is kept for the next pool is kept for one. */
TEST(of_many_pools_that_are_reset_together_little_stays)
{
	static Pool pools[200];
	size_t before;

	poolreset(&(Pool){ .lock = lock, .unlock = lock });
	before = mapped_kilobytes("Size");
	for (int i = 0; i < 200; i++) {
		pools[i] = start();
		CHECK(poolalloc(&pools[i], 100) != NULL);
	}
	for (int i = 0; i < 200; i++)
		poolreset(&pools[i]);
	CHECK(mapped_kilobytes("Size") <= before + 100);
}

/* Pools that other processes share: each goes with its memory, and the next one lies elsewhere. */
TEST(shared_pools_that_are_unmapped_leave_nothing)
{
	const size_t stride = 1 << 20, count = 500;
	unsigned char *free_space = mmap(NULL, count * stride, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t before = 0;

	CHECK(free_space != MAP_FAILED);
	munmap(free_space, count * stride);
	for (size_t i = 0; i < count; i++) {
		Pool *pool = mmap(free_space + i * stride, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		CHECK(pool != MAP_FAILED);
		*pool = start();
		cut_bytes = 0;
		CHECK(poolalloc(pool, 100) != NULL);
		munmap(pool, PAGE_BYTES);
		if (i == 10)
			before = mapped_kilobytes("Size");
	}
	CHECK(mapped_kilobytes("Size") <= before + 100);
}

TEST(a_pool_is_used_on_after_its_reset)
{
	Pool pool = start();

	for (int round = 0; round < 100; round++) {
		unsigned char *blocks[60];

		cut_bytes = 0;
		for (int i = 0; i < 60; i++) {
			blocks[i] = poolalloc(&pool, (unsigned long)i * 300);
			CHECK(blocks[i] != NULL);
			memset(blocks[i], round, (size_t)i * 300);
		}
		for (int i = 0; i < 60; i += 2)
			poolfree(&pool, blocks[i]);
		CHECK(poolalloc(&pool, 200) != NULL);
		poolcheck(&pool);
		band_check_counters(&pool);
		poolreset(&pool);
		CHECK_EQUAL(pool.cursize, 0);
	}
}

/* A pool that was reset is copied to where other processes see it. */
TEST(a_pool_may_be_copied_after_its_reset)
{
	Pool pool = start(), copy;

	CHECK(poolalloc(&pool, 100) != NULL);
	poolreset(&pool);
	copy = pool;
	CHECK(poolalloc(&copy, 100) != NULL);
	CHECK(poolalloc(&pool, 100) != NULL);
	poolcheck(&copy);
	poolcheck(&pool);
	poolreset(&copy);
	poolcheck(&pool);
}

/* --- how much ----------------------------------------------------------------------------------------------------- */

static void use_small(Pool *pool)
{
	void *blocks[20];

	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 20; i++)
			blocks[i] = poolalloc(pool, (unsigned long)i * 8);
		for (int i = 0; i < 20; i++)
			poolfree(pool, blocks[(i * 7) % 20]);
	}
}

/* The pages of the program and of the libraries are there after the first one. */
TEST(a_small_pool_needs_one_page)
{
	static Pool pools[21];
	size_t before;

	memset(store, 1, 50 * PAGE_BYTES);
	for (int i = 0; i < 21; i++)
		pools[i] = start();
	use_small(&pools[0]);
	mapped_kilobytes("Anonymous");
	before = mapped_kilobytes("Anonymous");
	for (int i = 1; i < 21; i++)
		use_small(&pools[i]);
	CHECK(mapped_kilobytes("Anonymous") <= before + 20 * PAGE_BYTES / 1024 + 8);
}

/* --- from where --------------------------------------------------------------------------------------------------- */

static void work_without_mappings(Pool *pool)
{
	unsigned char *blocks[200];

	for (int i = 0; i < 200; i++) {
		blocks[i] = poolalloc(pool, (unsigned long)(i % 17) * 40 + 500);
		CHECK(blocks[i] != NULL);
		memset(blocks[i], i, 500);
	}
	for (int i = 0; i < 200; i += 3)
		poolfree(pool, blocks[i]);
	for (int i = 1; i < 200; i += 3) {
		blocks[i] = poolrealloc(pool, blocks[i], 1500);
		CHECK(blocks[i] != NULL && blocks[i][499] == i);
	}
	poolcheck(pool);
	band_check_counters(pool);
}

static void check_child(const struct runner_outcome *outcome)
{
	if (outcome->end == CHILD_EXITED && outcome->number == RUNNER_STATUS_SKIPPED)
		SKIP("address space cannot be limited here");
	CHECK_CHILD_WELL(outcome);
}

TEST(a_pool_works_without_a_mapping)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		Pool pool = start();
		size_t arena_bytes = 0;

		no_more_mappings();
		work_without_mappings(&pool);
		CHECK(allocs > 8);
		for (const struct band_arena *arena = pool.arenalist; arena != NULL; arena = (void *)arena->below)
			arena_bytes += arena->arena_bytes;
		CHECK_EQUAL(pool.cursize, arena_bytes); /* what was lent beside the arenas is not counted */
		poolreset(&pool);
		CHECK_EQUAL(taken_back_bytes, cut_bytes);
		CHECK_EQUAL(pool.cursize, 0);
		cut_bytes = 0;
		work_without_mappings(&pool);
	}
	check_child(&outcome);
}

TEST(without_memory_for_the_index_nil_is_returned_and_said_why)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		Pool pool = start();

		poolerror(); /* has nothing to say yet, and needs no memory for that */
		no_more_mappings();
		is_empty = true;
		CHECK(poolalloc(&pool, 100) == NULL);
		CHECK(strcmp(poolerror(), "no memory for the index of the pool") == 0);
		is_empty = false;
		CHECK(poolalloc(&pool, 100) != NULL);
		poolcheck(&pool);
	}
	check_child(&outcome);
}

/* --- what the program cannot do to it ------------------------------------------------------------------------------- */

static Pool *mapping_pool;

/* As close before the index as the system lets it be: where a kernel may put it by itself. */
static void *map_before_index(unsigned long bytes)
{
	unsigned char *index = (unsigned char *)((uintptr_t)mapping_pool->freeroot & ~(PAGE_BYTES - 1)), *place, *arena;
	size_t paged_bytes = (bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);

	if (index == NULL)
		SKIP("it has no index");
	for (place = index - paged_bytes; place > index - paged_bytes - 4 * PAGE_BYTES; place -= PAGE_BYTES) {
		arena = mmap(place, paged_bytes, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		if (arena == place)
			return arena + paged_bytes - bytes;
	}
	SKIP("there is no room before the index");
}

/* The last place of the table of arenas goes to a block that alloc takes, and there is no memory for another table. */

static Pool *crowded;
static unsigned arenas_until_full;
static int locked;

static void count_lock(Pool *pool)
{
	(void)pool;
	locked++;
}

static void count_unlock(Pool *pool)
{
	(void)pool;
	locked--;
}

static void *cut_and_take(unsigned long bytes)
{
	void *arena = cut(bytes);

	if (allocs == arenas_until_full) {
		CHECK(poolalloc(crowded, 5000) != NULL);
		no_more_mappings();
		is_empty = true;
	}
	return arena;
}

static void take_back_unlocked(void *arena, unsigned long bytes)
{
	CHECK_EQUAL(locked, 0);
	take_back(arena, bytes);
}

/* How many arenas there are before the table is full is the library's affair: one of these numbers is it. */
TEST(an_arena_that_there_is_no_place_for_goes_back)
{
	for (arenas_until_full = 2; arenas_until_full < 12; arenas_until_full++) {
		struct runner_outcome outcome;

		IN_CHILD(&outcome, 10) {
			Pool pool = start();
			size_t arena_bytes;

			crowded = &pool;
			pool.alloc = cut_and_take;
			pool.free = take_back_unlocked;
			pool.lock = count_lock;
			pool.unlock = count_unlock;
			while (!is_empty && poolalloc(&pool, 5000) != NULL)
				;
			CHECK_EQUAL(locked, 0);
			arena_bytes = pool.cursize;
			poolcheck(&pool);
			CHECK_EQUAL(arena_bytes + taken_back_bytes, cut_bytes);
		}
		check_child(&outcome);
	}
}

/* What the program writes beyond an arena's end is a fault there, and never one of the index. */
TEST(an_overflow_does_not_reach_the_index)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		Pool pool = start();
		volatile unsigned char *block;

		/* Gaps in which the index might come to lie between others. */
		for (int i = 0; i < 64; i++)
			mmap(NULL, 9 * PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		mapping_pool = &pool;
		pool.alloc = map_before_index;
		pool.free = NULL;
		block = poolalloc(&pool, 4000);
		for (size_t i = 0; i < 4000 + 3 * PAGE_BYTES; i++)
			block[i] = 0x41;
	}
	if (outcome.end == CHILD_EXITED && outcome.number == RUNNER_STATUS_SKIPPED)
		SKIP("no arena can be put before the index");
	CHECK_EQUAL(outcome.end, CHILD_CRASHED);
	CHECK_EQUAL(outcome.number, SIGSEGV);
}
