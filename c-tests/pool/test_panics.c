/* What the program may do in panic: end, jump out, return, or have none; and what is only a complaint. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <string.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "support/runner.h"

static Pool start(void)
{
	return provider_start("panicking", &(struct arena_plan){ .order = ARENAS_APART });
}

static void write_byte(const void *to, unsigned char byte)
{
	CHECK(band_write((uintptr_t)to, &byte, 1));
}

/* --- jumping out -------------------------------------------------------------------------------------------------- */

TEST(panic_may_jump_out_and_the_pool_is_used_on)
{
	Pool pool = start();
	unsigned char *kept = poolalloc(&pool, 100), *freed = poolalloc(&pool, 100);

	memset(kept, 'k', 100);
	poolfree(&pool, freed);
	provider.panic_way = PANIC_JUMPS;
	if (sigsetjmp(provider.escape, 0) == 0) {
		poolfree(&pool, freed);
		CHECK(!"panic jumps out");
	}
	CHECK(provider.holder == &pool); /* as in the original: the program knows whose lock it is */
	pool.unlock(&pool);
	provider.panic_way = PANIC_FAILS_THE_TEST;
	for (unsigned long bytes = 1; bytes < 3000; bytes += 100)
		CHECK(poolalloc(&pool, bytes) != NULL);
	kept = poolrealloc(&pool, kept, 5000);
	CHECK(kept != NULL && kept[99] == 'k');
	poolcheck(&pool);
	band_check_counters(&pool);
	CHECK_EQUAL(provider.unlocked_calls, 0);
}

TEST(panic_may_jump_out_a_thousand_times)
{
	Pool pool = start();
	unsigned char *block = poolalloc(&pool, 100);

	for (int i = 0; i < 1000; i++) {
		CHECK(provider_panics(&pool, POOL_OPERATION_FREE, block + 16, 0));
		CHECK(provider_panics(&pool, POOL_OPERATION_MSIZE, &pool, 0));
		CHECK_EQUAL(provider.locks, provider.unlocks);
	}
	poolfree(&pool, block);
	CHECK_EQUAL(pool.curalloc, 0);
	poolcheck(&pool);
}

/* --- returning ---------------------------------------------------------------------------------------------------- */

TEST(panic_may_return_from_a_wrong_pointer)
{
	Pool pool = start(), before;
	unsigned char *block = poolalloc(&pool, 100), *freed = poolalloc(&pool, 100);

	CHECK(poolalloc(&pool, 100) != NULL);
	poolfree(&pool, freed);
	before = pool;
	provider.panic_way = PANIC_RETURNS;
	poolfree(&pool, freed);
	CHECK(poolrealloc(&pool, freed, 500) == NULL);
	CHECK(poolrealloc(&pool, block + 32, 500) == NULL);
	CHECK_EQUAL(poolmsize(&pool, &pool), 0);
	poolblockcheck(&pool, block + 8);
	poolfree(&pool, &pool);
	CHECK(provider.panics >= 6);
	provider.panic_way = PANIC_FAILS_THE_TEST;
	before.freeroot = pool.freeroot; /* what it means is the library's own affair */
	CHECK(memcmp(&pool, &before, sizeof(pool)) == 0);
	CHECK_EQUAL(provider.locks, provider.unlocks);
	poolcheck(&pool);
	CHECK(poolalloc(&pool, 100) == freed);
	band_check_counters(&pool);
}

/* Whatever the pool then does with the damaged block, it does not end the program. */
TEST(panic_may_return_from_damage)
{
	for (int distance = -48; distance < 200; distance += 4) {
		struct runner_outcome outcome;

		IN_CHILD(&outcome, 20) {
			Pool pool = start();
			unsigned char *before = poolalloc(&pool, 50), *block = poolalloc(&pool, 100), *behind;

			behind = poolalloc(&pool, 50);
			poolfree(&pool, poolalloc(&pool, 500));
			for (int i = 0; i < 8; i++)
				write_byte(block + distance + i, 0x41);
			provider.panic_way = PANIC_RETURNS;
			poolcheck(&pool);
			poolmsize(&pool, block);
			pooldump(&pool);
			block = poolrealloc(&pool, block, 3000);
			poolfree(&pool, before);
			poolfree(&pool, behind);
			poolfree(&pool, block);
			poolcompact(&pool);
			poolfree(&pool, poolalloc(&pool, 200));
			poolalloc(&pool, 5000);
			poolcheck(&pool);
			CHECK_EQUAL(provider.locks, provider.unlocks);
		}
		CHECK_CHILD_WELL(&outcome);
	}
}

/* --- no panic ----------------------------------------------------------------------------------------------------- */

