/*
 * What is found damaged is set aside, and the pool goes on with the rest: no call hangs, none ends in a signal or past
 * the pool's panic, and what was reported is not met again.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "support/runner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECONDS 10                /* for what takes far less than one */

/* Words of a free block, from its header on. */
enum { LINK_LEFT = 2, LINK_RIGHT, LINK_NEXT, LINK_PREVIOUS, LINK_PARENT };

static const enum panic_way ways[] = { PANIC_RETURNS, PANIC_JUMPS };

static Pool start(void)
{
	return provider_start("damaged", &(struct arena_plan){ .order = ARENAS_APART });
}

static unsigned long *header_of(void *data)
{
	return (unsigned long *)data - 2;
}

static unsigned long size_of(void *data)
{
	return header_of(data)[1];
}

static unsigned long *tail_of(void *data)
{
	return (unsigned long *)((char *)header_of(data) + size_of(data)) - 2;
}

/* A call of a program that goes on after each panic. */
static void *call(Pool *pool, enum pool_operation operation, void *block, unsigned long bytes)
{
	void *volatile data = NULL;

	if (sigsetjmp(provider.escape, 0) == 0) {
		if (operation == POOL_OPERATION_ALLOC)
			data = poolalloc(pool, bytes);
		else if (operation == POOL_OPERATION_REALLOC)
			data = poolrealloc(pool, block, bytes);
		else if (operation == POOL_OPERATION_FREE)
			poolfree(pool, block);
		else if (operation == POOL_OPERATION_COMPACT)
			poolcompact(pool);
		else
			poolcheck(pool);
	}
	if (provider.holder != NULL)
		pool->unlock(pool);
	return data;
}

/* --- circles ------------------------------------------------------------------------------------------------------ */

#define LARGE_BLOCKS 5

/* Free blocks of sizes that share a tree, and none beside another. */
static void make_large(Pool *pool, unsigned long **blocks)
{
	void *data[LARGE_BLOCKS];

	pool->minarena = 4 << 20;
	for (unsigned long i = 0; i < LARGE_BLOCKS; i++) {
		data[i] = poolalloc(pool, 33000 + i * 2500);
		CHECK(data[i] != NULL && poolalloc(pool, 100) != NULL);
	}
	for (int i = 0; i < LARGE_BLOCKS; i++) {
		poolfree(pool, data[i]);
		blocks[i] = header_of(data[i]);
	}
}

static void use_large(Pool *pool, unsigned long *spoilt)
{
	void *data[12];

	for (int round = 0; round < 3; round++) {
		for (unsigned long i = 0; i < COUNT(data); i++) {
			data[i] = call(pool, POOL_OPERATION_ALLOC, NULL, 31000 + i * 1700);
			if (data[i] != NULL)
				memset(data[i], 0x55, 31000 + i * 1700);
			CHECK(spoilt == NULL || data[i] != spoilt + 2);
		}
		for (size_t i = 0; i < COUNT(data); i++)
			call(pool, POOL_OPERATION_FREE, data[(i * 5) % COUNT(data)], 0);
		call(pool, POOL_OPERATION_COMPACT, NULL, 0);
	}
}

/* Each link is answered by the other block's, so that none looks wrong by itself. */
static void link_in_a_circle(unsigned long *upper, int upper_side, unsigned long *lower, int lower_side)
{
	upper[upper_side] = (unsigned long)lower;
	lower[LINK_PARENT] = (unsigned long)upper;
	lower[lower_side] = (unsigned long)upper;
	upper[LINK_PARENT] = (unsigned long)lower;
}

TEST(a_tree_that_goes_in_a_circle_ends)
{
	for (int number = 0; number < LARGE_BLOCKS * LARGE_BLOCKS * 4 * 2; number++) {
		struct runner_outcome outcome;

		IN_CHILD(&outcome, SECONDS) {
			unsigned long *blocks[LARGE_BLOCKS];
			Pool pool = start();

			make_large(&pool, blocks);
			link_in_a_circle(blocks[number / 8 % LARGE_BLOCKS], LINK_LEFT + number % 2,
					 blocks[number / 8 / LARGE_BLOCKS], LINK_LEFT + number / 2 % 2);
			provider.panic_way = ways[number / 4 % 2];
			use_large(&pool, NULL);
			CHECK(provider.panics < 10);
			provider_forget();
			use_large(&pool, NULL);
			CHECK_EQUAL(provider.panics, 0);
			provider.panic_way = PANIC_FAILS_THE_TEST;
			poolcheck(&pool);
		}
		CHECK_CHILD_WELL(&outcome);
	}
}

