/* A process resets the pool of another, and the rest of the calls. A part of test_pool_shared. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pool.h"
#include "pool/provider/in_band.h"
#include "pool/shared/world.h"
#include "support/runner.h"

TEST(one_process_resets_the_pool_of_another)
{
	begin_world(MAP_SHARED);
	operate_whenever_possible(1, 300);
	for (int round = 0; round < 50; round++) {
		pid_t child = fork_flushed();

		if (child == 0) {
			poolreset(&world->pool);
			memset(world->slots, 0, sizeof(world->slots));
			world->cut_bytes = 0;
			operate_whenever_possible((unsigned)round + 5, 20);
			_exit(0);
		}
		wait_for(child);
		operate_whenever_possible((unsigned)round + 7, 20);
		check_everything();
	}
	poolreset(&world->pool);
	CHECK_EQUAL(world->pool.cursize, 0);
	CHECK(world->pool.arenalist == NULL);
	end_world();
}

TEST(every_call_sees_what_another_process_has_done)
{
	unsigned char *block;
	pid_t child;

	begin_world(MAP_SHARED);
	CHECK(poolalloc(&world->pool, 10) != NULL);
	child = fork_flushed();
	if (child == 0) {
		block = poolalloc(&world->pool, 40000);
		fill_slot(&world->slots[0], block, 40000, 'c');
		_exit(0);
	}
	wait_for(child);
	block = world->slots[0].data;
	CHECK_EQUAL(poolisoverlap(&world->pool, block, 1), 1);
	poolblockcheck(&world->pool, block);
	CHECK(poolmsize(&world->pool, block) >= 40000);
	CHECK(poolallocalign(&world->pool, 100, 256, 0, 0) != NULL);
	check_everything();
	end_world();
}

/* What another process has damaged is set aside, and all go on with the rest. Not on the original. */
TEST(a_process_finds_what_another_one_has_damaged)
{
	unsigned char *blocks[8];
	pid_t child;

	begin_world(MAP_SHARED);
	for (int i = 0; i < 8; i++) {
		blocks[i] = poolalloc(&world->pool, 200);
		memset(blocks[i], i, 200);
	}
	child = fork_flushed();
	if (child == 0) {
		poolfree(&world->pool, blocks[2]);
		poolfree(&world->pool, blocks[5]);
		/* The header of a block that is allocated. */
		memset(blocks[3] - 2 * sizeof(long), 0x41, 2 * sizeof(long));
		_exit(0);
	}
	wait_for(child);
	world->tolerated = 1;
	poolfree(&world->pool, blocks[7]);
	CHECK_EQUAL(world->tolerated, 0);
	for (int turn = 0; turn < 4; turn++) {
		child = turn % 2 == 0 ? fork_flushed() : -1;
		for (int k = 0; child <= 0 && k < 20; k++) {
			unsigned char *block = poolalloc(&world->pool, 200);

			CHECK(block != NULL && block != blocks[3]);
		}
		if (child == 0)
			_exit(0);
		if (child > 0)
			wait_for(child);
	}
	poolfree(&world->pool, blocks[0]);
	poolcheck(&world->pool);
	for (int i = 1; i < 7; i += 5)
		for (int k = 0; k < 200; k++)
			CHECK_EQUAL(blocks[i][k], i);
	end_world();
}

static int count_part(void *user, const struct poolpart *part)
{
	size_t *counts = user;

	counts[part->kind]++;
	return 0;
}

static struct poolcounts stats_of_world(void)
{
	struct poolcounts stats = { .size = sizeof(stats) };

	CHECK_EQUAL(poolstats(&world->pool, &stats), 0);
	return stats;
}

/* What stands in the arenas is everybody's. What was noted beside them, each process has seen by itself. */
TEST(a_process_is_shown_and_counts_what_another_one_has_made)
{
	size_t counts[POOL_PART_IN_WORK + 1] = { 0 };
	struct poolcounts stats;
	pid_t child;

	begin_world(MAP_SHARED);
	CHECK(poolalloc(&world->pool, 100) != NULL);
	CHECK(poolalloc(&world->pool, (unsigned long)-1) == NULL);
	child = fork_flushed();
	if (child == 0) {
		for (int i = 0; i < 10; i++)
			CHECK(poolalloc(&world->pool, 3000) != NULL);
		for (int i = 0; i < 3; i++)
			CHECK(poolalloc(&world->pool, (unsigned long)-1) == NULL);
		_exit(0);
	}
	wait_for(child);
	CHECK_EQUAL(poolwalk(&world->pool, count_part, counts), 0);
	stats = stats_of_world();
	CHECK_EQUAL(counts[POOL_PART_ALLOCATED], 11);
	CHECK_EQUAL(stats.blocks, 11);
	CHECK_EQUAL(stats.asked_bytes, 100 + 10 * 3000);
	CHECK_EQUAL(counts[POOL_PART_ARENA], stats.arenas);
	CHECK_EQUAL(counts[POOL_PART_FREE], stats.free_blocks);
	CHECK_EQUAL(stats.arena_bytes, world->pool.cursize);
	CHECK_EQUAL(stats.most_arena_bytes, world->pool.cursize);
	CHECK_EQUAL(stats.failed_calls, 1);
	end_world();
}

/* Nor has it seen anything of a pool that lay there before. */
TEST(a_new_pool_at_the_address_of_another_begins_with_nothing)
{
	struct world *before;

	begin_world(MAP_SHARED);
	before = world;
	CHECK(poolalloc(&world->pool, 50000) != NULL);
	CHECK(poolalloc(&world->pool, (unsigned long)-1) == NULL);
	CHECK_EQUAL(stats_of_world().failed_calls, 1);
	munmap(world, sizeof(*world));
	world = mmap(before, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CHECK(world == before);
	begin_pool();
	CHECK_EQUAL(stats_of_world().arenas, 0);
	CHECK(poolalloc(&world->pool, 10) != NULL);
	CHECK_EQUAL(stats_of_world().failed_calls, 0);
	CHECK_EQUAL(stats_of_world().most_arena_bytes, world->pool.cursize);
	end_world();
}
