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

/* --- what a call is about ----------------------------------------------------------------------------------------- */

static unsigned char *in_front, *behind;

/* There is a hole in front of two blocks, and the pool gets no more memory. */
static void make_hole(int flags, unsigned long hole_bytes)
{
	unsigned char *hole;

	hooked_start();
	hole = poolalloc(&hooked.pool, hole_bytes);
	in_front = poolalloc(&hooked.pool, 600);
	behind = poolalloc(&hooked.pool, 600);
	CHECK(hole != NULL && in_front != NULL && behind != NULL);
	memset(in_front, 1, 600);
	memset(behind, 2, 600);
	poolfree(&hooked.pool, hole);
	hooked.pool.maxsize = hooked.pool.cursize;
	hooked.pool.flags = flags;
}

static void note_move(void *from, void *to)
{
	if (from == in_front)
		in_front = to;
	if (from == behind)
		behind = to;
}

/* Once; more than there is, so that the pool is compacted. */
static void want_much(void)
{
	hooked.in_print = hooked.in_logstack = NULL;
	CHECK(poolalloc(&hooked.pool, 3000) == NULL);
	CHECK(hooked.moves > 0);
}

static void check_all_of(unsigned char *block, unsigned char value)
{
	CHECK(poolmsize(&hooked.pool, block) >= 600);
	for (int i = 0; i < 600; i++)
		CHECK_EQUAL(block[i], value);
}

static void check_after(void)
{
	hooked.pool.flags = 0;
	check_all_of(in_front, 1);
	check_all_of(behind, 2);
	hooked_check();
}

/* It is in nobody's hands yet: whoever is told that it moves does not know it. */
TEST(a_new_block_stays_while_the_log_compacts)
{
	static const int flags[] = { POOL_LOGGING, POOL_VERBOSITY };

	for (int number = 0; number < 6; number++) {
		unsigned char *block;

		make_hole(flags[number % 2], 1000);
		hooked.in_move = note_move;
		hooked.in_logstack = want_much;
		if (number % 2 == 1)
			hooked.in_print = want_much;
		block = number < 2 ? poolalloc(&hooked.pool, 1100) : number < 4 ? poolzalloc(&hooked.pool, 1100) :
			poolallocalign(&hooked.pool, 1100, 64, 0, 0);
		CHECK(block != NULL && hooked.moves > 0);
		memset(block, 3, 1100);
		check_all_of(block, 3);
		check_after();
		poolfree(&hooked.pool, block);
		hooked_check();
	}
}

TEST(a_resized_block_stays_while_the_log_compacts)
{
	static const unsigned long sizes[] = { 650, 900 };

	for (int number = 0; number < 2; number++) {
		make_hole(POOL_LOGGING, 1000);
		hooked.in_move = note_move;
		hooked.in_logstack = want_much;
		behind = poolrealloc(&hooked.pool, behind, sizes[number]);
		CHECK(behind != NULL && hooked.moves > 0);
		check_after();
	}
}

/* The address is in the pool's hands already. */
TEST(a_block_that_is_passed_stays_while_the_pool_is_printed)
{
	for (int number = 0; number < 3; number++) {
		make_hole(POOL_VERBOSITY, 1000);
		hooked.in_move = note_move;
		hooked.in_print = want_much;
		if (number == 0)
			CHECK(poolmsize(&hooked.pool, behind) >= 600);
		else if (number == 1)
			behind = poolrealloc(&hooked.pool, behind, 700);
		else
			poolfree(&hooked.pool, behind);
		CHECK(hooked.moves > 0 && hooked.panics == 0);
		hooked.pool.flags = 0;
		check_all_of(in_front, 1);
		if (number < 2)
			check_after();
		hooked_check();
	}
}

/* --- what a call is about, while damage beside it is told --------------------------------------------------------- */

static unsigned char *wall;

/* As above, and behind both lies a free block whose tail is wrong. The hole is as large as each: where the second one was,
 * after a compaction, a free block of its size begins. */
static void make_hole_and_damage(void)
{
	unsigned char *damaged, *hole;

	make_hole(0, 600);
	hooked.pool.maxsize = STORE_BYTES;
	hole = poolalloc(&hooked.pool, 600);
	damaged = poolalloc(&hooked.pool, 600);
	wall = poolalloc(&hooked.pool, 600);
	CHECK(damaged == behind + (behind - in_front) && wall != NULL);
	memset(wall, 3, 600);
	poolfree(&hooked.pool, damaged);
	poolfree(&hooked.pool, hole);
	/* The tail of what is free lies before the header of the wall. */
	memset(wall - 4 * sizeof(void *), 0x5a, sizeof(void *));
	hooked.in_move = note_move;
}

static void compact_once(void)
{
	hooked.in_print = NULL;
	poolcompact(&hooked.pool);
}

static void return_only(void)
{
}

static void compact_in_panic(void)
{
	hooked.in_panic = return_only;
	poolcompact(&hooked.pool);
}

/* No block is given out twice, nor one that is in use. */
static void check_all_apart(void)
{
	static unsigned char *blocks[64];
	unsigned count = 0;

	hooked.pool.maxsize = hooked.pool.cursize;
	while (count < 64 && (blocks[count] = poolalloc(&hooked.pool, 600)) != NULL)
		memset(blocks[count++], 0x77, 600);
	for (unsigned i = 0; i < count; i++)
		for (unsigned j = 0; j < i; j++)
			CHECK(blocks[i] != blocks[j]);
	check_all_of(in_front, 1);
	check_all_of(wall, 3);
}

TEST(a_block_stays_while_damage_beside_it_is_told)
{
	for (int number = 0; number < 4; number++) {
		unsigned char *passed, *resized = NULL;

		make_hole_and_damage();
		passed = behind;
		hooked.moves = 0;
		if (number % 2 == 0)
			hooked.in_panic = compact_in_panic;
		else {
			hooked.in_panic = return_only;
			hooked.in_print = compact_once;
		}
		if (number < 2)
			poolfree(&hooked.pool, behind);
		else
			resized = poolrealloc(&hooked.pool, behind, 1000);
		/* The one in front came into the hole. */
		CHECK(hooked.panics > 0);
		CHECK_EQUAL(hooked.moves, 1);
		CHECK(behind == passed);
		hooked.in_panic = return_only;
		if (resized != NULL)
			check_all_of(resized, 2);
		check_all_apart();
		poolcheck(&hooked.pool);
	}
}
