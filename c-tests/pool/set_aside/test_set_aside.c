/*
 * What is found damaged is set aside, and the pool goes on with the rest: no call hangs, none ends in a signal or past
 * the pool's panic, and what was reported is not met again.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "pool/set_aside/spoilt.h"
#include "support/runner.h"

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
			data[i] = spoilt_call(pool, POOL_OPERATION_ALLOC, NULL, 31000 + i * 1700);
			if (data[i] != NULL)
				memset(data[i], 0x55, 31000 + i * 1700);
			CHECK(spoilt == NULL || data[i] != spoilt + 2);
		}
		for (size_t i = 0; i < COUNT(data); i++)
			spoilt_call(pool, POOL_OPERATION_FREE, data[(i * 5) % COUNT(data)], 0);
		spoilt_call(pool, POOL_OPERATION_COMPACT, NULL, 0);
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
			Pool pool = spoilt_start();

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
			Pool pool = spoilt_start();
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
					data[i] = spoilt_call(&pool, POOL_OPERATION_ALLOC, NULL, bytes);
					CHECK(data[i] != NULL || provider.panics > 0);
					for (int other = 0; other < i; other++)
						CHECK(data[i] == NULL || data[i] != data[other]);
				}
				for (int i = 0; i < 4; i++)
					spoilt_call(&pool, POOL_OPERATION_FREE, data[i], 0);
			}
			CHECK(provider.panics < 8);
			/* Blocks that such a circle leaves out are missed only where all are counted. */
			pool.flags = POOL_PARANOIA;
			spoilt_call(&pool, POOL_OPERATION_ALLOC, NULL, bytes);
			provider_forget();
			spoilt_call(&pool, POOL_OPERATION_ALLOC, NULL, bytes);
			spoilt_call(&pool, POOL_OPERATION_CHECK, NULL, 0);
			CHECK_EQUAL(provider.panics, 0);
		}
		CHECK_CHILD_WELL(&outcome);
	}
}

/* A list that begins with a block that was given out would be written into it. */
TEST(a_block_that_follows_itself_is_not_given_out)
{
	Pool pool = spoilt_start();
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

/* --- a tail that somebody made ----------------------------------------------------------------------------------- */

/* Header and tail belong together, but the tail says that the program asked for less than nothing. */
TEST(more_slack_than_the_block_has_is_reported)
{
	if (sizeof(long) < 8)
		SKIP("words of 32 bits have no room for a seal");
	for (int number = 0; number < 8; number++) {
		struct runner_outcome outcome;

		IN_CHILD(&outcome, SECONDS) {
			Pool pool = spoilt_start();
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
