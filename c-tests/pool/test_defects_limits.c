/*
 * Known defects of the original that have to do with limits, with the width of words, and with fills. Each test fails,
 * or crashes, with it, unless it says that it passes.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "support/runner.h"

#define GIB (1UL << 30)

static Pool start(void)
{
	return provider_start("limits", &(struct arena_plan){ .order = ARENAS_APART });
}

/* Address space is all that they cost: what is not written has no memory. */
static Pool start_large(unsigned gibibytes)
{
	if (sizeof(void *) < 8)
		SKIP("addresses are not 64 bits wide");
	return provider_start("limits", &(struct arena_plan){ ARENAS_APART, 0, false, gibibytes * GIB });
}

static void check_all(Pool *pool)
{
	poolcheck(pool);
	band_check_counters(pool);
}

/* --- sizes -------------------------------------------------------------------------------------------------------- */

TEST(two_gibibytes_and_more_can_be_had)
{
	Pool pool = start_large(24);
	unsigned char *block = poolalloc(&pool, 2 * GIB), *aligned;

	CHECK(block != NULL);
	block[0] = block[2 * GIB - 1] = 'x';
	check_all(&pool);
	poolfree(&pool, block);
	aligned = poolallocalign(&pool, 3 * GIB, 4096, 0, 0);
	CHECK(aligned != NULL);
	CHECK_EQUAL((uintptr_t)aligned % 4096, 0);
	aligned[3 * GIB - 1] = 'x';
	check_all(&pool);
	poolfree(&pool, aligned);
	block = poolalloc(&pool, 5 * GIB);
	CHECK(block != NULL && poolmsize(&pool, block) >= 5 * GIB);
	check_all(&pool);
	poolreset(&pool);
}

TEST(two_gibibytes_and_more_can_be_grown_to_and_shrunk_from)
{
	Pool pool = start_large(16);
	unsigned char *block = poolalloc(&pool, 100);

	memset(block, 'x', 100);
	for (unsigned long bytes = GIB / 2; bytes <= 4 * GIB; bytes *= 2) {
		block = poolrealloc(&pool, block, bytes);
		CHECK(block != NULL && block[99] == 'x');
		check_all(&pool);
		block = poolrealloc(&pool, block, 100);
		CHECK(block != NULL && block[99] == 'x');
		check_all(&pool);
	}
	poolfree(&pool, block);
	CHECK_EQUAL(pool.curalloc, 0);
	check_all(&pool);
}

TEST(a_free_block_of_a_gibibyte_and_more_is_right)
{
	Pool pool = start_large(8);

	pool.minarena = 3 * GIB;
	pool.flags = POOL_PARANOIA;
	poolfree(&pool, poolalloc(&pool, 100));
	CHECK(pool.curfree > 2 * GIB);
	check_all(&pool);
}

static void use_large_blocks(unsigned long quantum, unsigned long least_bytes)
{
	Pool pool = provider_start("limits", &(struct arena_plan){ ARENAS_APART, 0, false, 512UL << 20 });
	unsigned char *block, *other;

	pool.quantum = quantum;
	pool.minblock = least_bytes;
	block = poolalloc(&pool, 100);
	other = poolallocalign(&pool, 1, 64, 8, 0);
	CHECK(block != NULL && other != NULL);
	CHECK(band_block_of(block).size_bytes >= (quantum > least_bytes ? quantum : least_bytes));
	memset(block, 'x', 100);
	*other = 'y';
	poolcheck(&pool);
	block = poolrealloc(&pool, block, 50);
	poolcheck(&pool);
	block = poolrealloc(&pool, block, 300000);
	poolcheck(&pool);
	CHECK(block[49] == 'x' && *other == 'y');
	memset(block, 'z', poolmsize(&pool, block));
	poolcheck(&pool);
	poolfree(&pool, block);
	poolfree(&pool, other);
	CHECK_EQUAL(pool.curalloc, 0);
	poolcheck(&pool);
}

