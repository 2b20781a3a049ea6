/* What a call is about stays where it is while callbacks of the call compact its pool. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <string.h>

#include "pool.h"
#include "pool/callbacks/hooked.h"
#include "support/runner.h"

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

/* As above, but what is damaged are the links of the free block: the fast path comes upon it when it frees what it has
 * copied to a new block already. */
TEST(a_block_stays_while_damage_is_told_after_it_was_copied)
{
	for (int number = 0; number < 2; number++) {
		unsigned char *damaged, *gap, *hole, *moves_too, *passed, *resized, *space;
		int panics;

		make_hole(0, 600);
		hooked.pool.maxsize = STORE_BYTES;
		hole = poolalloc(&hooked.pool, 600);
		damaged = poolalloc(&hooked.pool, 300);
		wall = poolalloc(&hooked.pool, 600);
		CHECK(hole < in_front && damaged == behind + (behind - in_front) && wall > damaged);
		memset(wall, 3, 600);
		/* In another arena a larger block is free, and was freed last. There is a hole there, too. */
		hooked.pool.minarena = 16384;
		gap = poolalloc(&hooked.pool, 1500);
		moves_too = poolalloc(&hooked.pool, 1500);
		space = poolalloc(&hooked.pool, 3000);
		CHECK(gap < moves_too && moves_too < space && poolalloc(&hooked.pool, 1500) != NULL);
		poolfree(&hooked.pool, gap);
		poolfree(&hooked.pool, damaged);
		poolfree(&hooked.pool, hole);
		poolfree(&hooked.pool, space);
		memset(damaged, 0x5a, 4 * sizeof(void *));
		hooked.in_move = note_move;
		hooked.moves = 0;
		hooked.in_panic = number == 0 ? compact_in_panic : return_only;
		hooked.in_print = number == 0 ? NULL : compact_once;
		passed = behind;
		resized = poolrealloc(&hooked.pool, behind, 2000);
		CHECK(hooked.panics > 0 && hooked.moves > 1);
		CHECK(behind == passed && resized == space);
		hooked.in_panic = return_only;
		panics = hooked.panics;
		poolfree(&hooked.pool, passed); /* it was freed */
		CHECK_EQUAL(hooked.panics, panics + 1);
		check_all_of(resized, 2);
		memset(resized, 4, 2000);
		check_all_apart();
		poolcheck(&hooked.pool);
	}
}

/* --- what a call is about, while what is tolerated of it is told --------------------------------------------------- */

/* The three blocks are of one size, so that what is behind comes to lie where this one was. One NUL too many comes behind
 * the data, or over the tail. */
static void make_tolerated(int flags, bool is_full)
{
	unsigned long bytes;

	make_hole(POOL_TOLERANCE | flags, 600);
	bytes = is_full ? poolmsize(&hooked.pool, in_front) : 600;
	in_front[bytes] = 0;
	hooked.in_move = note_move;
	hooked.in_print = compact_once;
}

TEST(a_block_stays_while_what_is_tolerated_of_it_is_printed)
{
	static const int flags[] = { 0, POOL_PARANOIA, POOL_VERBOSITY };

	for (int number = 0; number < 24; number++) {
		unsigned char *passed;

		make_tolerated(flags[number % 3], number % 2 == 1);
		passed = in_front;
		switch (number / 6) {
		case 0:
			poolfree(&hooked.pool, in_front);
			in_front = NULL;
			break;
		case 1:
			/* There is no room but in the hole. */
			in_front = poolrealloc(&hooked.pool, in_front, 1000);
			CHECK(in_front != NULL && in_front < passed);
			break;
		case 2:
			in_front = poolrealloc(&hooked.pool, in_front, 601);
			CHECK(in_front == passed);
			break;
		default:
			CHECK(poolmsize(&hooked.pool, in_front) >= 600 && in_front == passed);
		}
		CHECK(hooked.in_print == NULL);
		hooked.pool.flags = 0;
		if (in_front != NULL)
			check_all_of(in_front, 1);
		check_all_of(behind, 2);
		hooked_check();
	}
}

/* It stays, and the complaint with it. */
TEST(an_aligned_block_of_which_something_is_tolerated_is_not_moved)
{
	unsigned char *aligned, *hole;
	int prints;

	hooked_start();
	hole = poolalloc(&hooked.pool, 600);
	aligned = poolallocalign(&hooked.pool, 600, 16, 0, 0);
	CHECK(aligned > hole);
	aligned[poolmsize(&hooked.pool, aligned)] = 0;
	hooked.pool.flags = POOL_TOLERANCE;
	poolfree(&hooked.pool, hole);
	poolcompact(&hooked.pool);
	CHECK_EQUAL(hooked.moves, 0);
	prints = hooked.prints;
	poolblockcheck(&hooked.pool, aligned);
	CHECK(hooked.prints > prints);
	poolfree(&hooked.pool, aligned);
	hooked_check();
}

static jmp_buf before_call;

static void jump(void)
{
	longjmp(before_call, 1);
}

/* The call that was left does not let go of the block any more. */
TEST(a_block_whose_call_was_left_stays_until_it_is_resized)
{
	unsigned char *left;

	make_tolerated(0, false);
	left = in_front;
	hooked.in_print = jump;
	if (setjmp(before_call) == 0) {
		poolmsize(&hooked.pool, in_front);
		CHECK(!"print was called");
	}
	hooked.in_print = NULL;
	hooked.depth--;
	poolcompact(&hooked.pool);
	CHECK(hooked.moves == 0 && in_front == left);
	in_front = poolrealloc(&hooked.pool, in_front, 601);
	CHECK(in_front == left);
	hooked.pool.lastcompact = 0;
	CHECK_EQUAL(poolcompact(&hooked.pool), 1);
	CHECK(in_front < left);
	check_after();
}
