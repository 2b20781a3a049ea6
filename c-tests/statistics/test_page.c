/* What the statistics page says of pools, as somebody else reads it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <millpond.h>
#include <pool.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "statistics/page.h"
#include "support/runner.h"

#define THREADS 8
#define PAIRS 500000
#define PAIRS_WHERE_SLOW 5000
#define RECORDS 4095

static struct pool_record find(const char *name)
{
	struct pool_record record;
	struct page page;

	CHECK_EQUAL(page_open(&page, getpid()), 1);
	CHECK(page_find_pool(&page, name, &record));
	page_close(&page);
	return record;
}

static bool is_there(const char *name)
{
	struct pool_record record;
	struct page page;
	bool is_found = page_open(&page, getpid()) == 1 && page_find_pool(&page, name, &record);

	page_close(&page);
	return is_found;
}

TEST(a_pool_is_told_of_from_its_first_use_to_its_end)
{
	Pool *pool = poolsystem("a name of more than thirty-one bytes, of which as many are told");
	struct pool_record record;
	struct page page;
	void *block;

	CHECK_EQUAL(page_open(&page, getpid()), 0);
	CHECK((block = poolalloc(pool, 1000)) != NULL);
	CHECK_EQUAL(page_open(&page, getpid()), 1);
	CHECK_EQUAL(page.pid, getpid());
	CHECK_EQUAL(page.used_count, 1);
	CHECK_EQUAL(page.record_count, RECORDS);
	CHECK(strstr(page.program, "test_pool_stati") != NULL || page.program[0] != '\0');
	page_close(&page);
	record = find("a name of more than thirty-one ");
	CHECK(record.allocs == 1 && record.frees == 0 && record.fails == 0 && record.arenas == 1);
	CHECK_EQUAL(record.arena_bytes, pool->cursize);
	CHECK_EQUAL(record.allocated_bytes, pool->curalloc);
	CHECK_EQUAL(record.block_bytes - record.allocated_bytes, pool->curfree);
	CHECK_EQUAL(record.peak_bytes, pool->curalloc);
	CHECK_EQUAL(record.limit_bytes, pool->maxsize);
	CHECK(record.largest_free_bytes <= record.block_bytes && record.largest_free_bytes >= pool->curfree);
	poolfree(pool, block);
	record = find("a name of more than thirty-one ");
	CHECK(record.allocs == 1 && record.frees == 1 && record.allocated_bytes == 0 && record.peak_bytes != 0);
	pooldestroy(pool);
	CHECK(!is_there("a name of more than thirty-one "));
}

static Pool counted = POOL_SYSTEM_INIT("counted");

static unsigned pairs(void)
{
	return getenv("MILLPOND_TEST_PATIENCE") != NULL && atoi(getenv("MILLPOND_TEST_PATIENCE")) > 4 ? PAIRS_WHERE_SLOW :
													PAIRS;
}

static void *use_in_thread(void *argument)
{
	void *kept[64] = { NULL };

	for (unsigned i = 0; i < pairs(); i++) {
		void **place = &kept[i * 31 % 64];

		poolfree(&counted, *place);
		CHECK((*place = poolalloc(&counted, 8 + i * 37 % 3000)) != NULL);
	}
	for (unsigned i = 0; i < 64; i++)
		poolfree(&counted, kept[i]);
	return argument;
}

TEST(what_eight_threads_do_is_counted_exactly)
{
	pthread_t threads[THREADS];
	struct pool_record record;

	runner_set_limit(240);
	for (unsigned i = 0; i < THREADS; i++)
		CHECK_EQUAL(pthread_create(&threads[i], NULL, use_in_thread, NULL), 0);
	for (unsigned i = 0; i < THREADS; i++)
		CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
	record = find("counted");
	CHECK_EQUAL(record.allocs, (uint64_t)THREADS * pairs());
	CHECK_EQUAL(record.frees, (uint64_t)THREADS * pairs());
	CHECK_EQUAL(record.allocated_bytes, 0);
	CHECK_EQUAL(record.arena_bytes, counted.cursize);
	pooldestroy(&counted);
}

/* Each way to get a block, to change one, and to give one back; the same with each flag. */
static void use_every_way(Pool *pool)
{
	void *blocks[6], *aligned;

	CHECK((blocks[0] = poolalloc(pool, 0)) != NULL);
	CHECK((blocks[1] = poolzalloc(pool, 3000)) != NULL);
	CHECK((blocks[2] = poolrealloc(pool, NULL, 50000)) != NULL);
	CHECK((aligned = poolallocalign(pool, 100, 4096, 8, 0)) != NULL);
	CHECK((blocks[3] = poolalloc(pool, 100)) != NULL);
	CHECK((blocks[4] = poolalloc(pool, 100)) != NULL);
	/* Between two that are in use: it is copied. */
	CHECK((blocks[3] = poolrealloc(pool, blocks[3], 20000)) != NULL);
	/* Where it is. */
	CHECK((blocks[2] = poolrealloc(pool, blocks[2], 40000)) != NULL);
	CHECK(poolmsize(pool, blocks[1]) >= 3000);
	CHECK(poolalloc(pool, (POOL_ULONG)-1 / 2) == NULL);
	CHECK(poolallocalign(pool, 200, 0, 0, 100) == NULL);
	CHECK(poolrealloc(pool, blocks[2], 0) == NULL);
	poolfree(pool, NULL);
	poolfree(pool, aligned);
	poolfree(pool, blocks[0]);
}

