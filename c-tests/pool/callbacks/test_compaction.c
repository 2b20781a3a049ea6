/* Callbacks that use their pool while it is compacted. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>

#include "pool.h"
#include "pool/callbacks/hooked.h"
#include "pool/callbacks/movable.h"
#include "pool/callbacks/taken.h"
#include "support/runner.h"

static void follow_and_take(void *from, void *to)
{
	follow(from, to);
	take();
}

static void follow_take_and_give(void *from, void *to)
{
	follow(from, to);
	take_and_give();
	poolcheck(&hooked.pool);
}

/* Frees what has just moved, and its neighbours. */
static void follow_and_free(void *from, void *to)
{
	follow(from, to);
	for (int i = 0; i < MOVABLE; i++)
		if (movable[i] == to || hooked.moves % 3 == 0) {
			poolfree(&hooked.pool, movable[i]);
			movable[i] = NULL;
			if (movable[(i + 1) % MOVABLE] != NULL && hooked.moves % 2 == 0) {
				poolfree(&hooked.pool, movable[(i + 1) % MOVABLE]);
				movable[(i + 1) % MOVABLE] = NULL;
			}
			break;
		}
	poolcheck(&hooked.pool);
}

TEST(move_is_told_of_a_pool_that_is_whole)
{
	compact_with(follow);
}

/* On the original too. */
TEST(move_takes)
{
	compact_with(follow_and_take);
	check_all_taken();
}

TEST(move_takes_and_gives)
{
	compact_with(follow_take_and_give);
	check_all_taken();
}

TEST(move_frees_what_has_moved)
{
	compact_with(follow_and_free);
}

static void compact(void)
{
	poolcompact(&hooked.pool);
	taken.blocks[0] = poolalloc(&hooked.pool, 3000);
}

/* A block that is being resized stays where it is, also when alloc compacts the pool. */
TEST(alloc_compacts_while_a_block_is_resized)
{
	unsigned char *blocks[40];

	hooked_start();
	for (int i = 0; i < 40; i++) {
		blocks[i] = poolalloc(&hooked.pool, 300);
		memset(blocks[i], i, 300);
	}
	for (int i = 0; i < 40; i += 2)
		poolfree(&hooked.pool, blocks[i]);
	hooked.in_alloc = compact;
	blocks[39] = poolrealloc(&hooked.pool, blocks[39], 50000);
	CHECK(blocks[39] != NULL && hooked.moves > 0);
	for (int k = 0; k < 300; k++)
		CHECK_EQUAL(blocks[39][k], 39);
	hooked_check();
}

static void *wanderer;

/* What has moved is put behind, so that there is a hole before it again. */
static void put_behind(void *from, void *to)
{
	CHECK(from == wanderer && to < from);
	wanderer = poolalloc(&hooked.pool, 100);
	CHECK(wanderer != NULL && wanderer > to);
	poolfree(&hooked.pool, to);
}

TEST(move_makes_a_hole_each_time)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 10) {
		void *before;

		hooked_start();
		before = poolalloc(&hooked.pool, 100);
		wanderer = poolalloc(&hooked.pool, 100);
		CHECK(before != NULL && wanderer != NULL && poolalloc(&hooked.pool, 3000) != NULL);
		poolfree(&hooked.pool, before);
		hooked.in_move = put_behind;
		CHECK_EQUAL(poolcompact(&hooked.pool), 1);
		hooked.in_move = NULL;
		CHECK(hooked.moves > 1);
		hooked_check();
	}
	CHECK_CHILD_WELL(&outcome);
}
