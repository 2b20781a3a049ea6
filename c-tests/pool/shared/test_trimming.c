/* Processes that trim a pool which others use: what those have stays right. A part of test_pool_shared. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pool.h"
#include "pool/provider/in_band.h"
#include "pool/shared/world.h"
#include "support/random.h"
#include "support/runner.h"

#define ROUNDS 60U
#define STEPS 200U
#define PAGES_BYTES (64UL << 10)

/* How many arenas all of them have given back. */
static unsigned *given_back;

/* Whoever still takes it for an arena finds nothing that a pool has written. */
static void overwrite(void *arena, unsigned long bytes)
{
	memset(arena, 0x5a, bytes);
	__atomic_fetch_add(given_back, 1, __ATOMIC_RELAXED);
}

/* Frees what lies in many slots, so that arenas have no block. */
static void free_most(uint64_t seed)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		if (random_below(&seed, 8) != 0) {
			poolfree(&world->pool, world->slots[i].data);
			fill_slot(&world->slots[i], NULL, 0, 0);
		}
	}
}

/* cursize may count space between arenas that became one, and nothing that is not there. */
static void check_size(void)
{
	uintptr_t arena_bytes = 0;

	for (const struct band_arena *arena = world->pool.arenalist; arena != NULL; arena = (void *)arena->below)
		arena_bytes += arena->arena_bytes;
	CHECK(world->pool.cursize <= arena_bytes);
}

static void work_in_turn(unsigned me, unsigned processes)
{
	uint64_t seed = me + 1;

	for (unsigned round = me; round < ROUNDS; round += processes) {
		uintptr_t before;

		sem_wait(&world->turn[me]);
		for (unsigned i = 0; i < STEPS; i++)
			operate(&seed);
		free_most(seed);
		before = world->pool.cursize;
		pooltrim(&world->pool, round % 4 * 4096);
		CHECK(world->pool.cursize <= before);
		check_size();
		check_everything();
		/* Arenas are cut from the begin again, where none is left. */
		if (world->pool.arenalist == NULL)
			world->cut_bytes = 0;
		sem_post(&world->turn[(me + 1) % processes]);
	}
}

TEST(processes_trim_a_pool_in_turn)
{
	pid_t children[3];

	given_back = mmap(NULL, sizeof(*given_back), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(given_back != MAP_FAILED);
	begin_world(MAP_SHARED);
	world->pool.free = overwrite;
	sem_post(&world->turn[0]);
	for (unsigned i = 0; i < 3; i++) {
		children[i] = fork_flushed();
		if (children[i] == 0) {
			work_in_turn(i, 3);
			_exit(0);
		}
	}
	for (unsigned i = 0; i < 3; i++)
		wait_for(children[i]);
	check_everything();
	for (unsigned i = 0; i < SLOTS; i++)
		poolfree(&world->pool, world->slots[i].data);
	pooltrim(&world->pool, 0);
	CHECK_EQUAL(world->pool.cursize, 0);
	CHECK(world->pool.arenalist == NULL);
	printf("# %u arenas were given back\n", *given_back);
	CHECK(*given_back > 10);
	munmap(given_back, sizeof(*given_back));
	end_world();
}

/* Without shared memory a child's pool is a copy: what it gives back, its parent keeps. */
TEST(a_child_gives_back_its_own_pages)
{
	unsigned char *kept, *freed, *again;
	pid_t child;

	begin_world(MAP_PRIVATE);
	kept = poolalloc(&world->pool, 100);
	freed = poolalloc(&world->pool, PAGES_BYTES);
	CHECK(kept != NULL && freed != NULL);
	memset(kept, 1, 100);
	memset(freed, 2, PAGES_BYTES);
	child = fork_flushed();
	if (child == 0) {
		poolfree(&world->pool, freed);
		pooltrim(&world->pool, 0);
		again = poolalloc(&world->pool, PAGES_BYTES);
		CHECK(again == freed);
		memset(again, 3, PAGES_BYTES);
		CHECK_EQUAL(kept[99], 1);
		poolcheck(&world->pool);
		_exit(0);
	}
	wait_for(child);
	for (unsigned long i = 0; i < PAGES_BYTES; i++)
		CHECK_EQUAL(freed[i], 2);
	poolcheck(&world->pool);
	end_world();
}

/* What is shared stays in memory, also the free blocks of another process. */
TEST(pages_of_a_shared_pool_stay)
{
	unsigned char *freed;

	begin_world(MAP_SHARED);
	CHECK(poolalloc(&world->pool, 100) != NULL);
	freed = poolalloc(&world->pool, PAGES_BYTES);
	CHECK(freed != NULL);
	memset(freed, 2, PAGES_BYTES);
	poolfree(&world->pool, freed);
	CHECK_EQUAL(pooltrim(&world->pool, 0), 0);
	CHECK_EQUAL(freed[PAGES_BYTES / 2], 2);
	poolcheck(&world->pool);
	end_world();
}