TEST(blocks_of_sixty_four_kibibytes_and_more_may_be_the_least)
{
	use_large_blocks(32, 65535);
	use_large_blocks(32, 65536);
	use_large_blocks(32, 200000);
	use_large_blocks(32, 1 << 24);
}

TEST(quanta_of_sixty_four_kibibytes_and_more_may_be_used)
{
	use_large_blocks(1 << 15, 0);
	use_large_blocks(1 << 16, 0);
	use_large_blocks(1 << 17, 0);
	use_large_blocks(1 << 20, 0);
}

/*
 * The tail counts what was not asked for in 16 bits: so far from the block's end an overflow is found. Passes with the
 * original too, which aborts where there is more.
 */
TEST(an_overflow_of_a_block_of_least_size_is_found)
{
	for (unsigned long bytes = 140000; bytes < 199900; bytes += 9999) {
		Pool pool = provider_start("limits", &(struct arena_plan){ .order = ARENAS_APART });
		unsigned char *block;

		pool.minblock = 200000;
		block = poolalloc(&pool, bytes);
		CHECK(band_block_of(block).size_bytes >= 200000);
		band_flip((uintptr_t)block + bytes, 0);
		CHECK(provider_panics(&pool, POOL_OPERATION_FREE, block, 0));
		CHECK(strstr(provider.report, "mem user overflow") != NULL);
	}
}

/* --- texts -------------------------------------------------------------------------------------------------------- */

/* With Plan 9's verbs a printf-like callback would show something else. */
TEST(texts_come_finished)
{
	Pool pool = start();
	unsigned char *block;

	pool.flags = POOL_LOGGING | POOL_VERBOSITY;
	pool.maxsize = 100000;
	block = poolalloc(&pool, 100);
	poolfree(&pool, poolallocalign(&pool, 100, 64, 0, 0));
	block = poolrealloc(&pool, block, 5000);
	CHECK(poolalloc(&pool, 1 << 20) == NULL);
	poolmsize(&pool, block);
	poolcompact(&pool);
	pooldump(&pool);
	CHECK(strstr(provider.report, "pool too big: ") != NULL);
	CHECK_EQUAL(provider.unfinished_texts, 0);
	pool.flags = 0;
	CHECK(provider_panics(&pool, POOL_OPERATION_FREE, block + 64, 0));
	CHECK_EQUAL(provider.unfinished_texts, 0);
	band_flip((uintptr_t)block - 1, 0);
	CHECK(provider_panics(&pool, POOL_OPERATION_FREE, block, 0));
	CHECK_EQUAL(provider.unfinished_texts, 0);
}

/* --- fills -------------------------------------------------------------------------------------------------------- */

static void check_bytes(const unsigned char *bytes, unsigned long count, unsigned value)
{
	for (unsigned long i = 0; i < count; i++)
		CHECK_EQUAL(bytes[i], value);
}

TEST(new_bytes_are_filled)
{
	Pool pool = start();

	pool.flags = POOL_ANTAGONISM;
	for (unsigned long bytes = 0; bytes < 600; bytes += 13) {
		unsigned char *block = poolalloc(&pool, bytes), *aligned = poolallocalign(&pool, bytes, 64, 8, 0);

		check_bytes(block, bytes, 0xdf);
		check_bytes(aligned, bytes, 0xdd);
		memset(block, 'x', bytes);
		memset(aligned, 'y', bytes);
		poolcheck(&pool);
		CHECK(poolalloc(&pool, 1) != NULL); /* so that the block cannot grow where it is */
		if (bytes > 0) {
			block = poolrealloc(&pool, block, bytes + 3000);
			check_bytes(block, bytes, 'x');
			check_bytes(block + bytes, 3000, 0xde);
		}
		poolcheck(&pool);
		poolfree(&pool, aligned);
		check_all(&pool);
	}
}

