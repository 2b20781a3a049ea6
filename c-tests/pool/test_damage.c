/*
 * Damage that is met while the pool works: nothing that was read from the heap is followed before it has been checked.
 * Each test ended with a signal before that.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "support/runner.h"

static unsigned long *size_word_of(void *block)
{
	return (unsigned long *)block - 1;
}

static unsigned char *behind(void *block)
{
	return (unsigned char *)block - HEADER_BYTES + *size_word_of(block);
}

/* The arena ends at an unreadable page. */
TEST(a_free_last_block_that_says_it_is_allocated)
{
	for (int turn = 0; turn < 2; turn++) {
		Pool pool = provider_start("damaged", &(struct arena_plan){ .order = ARENAS_APART });
		unsigned long *rest;

		/* Every other arena has the page at its begin. */
		pool.minarena = 8192 - 32;
		for (int i = 0; i < turn; i++)
			CHECK(poolalloc(&pool, 8000) != NULL);
		rest = (unsigned long *)behind(poolalloc(&pool, 100));
		*rest = MAGIC_ALLOCATED;
		CHECK(provider_panics(&pool, POOL_OPERATION_FREE, (char *)rest + HEADER_BYTES, 0));
		CHECK(provider_panics(&pool, POOL_OPERATION_REALLOC, (char *)rest + HEADER_BYTES, 10));
		CHECK(provider_panics(&pool, POOL_OPERATION_MSIZE, (char *)rest + HEADER_BYTES, 0));
		CHECK(provider_panics(&pool, POOL_OPERATION_BLOCKCHECK, (char *)rest + HEADER_BYTES, 0));
	}
}

/* A large free block says that it is larger, or smaller, than it is; it is the best fit for a request. */
TEST(a_large_free_block_of_another_size)
{
	for (int bit = 5; bit < 30; bit++) {
		Pool pool = provider_start("damaged", &(struct arena_plan){ .order = ARENAS_APART });
		void *small, *large, *wall;

		pool.minarena = 1 << 20;
		small = poolalloc(&pool, 105000);
		CHECK(poolalloc(&pool, 10) != NULL);
		large = poolalloc(&pool, 115000);
		wall = poolalloc(&pool, 1000);
		memset(wall, 0x5a, 1000);
		/* The largest free block is in another arena. */
		pool.minarena = 8 << 20;
		CHECK(poolalloc(&pool, 2 << 20) != NULL);
		poolfree(&pool, small);
		poolfree(&pool, large);
		*size_word_of(large) ^= 1UL << bit;
		/* Where the damaged block is not chosen, there is nothing to see yet; what was seen is set aside. */
		bool is_seen = provider_panics(&pool, POOL_OPERATION_ALLOC, NULL, 112000);
		for (int i = 0; i < 1000; i++)
			CHECK_EQUAL(((unsigned char *)wall)[i], 0x5a);
		CHECK(provider_panics(&pool, POOL_OPERATION_CHECK, NULL, 0) != is_seen);
	}
}

/* The last block of an arena was written beyond its end when the arena is joined with the next one. */
TEST(arenas_are_not_joined_over_damage)
{
	static const unsigned long values[] = { 0, 8, 64, 4128, 0x10000, ULONG_MAX / 255 * 0x41, -8UL, -4096UL };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		Pool pool = provider_start("damaged", &(struct arena_plan){ .order = ARENAS_UPWARDS, .is_merging = true });
		unsigned char *last;

		pool.minarena = 0;
		last = poolalloc(&pool, 3900);
		((unsigned long *)behind(last))[-1] = values[i];
		CHECK(provider_panics(&pool, POOL_OPERATION_ALLOC, NULL, 4000));
		CHECK_EQUAL(provider.merges, 0);
		CHECK(!provider_panics(&pool, POOL_OPERATION_CHECK, NULL, 0));
		CHECK(provider_panics(&pool, POOL_OPERATION_FREE, last, 0));
	}
}

