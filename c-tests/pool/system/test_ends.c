/* What is left of pools that were destroyed: nothing. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pool.h"
#include "support/mappings.h"
#include "support/runner.h"

#define POOLS 1000
#define TABLES 6                  /* with 32, 64 and so on up to 1024 locks */

static Pool fixed = POOL_SYSTEM_INIT("ends");

/* What the C library itself takes for the first use of a pool is there before. */
static struct mappings mappings_after_use(void)
{
	pooldestroy(poolsystem("first"));
	return count_mappings();
}

static void check_mapped_as(struct mappings before)
{
	struct mappings now = count_mappings();

	CHECK_EQUAL(now.bytes, before.bytes);
	CHECK_EQUAL(now.count, before.count);
}

static void use(Pool *pool)
{
	CHECK(pool != NULL);
	for (size_t bytes = 1; bytes < 4 << 20; bytes *= 3)
		CHECK(poolalloc(pool, bytes) != NULL);
}

TEST(destroyed_pools_leave_no_mapping)
{
	struct mappings before = mappings_after_use();

	for (int i = 0; i < 20; i++) {
		use(&fixed);
		pooldestroy(&fixed);
		check_mapped_as(before);
		{
			Pool *made = poolsystem("made");

			use(made);
			pooldestroy(made);
			check_mapped_as(before);
			/* Nothing was allocated from it. */
			pooldestroy(poolsystem("unused"));
			check_mapped_as(before);
		}
		{
			Pool pool = POOL_SYSTEM_INIT("on the stack");

			use(&pool);
			poolreset(&pool);
			pooldestroy(&pool);
		}
	}
}

TEST(a_thousand_pools_are_made_and_destroyed)
{
	struct mappings before;

	pooldestroy(poolsystem("first"));
	before = count_mappings();
	for (int i = 0; i < POOLS; i++) {
		Pool *made = poolsystem("one of many");

		use(made);
		pooldestroy(made);
	}
	check_mapped_as(before);
}

TEST(a_thousand_pools_live_together)
{
	static Pool *pools[POOLS];
	static unsigned char *blocks[POOLS];
	struct mappings before = count_mappings(), now;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < POOLS; i++) {
			CHECK((pools[i] = poolsystem("one of many")) != NULL);
			CHECK((blocks[i] = poolzalloc(pools[i], 1000)) != NULL);
			memset(blocks[i], i, 1000);
		}
		for (int i = 0; i < POOLS; i++) {
			int place = i * 7 % POOLS; /* in another order */

			CHECK(blocks[place][0] == (unsigned char)place && blocks[place][999] == (unsigned char)place);
			poolfree(pools[place], blocks[place]);
			pooldestroy(pools[place]);
		}
		/* The locks of as many pools as lived together stay: 64 bytes each, in tables that double, between pages that
		 * cannot be used. */
		now = count_mappings();
		CHECK(now.bytes - before.bytes <= 2 * POOLS * 64 + TABLES * 3 * (size_t)sysconf(_SC_PAGESIZE));
		CHECK(now.count - before.count <= TABLES * 3);
	}
}

/* --- a program's own pool ------------------------------------------------------------------------------------------ */

static size_t given_bytes;
static unsigned arenas, prepared;

static void *take_arena(unsigned long bytes)
{
	arenas++;
	given_bytes += bytes;
	return malloc(bytes);
}

static void free_arena(void *arena, unsigned long bytes)
{
	arenas--;
	given_bytes -= bytes;
	free(arena);
}

static void do_nothing(Pool *pool)
{
	(void)pool;
	prepared++;
}

TEST(a_programs_pool_is_destroyed_too)
{
	Pool pool = { .name = "own", .maxsize = 1 << 20, .minarena = 4096, .quantum = 32, .alloc = take_arena,
		      .free = free_arena, .lock = do_nothing, .unlock = do_nothing };
	struct mappings before = { 0, 0 };

	for (uintptr_t private = 0; private < 40; private++) {
		pool.private = (void *)private;
		for (int i = 0; i < 20; i++)
			CHECK(poolalloc(&pool, 3000) != NULL);
		CHECK(arenas > 0);
		pooldestroy(&pool);
		CHECK_EQUAL(arenas, 0);
		CHECK_EQUAL(given_bytes, 0);
		CHECK_EQUAL(pool.cursize | pool.curfree | pool.curalloc, 0);
		CHECK(pool.private == (void *)private);
		/* The first arenas make the heap of malloc() larger. */
		if (private == 0)
			before = count_mappings();
	}
	check_mapped_as(before);
}

TEST(a_reset_keeps_an_index_and_destroying_does_not)
{
	struct mappings before = mappings_after_use();

	use(&fixed);
	poolreset(&fixed);
	CHECK(count_mappings().bytes > before.bytes);
	/* The one that was kept is used again. */
	use(&fixed);
	pooldestroy(&fixed);
	check_mapped_as(before);
}

TEST(a_pool_that_is_damaged_stays_until_that_was_told)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		char *block = poolalloc(&fixed, 100);

		fixed.flags |= POOL_PARANOIA;
		memset(block, 1, 104);
		pooldestroy(&fixed);
	}
	CHECK_EQUAL(outcome.end, CHILD_ABORTED);
	CHECK(strstr(outcome.text, "pooldestroy") != NULL);
}