TEST(lists_and_rings_that_go_in_a_circle_end)
{
	for (int number = 0; number < 12; number++) {
		struct runner_outcome outcome;

		IN_CHILD(&outcome, SECONDS) {
			unsigned long bytes = number % 2 == 0 ? 200 : 40000;
			unsigned long *blocks[4];
			Pool pool = start();
			void *data[4];

			pool.minarena = 1 << 20;
			for (int i = 0; i < 4; i++) {
				data[i] = poolalloc(&pool, bytes);
				CHECK(data[i] != NULL && poolalloc(&pool, 100) != NULL);
			}
			for (int i = 0; i < 4; i++) {
				poolfree(&pool, data[i]);
				blocks[i] = header_of(data[i]);
			}
			/* Two of them, or one with itself. */
			blocks[number / 2 % 3][LINK_NEXT] = (unsigned long)blocks[number / 6 * 2];
			blocks[number / 6 * 2][LINK_PREVIOUS] = (unsigned long)blocks[number / 2 % 3];
			provider.panic_way = ways[number / 2 % 2];
			for (int round = 0; round < 20; round++) {
				for (int i = 0; i < 4; i++) {
					data[i] = call(&pool, POOL_OPERATION_ALLOC, NULL, bytes);
					CHECK(data[i] != NULL || provider.panics > 0);
					for (int other = 0; other < i; other++)
						CHECK(data[i] == NULL || data[i] != data[other]);
				}
				for (int i = 0; i < 4; i++)
					call(&pool, POOL_OPERATION_FREE, data[i], 0);
			}
			CHECK(provider.panics < 8);
			/* Blocks that such a circle leaves out are missed only where all are counted. */
			pool.flags = POOL_PARANOIA;
			call(&pool, POOL_OPERATION_ALLOC, NULL, bytes);
			provider_forget();
			call(&pool, POOL_OPERATION_ALLOC, NULL, bytes);
			call(&pool, POOL_OPERATION_CHECK, NULL, 0);
			CHECK_EQUAL(provider.panics, 0);
		}
		CHECK_CHILD_WELL(&outcome);
	}
}

/* A list that begins with a block that was given out would be written into it. */
TEST(a_block_that_follows_itself_is_not_given_out)
{
	Pool pool = start();
	unsigned char *data[4], *block;

	pool.minarena = 1 << 20;
	for (int i = 0; i < 4; i++) {
		data[i] = poolalloc(&pool, 200);
		CHECK(data[i] != NULL && poolalloc(&pool, 100) != NULL);
	}
	/* The last block freed may stand outside of the lists. */
	for (int i = 0; i < 3; i++)
		poolfree(&pool, data[i]);
	for (int i = 0; i < 3; i++) {
		header_of(data[i])[LINK_NEXT] = (unsigned long)header_of(data[i]);
		header_of(data[i])[LINK_PREVIOUS] = (unsigned long)header_of(data[i]);
	}
	provider.panic_way = PANIC_RETURNS;
	block = poolalloc(&pool, 200);
	CHECK(block != NULL);
	memset(block, 0x55, 200);
	poolfree(&pool, data[3]);
	for (int i = 0; i < 200; i++)
		CHECK_EQUAL(block[i], 0x55);
	CHECK(provider.panics > 0);
}

/* --- a tail that somebody made ------------------------------------------------------------------------------------ */

/* Header and tail belong together, but the tail says that the program asked for less than nothing. */
TEST(more_slack_than_the_block_has_is_reported)
{
	if (sizeof(long) < 8)
		SKIP("words of 32 bits have no room for a seal");
	for (int number = 0; number < 8; number++) {
		struct runner_outcome outcome;

		IN_CHILD(&outcome, SECONDS) {
			Pool pool = start();
			/* The first arena begins behind an unreadable page. */
			void *block = poolalloc(&pool, 100);
			uint64_t tail = *tail_of(block), low = tail & 0xffffffff, seal = tail >> 32 ^ low;
			unsigned long slack = number < 4 ? 0xffff : size_of(block) + 1;

			CHECK(poolalloc(&pool, 100) != NULL);
			low = (low & 0xff0000ff) | slack >> 8 << 8 | (slack & 0xff) << 16;
			*tail_of(block) = (unsigned long)(low | (seal ^ low) << 32);
			enum pool_operation operations[] = {
				POOL_OPERATION_FREE, POOL_OPERATION_REALLOC, POOL_OPERATION_MSIZE, POOL_OPERATION_BLOCKCHECK,
			};
			CHECK(provider_panics(&pool, operations[number % 4], block, 50));
			CHECK(strstr(provider.report, "too much block data") != NULL);
		}
		CHECK_CHILD_WELL(&outcome);
	}
}