/* The same, and the header of the lower arena, or what stands at its end, was written over. */
TEST(arenas_are_joined_by_what_the_table_says)
{
	/* Where the next arena is, and how large this one. */
	for (int field = 2; field <= 4; field += 2) {
		Pool pool = provider_start("damaged", &(struct arena_plan){ .order = ARENAS_UPWARDS, .is_merging = true });
		unsigned long *arena;

		pool.minarena = 0;
		CHECK(poolalloc(&pool, 3900) != NULL);
		arena = provider.last_alloc;
		arena[field] ^= 1UL << 20;
		provider_panics(&pool, POOL_OPERATION_ALLOC, NULL, 4000);
		/* Joining has written it anew. */
		poolcheck(&pool);
	}
	for (int bit = 0; bit < 64; bit++) {
		Pool pool = provider_start("damaged", &(struct arena_plan){ .order = ARENAS_UPWARDS, .is_merging = true });
		unsigned long *end;

		pool.minarena = 0;
		end = (unsigned long *)behind(poolalloc(&pool, 3900));
		*end ^= 1UL << bit % (8 * sizeof(long));
		CHECK(provider_panics(&pool, POOL_OPERATION_ALLOC, NULL, 4000));
	}
}

/* How the block before it leaves the list, so that the forged one becomes the first. */
enum forged_way { TAKEN, JOINED, TAKEN_WITH_A_FLAG, FORGED_WAYS };

/*
 * A link of a freed block leads to what the program has written near the end of an arena: a header that says it is free
 * and as large as the others of the list, and links back. There is room for less.
 */
static void use_forged_block(Pool *pool, unsigned long bytes, enum forged_way way)
{
	unsigned long *first, *forged;
	char *block = poolalloc(pool, bytes), *beside = poolalloc(pool, 100);
	char *victim = poolalloc(pool, 300), *filler = NULL;

	CHECK(block != NULL && beside != NULL && victim != NULL);
	for (unsigned long left = 32000; filler == NULL && left >= 512; left -= 32) {
		provider.arenas_left = 0;
		filler = poolalloc(pool, left);
	}
	CHECK(filler != NULL);
	/* What is freed first comes into no list. */
	poolfree(pool, victim);
	poolfree(pool, block);
	first = (unsigned long *)(block - HEADER_BYTES);
	forged = (unsigned long *)(behind(filler) - 256);
	memcpy(forged, (unsigned long[]){ MAGIC_FREE, first[1], 0, 0, 0, (unsigned long)first }, 6 * sizeof(long));
	first[4] = (unsigned long)forged;

	pool->flags = way == TAKEN_WITH_A_FLAG ? POOL_ANTAGONISM : 0;
	if (way == JOINED)
		provider_panics(pool, POOL_OPERATION_FREE, beside, 0);
	else
		provider_panics(pool, POOL_OPERATION_ALLOC, NULL, bytes);
	pool->flags = 0;
	provider_panics(pool, POOL_OPERATION_ALLOC, NULL, bytes);
	provider_panics(pool, POOL_OPERATION_ALLOC, NULL, bytes);
}

TEST(a_link_to_a_forged_block_at_the_end_of_an_arena)
{
	for (int number = 0; number < 2 * 2 * FORGED_WAYS; number++) {
		struct runner_outcome outcome;

		IN_CHILD(&outcome, 10) {
			Pool pool = provider_start("damaged", &(struct arena_plan){ .order = ARENAS_APART });

			/* Every other arena has the page at its begin. */
			pool.minarena = 32768 - 32;
			if (number % 2 == 1)
				CHECK(poolalloc(&pool, 32000) != NULL);
			use_forged_block(&pool, number / 2 % 2 == 0 ? 1000 : 10000, (enum forged_way)(number / 4));
		}
		CHECK_CHILD_WELL(&outcome);
	}
}

/* Sizes of listed blocks that add up to more than there are addresses, when a wrong counter makes the pool add them. */
TEST(sizes_that_are_more_than_all_addresses)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 10) {
		Pool pool = provider_start("damaged", &(struct arena_plan){ .order = ARENAS_APART });
		void *large[3];

		pool.minarena = 1 << 20;
		for (unsigned long i = 0; i < 3; i++) {
			large[i] = poolalloc(&pool, 40000 + i * 20000);
			CHECK(large[i] != NULL && poolalloc(&pool, 100) != NULL);
		}
		for (int i = 0; i < 3; i++) {
			poolfree(&pool, large[i]);
			*size_word_of(large[i]) = ~7UL;
		}
		pool.curfree += 32;
		CHECK(provider_panics(&pool, POOL_OPERATION_CHECK, NULL, 0));
		pool.curfree += 32;
		CHECK(provider_panics(&pool, POOL_OPERATION_ALLOC, NULL, 50000));
		provider_panics(&pool, POOL_OPERATION_CHECK, NULL, 0);
		poolcheck(&pool);
	}
	CHECK_CHILD_WELL(&outcome);
}