TEST(without_panic_there_is_one_line_and_an_abort)
{
	EXPECT_ABORT("D2B called on non-block ") {
		Pool pool = start();

		pool.panic = NULL;
		poolfree(&pool, &pool);
	}
	EXPECT_ABORT("panicking") {
		Pool pool = start();

		pool.panic = NULL;
		poolfree(&pool, &pool);
	}
	EXPECT_ABORT("pool panic") {
		Pool pool = start();
		unsigned char *block = poolalloc(&pool, 100);

		pool.panic = NULL;
		write_byte(block + 100, 0x41);
		poolfree(&pool, block);
	}
	EXPECT_ABORT("poolfree") {
		Pool pool = { .name = "bare", .maxsize = 1 << 20, .minarena = 4096, .quantum = 32 };
		Pool full = start();

		pool.alloc = full.alloc;
		poolfree(&pool, (char *)poolalloc(&pool, 100) + 16);
	}
}

/* --- complaints --------------------------------------------------------------------------------------------------- */

/* The complaint is printed in the original's words, and the call goes on. */
static void check_complaint(Pool *pool, unsigned char *block, const char *text, unsigned times)
{
	char expected[256];
	const char *next = provider.report;
	int freed_before = pool->nfree;

	snprintf(expected, sizeof(expected), "%s\npool panicking block %lx\nhdr %.8lx %.8lx ", text,
		 (unsigned long)(uintptr_t)(block - HEADER_BYTES), MAGIC_ALLOCATED, band_block_of(block).size_bytes);
	CHECK(!provider_panics(pool, POOL_OPERATION_FREE, block, 0));
	CHECK(strncmp(provider.report, expected, strlen(expected)) == 0);
	for (unsigned i = 0; i < times; i++) {
		next = strstr(next, text);
		CHECK(next != NULL);
		next++;
	}
	CHECK(strstr(next, text) == NULL);
	CHECK(strstr(provider.report, "\nuser data ") != NULL && strstr(provider.report, "\ntail ") != NULL);
	CHECK_EQUAL(pool->nfree, freed_before + 1);
	CHECK_EQUAL(provider.panics, 0);
	CHECK_EQUAL(pool->curalloc, 0);
}

TEST(one_nul_behind_a_block_is_only_a_complaint_if_that_is_tolerated)
{
	Pool pool = start();
	unsigned char *block = poolalloc(&pool, 101);

	pool.flags = POOL_TOLERANCE;
	write_byte(block + 101, 0);
	check_complaint(&pool, block, "mem user overflow", 1);
	poolcheck(&pool);
}

TEST(one_nul_behind_a_full_block_is_only_a_complaint_if_that_is_tolerated)
{
	Pool pool = start();
	unsigned char *block = poolalloc(&pool, FULL_DATA_BYTES(128));

	pool.flags = POOL_TOLERANCE;
	write_byte(block + FULL_DATA_BYTES(128), 0);
	check_complaint(&pool, block, "mem user overflow (magic0)", 1);
	poolcheck(&pool);
}

TEST(check_complains_of_a_tolerated_nul_too)
{
	Pool pool = start();
	unsigned char *block = poolalloc(&pool, 101);

	pool.flags = POOL_TOLERANCE;
	write_byte(block + 101, 0);
	CHECK(!provider_panics(&pool, POOL_OPERATION_CHECK, NULL, 0));
	CHECK(strncmp(provider.report, "mem user overflow\n", 18) == 0);
	CHECK(!provider_panics(&pool, POOL_OPERATION_BLOCKCHECK, block, 0));
	CHECK(strncmp(provider.report, "mem user overflow\n", 18) == 0);
}

TEST(more_than_one_nul_is_not_tolerated)
{
	Pool pool = start();
	unsigned char *block = poolalloc(&pool, 101), *behind = poolalloc(&pool, 101);

	pool.flags = POOL_TOLERANCE;
	write_byte(block + 101, 0);
	write_byte(block + 102, 0);
	CHECK(provider_panics(&pool, POOL_OPERATION_FREE, block, 0));
	CHECK(strncmp(provider.report, "mem user overflow\n", 18) == 0); /* the complaint, then the panic's */
	CHECK(strstr(provider.report + 1, "mem user overflow") != NULL);
	write_byte(behind + 103, 0);
	CHECK(provider_panics(&pool, POOL_OPERATION_FREE, behind, 0));
}

TEST(another_byte_and_another_pool_tolerate_nothing)
{
	Pool pool = start();
	unsigned char *block = poolalloc(&pool, 101), *full = poolalloc(&pool, FULL_DATA_BYTES(128));

	pool.flags = POOL_TOLERANCE;
	write_byte(block + 101, 1);
	CHECK(provider_panics(&pool, POOL_OPERATION_FREE, block, 0));
	write_byte(full + FULL_DATA_BYTES(128), 1);
	CHECK(provider_panics(&pool, POOL_OPERATION_FREE, full, 0));
	CHECK(strncmp(provider.report, "corrupt tail magic0", 19) == 0);
	pool.flags = 0;
	write_byte(block + 101, 0);
	CHECK(provider_panics(&pool, POOL_OPERATION_FREE, block, 0));
	CHECK(strncmp(provider.report, "mem user overflow", 17) == 0);
	write_byte(full + 96, 0);
	CHECK(provider_panics(&pool, POOL_OPERATION_FREE, full, 0));
	CHECK(strncmp(provider.report, "corrupt tail magic0", 19) == 0);
}