/* --- the pool itself ---------------------------------------------------------------------------------------------- */

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
		data[i] = call(pool, POOL_OPERATION_ALLOC, NULL, i % 5 == 0 ? i * 2000 : i * 20);
	for (unsigned long i = 0; i < COUNT(data); i += 2)
		data[i] = call(pool, POOL_OPERATION_REALLOC, data[i], i % 3 == 0 ? i * 1000 : i * 50 + 1);
	for (size_t i = 0; i < COUNT(data); i++)
		call(pool, POOL_OPERATION_FREE, data[i], 0);
	call(pool, POOL_OPERATION_COMPACT, NULL, 0);
}

/* The pool's figures are the program's memory like any other; none ends the program past its panic. */
TEST(figures_of_the_pool_that_were_written_over)
{
	for (size_t number = 0; number < COUNT(fields) * COUNT(values) * 2; number++) {
		struct runner_outcome outcome;

		IN_CHILD(&outcome, SECONDS) {
			Pool pool = start();

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
		Pool pool = start();
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
		Pool pool = start(), before;
		unsigned char *data[8];

		lose_index(&pool, data);
		/* Their links are not needed for that. */
		if (number >= 2)
			memset(header_of(data[2]) + LINK_LEFT, 0x41, 4 * sizeof(long));
		before = pool;
		provider.panic_way = ways[number % 2];
		provider_forget();
		call(&pool, POOL_OPERATION_FREE, data[1], 0);
		CHECK_EQUAL(provider.panics, 1);
		CHECK(strstr(provider.report, "freeroot") != NULL);
		CHECK_EQUAL(pool.cursize, before.cursize);
		/* Where panic returns, the call goes on. */
		if (number % 2 == 0)
			CHECK(call(&pool, POOL_OPERATION_ALLOC, NULL, 200) != NULL);
		else
			CHECK(pool.curfree == before.curfree && pool.curalloc == before.curalloc);
		for (int i = 3; i < 8; i += 2)
			for (int k = 0; k < 200; k++)
				CHECK_EQUAL(data[i][k], 0x20 + i);
		for (int i = 3; i < 8; i += 2)
			call(&pool, POOL_OPERATION_FREE, data[i], 0);
		CHECK_EQUAL(provider.panics, 1);
		CHECK(!provider_panics(&pool, POOL_OPERATION_CHECK, NULL, 0));
		band_check_counters(&pool);
		CHECK(poolalloc(&pool, 40000) != NULL);
		CHECK_EQUAL(pool.cursize, before.cursize);
	}
}

TEST(a_pool_that_has_lost_its_index_can_be_reset)
{
	Pool pool = start();
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
		Pool pool = start();
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

/* --- the rest goes on --------------------------------------------------------------------------------------------- */

enum damage {
	DAMAGED_LINKS, DAMAGED_FREE_HEADER, DAMAGED_ALLOCATED_TAIL, DAMAGED_ALLOCATED_SIZE, DAMAGED_LONG,
	DAMAGES,
};

/* Of eight blocks, of which every other one is free. Returns the one that may not be given out again. */
static unsigned char *damage_a_block(enum damage damage, unsigned char **data)
{
	bool is_allocated = damage == DAMAGED_ALLOCATED_TAIL || damage == DAMAGED_ALLOCATED_SIZE;
	unsigned long *header = header_of(data[is_allocated ? 3 : 2]);
	unsigned long *tail = (unsigned long *)((char *)header + header[1]) - 2;

	switch (damage) {
	case DAMAGED_LINKS:
		memset(header + LINK_LEFT, 0x41, 4 * sizeof(long));
		break;
	case DAMAGED_FREE_HEADER:
		header[0] = 0x4141;
		break;
	case DAMAGED_ALLOCATED_TAIL:
		memset(tail, 0x41, 2 * sizeof(long));
		break;
	case DAMAGED_ALLOCATED_SIZE:
		header[1] = ULONG_MAX / 2;
		break;
	default:
		/* Its tail, all of the next block's header, and that block's first words. */
		memset(tail, 0x41, 8 * sizeof(long));
	}
	return data[is_allocated || damage == DAMAGED_LONG ? 3 : 2];
}

static void check_goes_on(enum damage damage, unsigned long bytes, enum panic_way way)
{
	Pool pool = start();
	unsigned char *data[8], *others[8] = { NULL };
	unsigned panics = 0;

	pool.minarena = 8 << 20;
	for (int i = 0; i < 8; i++) {
		data[i] = poolalloc(&pool, bytes);
		CHECK(data[i] != NULL);
		memset(data[i], 0x20 + i, bytes);
	}
	for (int i = 0; i < 8; i += 2)
		poolfree(&pool, data[i]);
	unsigned char *spoilt = damage_a_block(damage, data);

	provider.panic_way = way;
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < 8; i++) {
			others[i] = call(&pool, POOL_OPERATION_ALLOC, NULL, bytes);
			CHECK(others[i] != NULL || provider.panics > 0);
			/* Before it is found, a damaged block may be given out; what the program has is never touched. */
			if (round > 10 && others[i] != NULL)
				CHECK(others[i] + bytes <= spoilt || others[i] >= spoilt + bytes);
			if (others[i] != NULL)
				memset(others[i], 0x55, bytes);
		}
		for (int i = 0; i < 8; i++)
			call(&pool, POOL_OPERATION_FREE, others[i], 0);
		if (round == 5) {
			for (int i = 1; i < 8; i += 2) {
				/* The long write has come to the first words of this one. */
				for (unsigned long k = damage == DAMAGED_LONG && i == 3 ? 4 * sizeof(long) : 0; k < bytes; k++)
					CHECK_EQUAL(data[i][k], 0x20 + i);
				call(&pool, POOL_OPERATION_FREE, data[i], 0);
			}
		}
		if (round == 10)
			panics = provider.panics;
	}
	CHECK(panics >= 1 && panics <= 3);
	CHECK_EQUAL(provider.panics, panics);
}

