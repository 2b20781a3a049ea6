/* Whenever a call returns nil, poolerror() says why this one did, and not why an earlier one of some pool. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "support/runner.h"

#define OLDER "cannot satisfy dsize 100 span 64 with align 0+0"
#define NO_ARENA "no arena: alloc returned nil"
#define NO_ALLOC "no arena: the pool has no alloc"
#define NO_POOL "the pool is nil"
#define PANIC_RETURNED "panic returned: the heap is damaged, or was misused"
#define HOLES 40

static Pool start(void)
{
	return provider_start("reasons", &(struct arena_plan){ .order = ARENAS_APART });
}

static bool says(const char *text)
{
	if (strcmp(poolerror(), text) == 0)
		return true;
	printf("# it says: %s\n", poolerror());
	return false;
}

/* Another pool leaves a text that none of these tests is about. */
static void leave_older_text(void)
{
	Pool other = provider_pool("other");
	unsigned arenas_left = provider.arenas_left;

	provider.arenas_left = UINT_MAX;
	CHECK(poolallocalign(&other, 100, 0, 0, 64) == NULL);
	CHECK(says(OLDER));
	provider.arenas_left = arenas_left;
}

/* Each way of asking for more than there is leaves `text`. */
static void check_all_ways(Pool *pool, void *block, const char *text)
{
	leave_older_text();
	CHECK(poolalloc(pool, 20000) == NULL);
	CHECK(says(text));
	leave_older_text();
	CHECK(poolallocalign(pool, 20000, 64, 8, 0) == NULL);
	CHECK(says(text));
	leave_older_text();
	CHECK(poolrealloc(pool, NULL, 20000) == NULL);
	CHECK(says(text));
	if (block == NULL)
		return;
	leave_older_text();
	CHECK(poolrealloc(pool, block, 20000) == NULL);
	CHECK(says(text));
}

/* --- no arena ----------------------------------------------------------------------------------------------------- */

TEST(alloc_has_returned_nil)
{
	Pool pool = start();
	void *block = poolalloc(&pool, 100);

	provider.arenas_left = 0;
	check_all_ways(&pool, block, NO_ARENA);
	pool.flags = POOL_PARANOIA | POOL_LOGGING;
	check_all_ways(&pool, block, NO_ARENA);
	poolfree(&pool, block);
	poolcheck(&pool);
}

static void *holes[HOLES];

static void move_hole(void *from, void *to)
{
	for (int i = 0; i < HOLES; i++)
		if (holes[i] == from) {
			holes[i] = to;
			return;
		}
}

static void make_holes(Pool *pool)
{
	provider.on_move = move_hole;
	for (int i = 0; i < HOLES; i++) {
		holes[i] = poolalloc(pool, 500);
		CHECK(holes[i] != NULL);
	}
	for (int i = 0; i < HOLES; i += 2)
		poolfree(pool, holes[i]);
}

TEST(alloc_has_returned_nil_and_compaction_did_not_help)
{
	Pool pool = start();

	pool.minarena = 32768;
	make_holes(&pool);
	leave_older_text();
	provider.arenas_left = 0;
	CHECK(poolalloc(&pool, 40000) == NULL);
	CHECK(provider.moves > 0);
	CHECK(says(NO_ARENA));
	poolcheck(&pool);
}

TEST(alloc_is_nil)
{
	Pool pool = start();

	pool.alloc = NULL;
	check_all_ways(&pool, NULL, NO_ALLOC);
}

static Pool outer;

static void *alloc_from_outer(unsigned long bytes)
{
	return poolalloc(&outer, bytes);
}

/* The inner pool's call is the one that returned nil last. */
TEST(arenas_of_one_pool_come_from_another_that_is_full)
{
	Pool inner = start();

	outer = provider_pool("outer");
	outer.maxsize = 10000;
	inner.alloc = alloc_from_outer;
	inner.lock = inner.unlock = outer.lock = outer.unlock = NULL;
	check_all_ways(&inner, NULL, NO_ARENA);
}

/* --- the largest size --------------------------------------------------------------------------------------------- */

TEST(the_pool_is_as_large_as_it_may_be)
{
	Pool pool = start();
	void *block = poolalloc(&pool, 100);

	pool.maxsize = 10000;
	check_all_ways(&pool, block, "memory pool too large");
}

/* Compaction makes room: nothing was refused in the end. */
TEST(what_succeeds_at_last_leaves_the_text_alone)
{
	Pool pool = start();

	pool.minarena = 32768;
	make_holes(&pool);
	leave_older_text();
	pool.maxsize = pool.cursize;
	CHECK(poolalloc(&pool, 15000) != NULL);
	CHECK(provider.moves > 0);
	CHECK(says(OLDER));
	provider.arenas_left = 0;
	pool.maxsize = UINTPTR_MAX / 2;
	for (int i = 1; i < HOLES; i += 4)
		poolfree(&pool, holes[i]);
	provider.moves = 0;
	CHECK(poolalloc(&pool, 9000) != NULL);
	CHECK(provider.moves > 0);
	CHECK(says(OLDER));
	poolcheck(&pool);
}

/* --- other reasons ------------------------------------------------------------------------------------------------ */

TEST(the_pool_is_nil)
{
	start();
	check_all_ways(NULL, NULL, NO_POOL);
}

/* Where panic returns, what is damaged is set aside, and allocating goes on (pool_set_aside); only what was passed fails. */
TEST(panic_has_returned)
{
	Pool pool = start();
	void *block = poolalloc(&pool, 100);

	provider.panic_way = PANIC_RETURNS;
	leave_older_text();
	CHECK(poolrealloc(&pool, (char *)block + 32, 300) == NULL);
	CHECK_EQUAL(provider.panics, 1);
	CHECK(says(PANIC_RETURNED));
}

/* --- what does not return nil because it failed ------------------------------------------------------------------- */

TEST(other_calls_leave_the_text_alone)
{
	Pool pool = start(), unused = provider_pool("unused");
	unsigned char *block = poolalloc(&pool, 100), *freed = poolalloc(&pool, 100);

	poolfree(&pool, freed);
	leave_older_text();
	CHECK(poolrealloc(&pool, poolalloc(&pool, 50), 0) == NULL); /* freed, as asked for */
	CHECK_EQUAL(poolmsize(&pool, NULL), 0);
	CHECK_EQUAL(poolisoverlap(&unused, block, 1), 0);
	poolcompact(&unused);
	provider.panic_way = PANIC_RETURNS;
	poolfree(&pool, freed);
	CHECK_EQUAL(poolmsize(&pool, block + 8), 0);
	poolblockcheck(&pool, freed);
	CHECK_EQUAL(provider.panics, 3);
	CHECK(says(OLDER));
}
