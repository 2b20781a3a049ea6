/*
 * Callbacks that use the pool they belong to, under a lock that one thread may take several times.
 * test_compaction.c has `move`, test_bad_arenas.c what `alloc` may not return, test_damage.c pools that are damaged.
 *
 * With LD_PRELOAD=DIR/libpool_ref.so those tests run on the original that are marked.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>

#include "pool.h"
#include "pool/callbacks/hooked.h"
#include "pool/callbacks/taken.h"
#include "support/runner.h"

static void work(unsigned rounds)
{
	unsigned char *blocks[64] = { NULL };
	unsigned long bytes[64] = { 0 };

	for (unsigned i = 0; i < rounds; i++) {
		unsigned slot = i * 29 % 64;
		unsigned long wanted = i * 131 % 3000 + 1, kept = wanted < bytes[slot] ? wanted : bytes[slot];

		if (i % 3 == 0) {
			poolfree(&hooked.pool, blocks[slot]);
			blocks[slot] = poolalloc(&hooked.pool, wanted);
			kept = 0;
		} else {
			blocks[slot] = poolrealloc(&hooked.pool, blocks[slot], wanted);
		}
		CHECK(blocks[slot] != NULL);
		for (unsigned long k = 0; k < kept; k++)
			CHECK_EQUAL(blocks[slot][k], (unsigned char)slot);
		memset(blocks[slot], (int)slot, wanted);
		bytes[slot] = wanted;
	}
}

/* On the original too. */
TEST(alloc_takes_from_its_own_pool)
{
	hooked_start();
	hooked.in_alloc = take;
	work(2000);
	check_all_taken();
}

/* On the original too. */
TEST(alloc_takes_and_gives)
{
	hooked_start();
	hooked.in_alloc = take_and_give;
	work(2000);
	check_all_taken();
}

TEST(alloc_takes_from_its_own_pool_and_arenas_merge)
{
	hooked_start();
	hooked.in_alloc = take_and_give;
	hooked.is_merging = true;
	work(2000);
	check_all_taken();
}

TEST(merge_takes_and_gives)
{
	hooked_start();
	hooked.pool.minarena = 65536; /* room for the request, after what is taken before */
	hooked.in_merge = take_and_give;
	hooked.is_merging = true;
	work(2000);
	check_all_taken();
}

static void reset_and_take(void)
{
	poolreset(&hooked.pool);
	hooked.cut_bytes = 0;
	taken.count = 0;
	take();
}

TEST(alloc_resets_its_own_pool)
{
	hooked_start();
	CHECK(poolalloc(&hooked.pool, 1000) != NULL);
	hooked.in_alloc = reset_and_take;
	CHECK(poolalloc(&hooked.pool, 4000) != NULL);
	check_all_taken();
}

TEST(lock_takes_and_gives)
{
	hooked_start();
	hooked.in_lock = take_and_give;
	work(500);
	check_all_taken();
}

TEST(print_and_logstack_take_and_give)
{
	hooked_start();
	hooked.pool.flags = POOL_LOGGING;
	hooked.in_print = take_and_give;
	hooked.in_logstack = take_and_give;
	work(300);
	hooked.pool.flags = 0;
	check_all_taken();
}

TEST(print_takes_and_gives_while_the_pool_is_dumped)
{
	hooked_start();
	work(100);
	taken.limit = 40;
	hooked.pool.flags = POOL_VERBOSITY | POOL_PARANOIA;
	hooked.in_print = take_and_give;
	for (int i = 0; i < 10; i++)
		CHECK(poolalloc(&hooked.pool, 500) != NULL);
	pooldump(&hooked.pool);
	hooked.pool.flags = 0;
	check_all_taken();
}

TEST(print_takes_and_gives_while_something_is_tolerated)
{
	unsigned char *block;

	hooked_start();
	block = poolalloc(&hooked.pool, 101);
	block[101] = 0;
	hooked.pool.flags = POOL_TOLERANCE;
	hooked.in_print = take_and_give;
	poolcheck(&hooked.pool);
	poolfree(&hooked.pool, block);
	CHECK(hooked.prints > 0);
	check_all_taken();
}

TEST(panic_takes_and_gives_and_returns)
{
	unsigned char *block;

	hooked_start();
	block = poolalloc(&hooked.pool, 100);
	hooked.in_panic = take_and_give;
	poolfree(&hooked.pool, block);
	poolfree(&hooked.pool, block);
	CHECK_EQUAL(hooked.panics, 1);
	check_all_taken();
}