static void print_nothing(Pool *pool, char *format, ...)
{
	(void)pool;
	(void)format;
}

TEST(blocks_are_counted_once_whichever_way_they_take)
{
	static const int flags[] = { 0, POOL_PARANOIA, POOL_ANTAGONISM, POOL_NOREUSE, POOL_LOGGING | POOL_VERBOSITY };

	for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		Pool pool = POOL_SYSTEM_INIT("ways");
		struct pool_record record;

		pool.flags |= flags[i];
		pool.print = print_nothing;
		use_every_way(&pool);
		record = find("ways");
		CHECK_EQUAL(record.allocs, 6);
		CHECK_EQUAL(record.frees, 3);
		CHECK_EQUAL(record.fails, 2);
		CHECK_EQUAL(record.allocated_bytes, pool.curalloc);
		CHECK_EQUAL(record.block_bytes - record.allocated_bytes, pool.curfree);
		CHECK(record.peak_bytes >= record.allocated_bytes);
		pooldestroy(&pool);
	}
}

TEST(a_pool_that_is_reset_begins_anew)
{
	static Pool pool = POOL_SYSTEM_INIT("reset");

	CHECK(poolalloc(&pool, 100) != NULL && poolalloc(&pool, 100) != NULL);
	CHECK_EQUAL(find("reset").allocs, 2);
	poolreset(&pool);
	CHECK(!is_there("reset"));
	pool.name = "reset, then named";
	CHECK(poolalloc(&pool, 100) != NULL);
	CHECK_EQUAL(find("reset, then named").allocs, 1);
	pooldestroy(&pool);
}

TEST(what_is_trimmed_and_moved_is_told)
{
	static Pool pool = POOL_SYSTEM_INIT("trimmed");
	void *blocks[40];

	for (unsigned i = 0; i < 40; i++)
		CHECK((blocks[i] = poolalloc(&pool, 1 << 20)) != NULL);
	CHECK_EQUAL(find("trimmed").arena_bytes, pool.cursize);
	for (unsigned i = 0; i < 40; i++)
		poolfree(&pool, blocks[i]);
	CHECK(pooltrim(&pool, 0) != 0);
	CHECK_EQUAL(find("trimmed").arena_bytes, pool.cursize);
	CHECK_EQUAL(find("trimmed").block_bytes, pool.curfree);
	CHECK_EQUAL(find("trimmed").frees, 40);
	pooldestroy(&pool);
}