TEST(after_a_report_the_pool_goes_on_with_the_rest)
{
	for (unsigned number = 0; number < DAMAGES * 4; number++) {
		struct runner_outcome outcome;

		IN_CHILD(&outcome, SECONDS) {
			check_goes_on(number / 4, number % 2 == 0 ? 200 : 40000, ways[number / 2 % 2]);
		}
		CHECK_CHILD_WELL(&outcome);
	}
}

/* With all checks before and after each call, damage is reported once and not by each. */
TEST(a_paranoid_pool_goes_on_with_the_rest)
{
	for (unsigned number = 0; number < DAMAGES * 2; number++) {
		struct runner_outcome outcome;

		IN_CHILD(&outcome, SECONDS) {
			Pool pool = start();
			unsigned char *data[8];

			for (int i = 0; i < 8; i++)
				data[i] = poolalloc(&pool, 200);
			for (int i = 0; i < 8; i += 2)
				poolfree(&pool, data[i]);
			damage_a_block(number / 2, data);
			pool.flags = POOL_PARANOIA;
			provider.panic_way = ways[number % 2];
			for (int i = 0; i < 100; i++) {
				void *block = call(&pool, POOL_OPERATION_ALLOC, NULL, 200);

				CHECK(block != NULL || provider.panics > 0);
				call(&pool, POOL_OPERATION_FREE, block, 0);
			}
			CHECK(provider.panics >= 1 && provider.panics <= 2);
		}
		CHECK_CHILD_WELL(&outcome);
	}
}

/* A whole block between two damaged ones stays the program's, and is used again once it is freed. */
TEST(a_block_between_damaged_ones_stays_the_programs)
{
	Pool pool = start();
	unsigned char *first = poolalloc(&pool, 200), *between = poolalloc(&pool, 200), *last = poolalloc(&pool, 200);
	unsigned char *behind = poolalloc(&pool, 200);

	memset(between, 'b', 200);
	memset(tail_of(first), 0x41, 2 * sizeof(long));
	memset(tail_of(last), 0, 2 * sizeof(long));
	CHECK(provider_panics(&pool, POOL_OPERATION_FREE, behind, 0));
	CHECK(!provider_panics(&pool, POOL_OPERATION_FREE, behind, 0));
	for (int i = 0; i < 200; i++)
		CHECK_EQUAL(between[i], 'b');
	provider.panic_way = PANIC_RETURNS;
	poolfree(&pool, between);
	CHECK(poolalloc(&pool, 200) == between);
	provider.panic_way = PANIC_FAILS_THE_TEST;
	for (int i = 0; i < 100; i++) {
		unsigned char *block = poolalloc(&pool, 200);

		CHECK(block != NULL && block != first && block != last);
	}
	poolcheck(&pool);
}

/* poolcheck() is only asked to look. */
TEST(check_changes_nothing)
{
	Pool pool = start(), before;
	unsigned char *block = poolalloc(&pool, 200), image[4096];

	CHECK(poolalloc(&pool, 200) != NULL);
	memset(tail_of(block), 0x41, 2 * sizeof(long));
	before = pool;
	memcpy(image, provider.last_alloc, sizeof(image));
	for (int i = 0; i < 3; i++)
		CHECK(provider_panics(&pool, POOL_OPERATION_CHECK, NULL, 0));
	CHECK(memcmp(&pool, &before, sizeof(pool)) == 0);
	CHECK(memcmp(image, provider.last_alloc, sizeof(image)) == 0);
}
