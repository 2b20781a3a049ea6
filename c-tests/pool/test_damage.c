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

#define ALLOC_MAGIC 0x0a110c09UL

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
		*rest = ALLOC_MAGIC;
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
