/* After a report, the pool goes on with the rest. A part of test_pool_set_aside. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <string.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "pool/set_aside/spoilt.h"
#include "support/runner.h"

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
	Pool pool = spoilt_start();
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
			others[i] = spoilt_call(&pool, POOL_OPERATION_ALLOC, NULL, bytes);
			CHECK(others[i] != NULL || provider.panics > 0);
			/* Before it is found, a damaged block may be given out; what the program has is never touched. */
			if (round > 10 && others[i] != NULL)
				CHECK(others[i] + bytes <= spoilt || others[i] >= spoilt + bytes);
			if (others[i] != NULL)
				memset(others[i], 0x55, bytes);
		}
		for (int i = 0; i < 8; i++)
			spoilt_call(&pool, POOL_OPERATION_FREE, others[i], 0);
		if (round == 5) {
			for (int i = 1; i < 8; i += 2) {
				/* The long write has come to the first words of this one. */
				for (unsigned long k = damage == DAMAGED_LONG && i == 3 ? 4 * sizeof(long) : 0; k < bytes; k++)
					CHECK_EQUAL(data[i][k], 0x20 + i);
				spoilt_call(&pool, POOL_OPERATION_FREE, data[i], 0);
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
			Pool pool = spoilt_start();
			unsigned char *data[8];

			for (int i = 0; i < 8; i++)
				data[i] = poolalloc(&pool, 200);
			for (int i = 0; i < 8; i += 2)
				poolfree(&pool, data[i]);
			damage_a_block(number / 2, data);
			pool.flags = POOL_PARANOIA;
			provider.panic_way = ways[number % 2];
			for (int i = 0; i < 100; i++) {
				void *block = spoilt_call(&pool, POOL_OPERATION_ALLOC, NULL, 200);

				CHECK(block != NULL || provider.panics > 0);
				spoilt_call(&pool, POOL_OPERATION_FREE, block, 0);
			}
			CHECK(provider.panics >= 1 && provider.panics <= 2);
		}
		CHECK_CHILD_WELL(&outcome);
	}
}

/* A whole block between two damaged ones stays the program's, and is used again once it is freed. */
TEST(a_block_between_damaged_ones_stays_the_programs)
{
	Pool pool = spoilt_start();
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
	Pool pool = spoilt_start(), before;
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