TEST(where_there_is_no_record_left_the_pool_works)
{
	enum { POOLS = RECORDS + 100 };
	static Pool *pools[POOLS];
	struct page page;
	char name[32];

	for (unsigned i = 0; i < POOLS; i++) {
		CHECK((pools[i] = poolsystem("many")) != NULL);
		CHECK(poolalloc(pools[i], 10) != NULL);
	}
	CHECK_EQUAL(page_open(&page, getpid()), 1);
	CHECK_EQUAL(page.used_count, RECORDS);
	CHECK_EQUAL(page.left_out, POOLS - RECORDS);
	CHECK_EQUAL(page_count_records(&page, RECORD_POOL), RECORDS);
	for (unsigned i = 0; i < POOLS; i++)
		pooldestroy(pools[i]);
	CHECK_EQUAL(page_count_records(&page, RECORD_POOL), 0);
	/* Their records come to others. */
	for (unsigned i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "new %u", i);
		CHECK((pools[i] = poolsystem(name)) != NULL);
		CHECK(poolalloc(pools[i], 10) != NULL);
		CHECK_EQUAL(find(name).allocs, 1);
	}
	CHECK_EQUAL(page_count_records(&page, RECORD_POOL), 3);
	page_close(&page);
	for (unsigned i = 0; i < 3; i++)
		pooldestroy(pools[i]);
}

TEST(nobody_else_can_write_to_the_page_or_cut_it)
{
	Pool *pool = poolsystem("sealed");
	void *block = poolalloc(pool, 10);
	int file = millpond_stats_fd();
	char path[64];

	CHECK(block != NULL && file >= 0);
	CHECK(ftruncate(file, 0) != 0 && ftruncate(file, 4 << 20) != 0);
	if (fcntl(file, F_GET_SEALS) & 0x10 /* F_SEAL_FUTURE_WRITE */) {
		CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED);
		CHECK(pwrite(file, "x", 1, 0) < 0);
	}
	CHECK_EQUAL(fcntl(file, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	CHECK(access(path, R_OK) == 0);
	poolfree(pool, block);
	CHECK_EQUAL(find("sealed").frees, 1);
	pooldestroy(pool);
}

TEST(a_program_reads_its_own_page)
{
	struct millpond_stats_pool told = { .size = sizeof(told) };
	struct { struct millpond_stats_pool first; uint64_t newer[2]; } larger = { .first.size = sizeof(larger) };
	struct millpond_stats_buffer buffer = { .size = sizeof(buffer) };
	Pool *pool = poolsystem("own");
	struct pool_record record;

	CHECK_EQUAL(millpond_stats_count(), 0);
	CHECK_EQUAL(millpond_stats_fd(), -1);
	CHECK_EQUAL(millpond_stats_get_pool(0, &told), 0);
	use_every_way(pool);
	record = find("own");
	CHECK_EQUAL(millpond_stats_count(), 1);
	CHECK_EQUAL(millpond_stats_get_pool(0, &told), 1);
	CHECK(strcmp(told.name, "own") == 0 && told.size == sizeof(told));
	CHECK(told.allocs == record.allocs && told.frees == record.frees && told.fails == record.fails);
	CHECK(told.allocated_bytes == pool->curalloc && told.free_bytes == pool->curfree);
	CHECK(told.limit_bytes == pool->maxsize && told.arena_bytes == pool->cursize && told.arenas == record.arenas);
	CHECK(told.peak_bytes == record.peak_bytes && told.largest_free_bytes == record.largest_free_bytes);
	CHECK_EQUAL(millpond_stats_get_pool(1, &told), 0);
	CHECK_EQUAL(millpond_stats_get_pool(UINT32_MAX, &told), 0);
	CHECK_EQUAL(millpond_stats_get_buffer(0, &buffer), 0);
	memset(larger.newer, 1, sizeof(larger.newer));
	CHECK_EQUAL(millpond_stats_get_pool(0, &larger.first), 1);
	CHECK(larger.first.allocs == told.allocs && larger.newer[0] == 0 && larger.newer[1] == 0);
	told.size = 8;
	CHECK_EQUAL(millpond_stats_get_pool(0, &told), MILLPOND_STATS_REFUSED);
	told.size = sizeof(told) + 1;
	CHECK_EQUAL(millpond_stats_get_pool(0, &told), MILLPOND_STATS_REFUSED);
	CHECK_EQUAL(millpond_stats_get_pool(0, NULL), MILLPOND_STATS_REFUSED);
	pooldestroy(pool);
	told.size = sizeof(told);
	CHECK_EQUAL(millpond_stats_get_pool(0, &told), 0);
}
