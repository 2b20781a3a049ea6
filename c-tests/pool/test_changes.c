/* Settings that change while a pool is used, pools used before main, and pools that are reset. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "support/runner.h"

#define ALL_FLAGS (POOL_ANTAGONISM | POOL_PARANOIA | POOL_VERBOSITY | POOL_DEBUGGING | POOL_LOGGING | POOL_TOLERANCE)

static Pool start(void)
{
	return provider_start("changing", &(struct arena_plan){ .order = ARENAS_UPWARDS, .is_merging = true });
}

/* --- settings that change ----------------------------------------------------------------------------------------- */

TEST(flags_may_change_between_calls)
{
	Pool pool = start();
	void *slots[40] = { NULL };

	srandom(7);
	for (int step = 0; step < 3000; step++) {
		long slot = random() % 40;

		pool.flags = (int)(random() % 8 == 0 ? random() : 0) & (ALL_FLAGS | POOL_NOREUSE);
		provider_forget();
		if (slots[slot] == NULL) {
			slots[slot] = poolalloc(&pool, (unsigned long)random() % 500);
			CHECK(slots[slot] != NULL);
		} else {
			poolfree(&pool, slots[slot]);
			slots[slot] = NULL;
		}
	}
	poolcheck(&pool);
	band_check_counters(&pool);
	poolreset(&pool);
}

TEST(sizes_may_change_between_calls)
{
	Pool pool = start();

	CHECK(poolalloc(&pool, 3000) != NULL);
	CHECK_EQUAL(provider.last_alloc_bytes, 4128);
	pool.minarena = 1 << 20;
	CHECK(poolalloc(&pool, 3000) != NULL);
	CHECK_EQUAL(provider.last_alloc_bytes, (1 << 20) + 32);
	pool.maxsize = 1000; /* less than it has */
	CHECK(poolalloc(&pool, 3000) != NULL);
	CHECK(poolalloc(&pool, 2 << 20) == NULL);
	CHECK_EQUAL(provider.allocs, 2);
	pool.maxsize = pool.cursize + (4 << 20);
	CHECK(poolalloc(&pool, 2 << 20) != NULL);
	pool.minblock = 512;
	CHECK(poolalloc(&pool, 1) != NULL);
	poolcheck(&pool);
	band_check_counters(&pool);
	poolreset(&pool);
}

/* --- early, fresh, reset ------------------------------------------------------------------------------------------ */

static unsigned long early_memory[4096] __attribute__((aligned(16)));
static bool is_early_pool_used;

static void *give_early_memory(unsigned long bytes)
{
	static unsigned long given_bytes;

	if (bytes > sizeof(early_memory) - given_bytes)
		return NULL;
	given_bytes += bytes;
	return (char *)early_memory + given_bytes - bytes;
}

static void do_nothing(Pool *pool)
{
	(void)pool;
}

static Pool early_pool = {
	.name = "early", .maxsize = 1 << 20, .minarena = 4096, .quantum = 32, .alloc = give_early_memory,
	.lock = do_nothing, .unlock = do_nothing,
};

__attribute__((constructor(101))) static void use_early(void)
{
	char *kept = poolalloc(&early_pool, 100), *freed = poolalloc(&early_pool, 5000);

	memset(kept, 'e', 100);
	poolfree(&early_pool, freed);
	kept = poolrealloc(&early_pool, kept, 6000);
	is_early_pool_used = kept != NULL && kept[99] == 'e';
	poolcheck(&early_pool);
}

TEST(a_pool_can_be_used_before_main)
{
	CHECK(is_early_pool_used);
	CHECK(poolalloc(&early_pool, 100) != NULL);
	poolcheck(&early_pool);
	band_check_counters(&early_pool);
}

TEST(reset_of_a_fresh_pool_does_nothing)
{
	Pool pool = start(), before = pool;

	poolreset(NULL);
	poolreset(&pool);
	poolreset(&pool);
	CHECK(memcmp(&pool, &before, sizeof(pool)) == 0);
	CHECK_EQUAL(provider.frees, 0);
}

TEST(reset_gives_all_arenas_back_and_the_pool_can_be_used_again)
{
	Pool pool = provider_start("changing", &(struct arena_plan){ .order = ARENAS_APART });

	for (int round = 0; round < 3; round++) {
		void *aligned = poolallocalign(&pool, 100, 64, 0, 0);
		unsigned long bytes = provider.last_alloc_bytes;
		void *arena = provider.last_alloc;

		CHECK(aligned != NULL);
		poolfree(&pool, poolalloc(&pool, 10));
		CHECK_EQUAL(pool.nfree, 1);
		poolreset(&pool);
		CHECK_EQUAL(provider.frees, round + 1);
		CHECK(provider.last_freed == arena);
		CHECK_EQUAL(provider.last_freed_bytes, bytes);
		CHECK(pool.cursize == 0 && pool.curfree == 0 && pool.curalloc == 0);
		CHECK(pool.nfree == 0 && pool.lastcompact == 0 && pool.arenalist == NULL);
		poolcheck(&pool);
		poolreset(&pool);
		CHECK_EQUAL(provider.frees, round + 1);
	}
	CHECK_EQUAL(provider.unlocked_calls, 0);
}
