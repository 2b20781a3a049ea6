/* A struct Pool that was written over. A part of test_pool_set_aside. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "pool/set_aside/spoilt.h"
#include "support/runner.h"

static const size_t fields[] = {
	offsetof(Pool, cursize), offsetof(Pool, curfree), offsetof(Pool, curalloc), offsetof(Pool, minarena),
	offsetof(Pool, quantum), offsetof(Pool, minblock), offsetof(Pool, maxsize), offsetof(Pool, arenalist),
	offsetof(Pool, nfree),
};
static const unsigned long values[] = { 0, 1, ULONG_MAX, ULONG_MAX / 2 + 1, ULONG_MAX - 4000, 0x7ffff000 };

static void use_pool(Pool *pool)
{
	void *data[40];

	for (unsigned long i = 0; i < COUNT(data); i++)
		data[i] = spoilt_call(pool, POOL_OPERATION_ALLOC, NULL, i % 5 == 0 ? i * 2000 : i * 20);
	for (unsigned long i = 0; i < COUNT(data); i += 2)
		data[i] = spoilt_call(pool, POOL_OPERATION_REALLOC, data[i], i % 3 == 0 ? i * 1000 : i * 50 + 1);
	for (size_t i = 0; i < COUNT(data); i++)
		spoilt_call(pool, POOL_OPERATION_FREE, data[i], 0);
	spoilt_call(pool, POOL_OPERATION_COMPACT, NULL, 0);
}

/* The pool's figures are the program's memory like any other; none ends the program past its panic. */
TEST(figures_of_the_pool_that_were_written_over)
{
	for (size_t number = 0; number < COUNT(fields) * COUNT(values) * 2; number++) {
		struct runner_outcome outcome;

		IN_CHILD(&outcome, SECONDS) {
			Pool pool = spoilt_start();

			use_pool(&pool);
			memcpy((char *)&pool + fields[number / 2 % COUNT(fields)], &values[number / 2 / COUNT(fields)],
			       sizeof(long));
			provider.panic_way = ways[number % 2];
			use_pool(&pool);
			CHECK(provider.panics <= 1);
			provider_forget();
			use_pool(&pool);
			CHECK_EQUAL(provider.panics, 0);
			/* Only poolcheck() reads the list of arenas, and only a call that needs it the rest. */
			if (fields[number / 2 % COUNT(fields)] != offsetof(Pool, arenalist))
				band_check_counters(&pool);
		}
		CHECK_CHILD_WELL(&outcome);
	}
}

TEST(wrong_counters_are_reported_once_and_set_right)
{
	for (int number = 0; number < 4; number++) {
		Pool pool = spoilt_start();
		void *large = poolalloc(&pool, 50000);

		CHECK(large != NULL && poolalloc(&pool, 100) != NULL);
		*(number % 2 == 0 ? &pool.curfree : &pool.curalloc) = number < 2 ? UINTPTR_MAX : 1 << 20;
		CHECK(provider_panics(&pool, POOL_OPERATION_ALLOC, NULL, 60000));
		CHECK(strstr(provider.report, number % 2 == 0 ? "curfree" : "curalloc") != NULL);
		CHECK(strstr(provider.report, "damaged") != NULL);
		band_check_counters(&pool);
		CHECK(!provider_panics(&pool, POOL_OPERATION_ALLOC, NULL, 60000));
		CHECK(!provider_panics(&pool, POOL_OPERATION_FREE, large, 0));
		CHECK(!provider_panics(&pool, POOL_OPERATION_CHECK, NULL, 0));
	}
}

/* Eight blocks, of which every other one is free; then the index is lost. */
static void lose_index(Pool *pool, unsigned char **data)
{
	for (int i = 0; i < 8; i++) {
		data[i] = poolalloc(pool, i < 4 ? 200 : 40000);
		CHECK(data[i] != NULL);
		memset(data[i], 0x20 + i, 200);
	}
	for (int i = 0; i < 8; i += 2)
		poolfree(pool, data[i]);
	pool->freeroot = NULL;
}

TEST(a_pool_that_has_lost_its_index_reads_its_arenas_anew)
{
	for (int number = 0; number < 4; number++) {
		Pool pool = spoilt_start(), before;
		unsigned char *data[8];

		lose_index(&pool, data);
		/* Their links are not needed for that. */
		if (number >= 2)
			memset(header_of(data[2]) + LINK_LEFT, 0x41, 4 * sizeof(long));
		before = pool;
		provider.panic_way = ways[number % 2];
		provider_forget();
		spoilt_call(&pool, POOL_OPERATION_FREE, data[1], 0);
		CHECK_EQUAL(provider.panics, 1);
		CHECK(strstr(provider.report, "freeroot") != NULL);
		CHECK_EQUAL(pool.cursize, before.cursize);
		/* Where panic returns, the call goes on. */
		if (number % 2 == 0)
			CHECK(spoilt_call(&pool, POOL_OPERATION_ALLOC, NULL, 200) != NULL);
		else
			CHECK(pool.curfree == before.curfree && pool.curalloc == before.curalloc);
		for (int i = 3; i < 8; i += 2)
			for (int k = 0; k < 200; k++)
				CHECK_EQUAL(data[i][k], 0x20 + i);
		for (int i = 3; i < 8; i += 2)
			spoilt_call(&pool, POOL_OPERATION_FREE, data[i], 0);
		CHECK_EQUAL(provider.panics, 1);
		CHECK(!provider_panics(&pool, POOL_OPERATION_CHECK, NULL, 0));
		band_check_counters(&pool);
		CHECK(poolalloc(&pool, 40000) != NULL);
		CHECK_EQUAL(pool.cursize, before.cursize);
	}
}

TEST(a_pool_that_has_lost_its_index_can_be_reset)
{
	Pool pool = spoilt_start();
	unsigned char *data[8];
	unsigned allocs;

	lose_index(&pool, data);
	allocs = provider.allocs;
	provider.panic_way = PANIC_RETURNS;
	poolreset(&pool);
	CHECK(provider.panics == 1 && strstr(provider.report, "freeroot") != NULL);
	CHECK_EQUAL(provider.frees, allocs);
	provider.panic_way = PANIC_FAILS_THE_TEST;
	CHECK(poolalloc(&pool, 100) != NULL);
	poolcheck(&pool);
}

TEST(a_pool_that_has_lost_its_index_and_its_arenas_begins_again)
{
	for (int number = 0; number < 6; number++) {
		Pool pool = spoilt_start();
		unsigned char *data[8];

		lose_index(&pool, data);
		switch (number) {
		case 0:
			pool.arenalist = NULL;
			break;
		case 1:
			pool.arenalist = (void *)0x4141414141414141;
			break;
		case 2:
			pool.arenalist = (void *)16;
			break;
		case 3:
			pool.arenalist = data[1];
			break;
		case 4:
			/* Its size reaches beyond all memory. */
			((unsigned long *)pool.arenalist)[4] = ULONG_MAX / 2 - 7;
			break;
		default:
			/* The next one below is itself. */
			((void **)pool.arenalist)[3] = pool.arenalist;
		}
		CHECK(provider_panics(&pool, POOL_OPERATION_FREE, data[1], 0));
		CHECK(strstr(provider.report, "freeroot") != NULL);
		CHECK(!provider_panics(&pool, POOL_OPERATION_CHECK, NULL, 0));
		CHECK(poolalloc(&pool, 100) != NULL);
		CHECK(provider_panics(&pool, POOL_OPERATION_FREE, data[1], 0));
		poolcheck(&pool);
	}
}