/* Behind the links of a free block, words of 32 bits say who wrote them, and how far into the block they are. */
TEST(freed_bytes_are_filled)
{
	enum { WORDS = 100, LINK_WORDS = 8 * sizeof(void *) / sizeof(uint32_t) };
	uint32_t left[WORDS];
	Pool pool = start();
	unsigned char *block = poolalloc(&pool, sizeof(left));

	CHECK(poolalloc(&pool, 1) != NULL);
	memset(block, 's', sizeof(left));
	pool.flags = POOL_ANTAGONISM;
	poolfree(&pool, block);
	CHECK(band_read((uintptr_t)block, left, sizeof(left)));
	CHECK(memchr(left, 's', sizeof(left)) == NULL);
	for (uint32_t i = LINK_WORDS; i < WORDS; i++)
		CHECK_EQUAL(left[i], 0xf7000000U ^ 4 * i);
	check_all(&pool);
}

static void *arena_looked_at;
static unsigned long secret_bytes;

static void look_at_arena(void *arena, unsigned long bytes)
{
	for (unsigned long i = 0; i < bytes; i++)
		secret_bytes += ((unsigned char *)arena)[i] == 's';
	arena_looked_at = arena;
}

TEST(reset_fills_the_arenas)
{
	Pool pool = start();
	unsigned char *block = poolalloc(&pool, 1000);

	memset(block, 's', 1000);
	pool.free = look_at_arena;
	pool.flags = POOL_ANTAGONISM;
	poolreset(&pool);
	CHECK(arena_looked_at == provider.last_alloc);
	CHECK_EQUAL(secret_bytes, 0);
}

TEST(a_heap_in_use_is_right_with_fills)
{
	static void *slots[200];
	Pool pool = start();

	pool.flags = POOL_ANTAGONISM;
	srandom(11);
	for (int step = 0; step < 20000; step++) {
		void **slot = &slots[random() % 200];
		unsigned long bytes = (unsigned long)random() % 500;

		if (*slot == NULL)
			*slot = poolalloc(&pool, bytes);
		else if (random() % 2 == 0)
			*slot = poolrealloc(&pool, *slot, bytes + 1);
		else
			poolfree(&pool, *slot), *slot = NULL;
		if (step % 500 == 0)
			check_all(&pool);
	}
	check_all(&pool);
}

static unsigned long resident_bytes(void *from, size_t bytes)
{
	static unsigned char is_resident[1 << 16];
	unsigned long count = 0;
	size_t pages = bytes / 4096;

	CHECK(pages <= sizeof(is_resident));
	CHECK(mincore(from, pages * 4096, is_resident) == 0);
	for (size_t i = 0; i < pages; i++)
		count += is_resident[i] & 1;
	return count * 4096;
}

/* The free block that they are cut from is as large as the arena. */
TEST(fills_touch_what_changes_and_no_more)
{
	enum { ARENA_BYTES = 32 << 20 };
	Pool pool = start();

	pool.minarena = ARENA_BYTES;
	poolfree(&pool, poolalloc(&pool, 100));
	pool.flags = POOL_ANTAGONISM;
	for (int i = 0; i < 50; i++) {
		unsigned char *block = poolalloc(&pool, 500), *aligned = poolallocalign(&pool, 500, 64, 8, 0);

		block = poolrealloc(&pool, block, 900);
		poolfree(&pool, block);
		poolfree(&pool, aligned);
	}
	CHECK_EQUAL(pool.curalloc, 0);
	CHECK(resident_bytes(provider.space, ARENA_BYTES) <= 16 * 4096);
	check_all(&pool);
}

TEST(fills_leave_free_memory_alone)
{
	enum { ARENA_BYTES = 1 << 20 };
	Pool pool = start();
	unsigned char *large, bytes[4096];

	pool.minarena = ARENA_BYTES;
	large = poolalloc(&pool, ARENA_BYTES - 4096);
	memset(large, 'x', ARENA_BYTES - 4096);
	poolfree(&pool, large);
	pool.flags = POOL_ANTAGONISM;
	for (int i = 0; i < 20; i++)
		CHECK(poolalloc(&pool, 100) != NULL);
	CHECK(band_read((uintptr_t)large + ARENA_BYTES / 2, bytes, sizeof(bytes)));
	check_bytes(bytes, sizeof(bytes), 'x');
	check_all(&pool);
}
