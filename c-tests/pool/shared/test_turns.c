/* Processes that use a pool in turn: placement is what it is in one process. A part of test_pool_shared. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pool.h"
#include "pool/shared/world.h"
#include "support/random.h"
#include "support/runner.h"

#define STEPS 6000

/* Where the block of the slot that each step used lies, from the begin of the space on. */
static void record(unsigned step, long *places)
{
	uint64_t seed = step * 7919 + 17, slot_seed = seed;
	struct slot *slot = &world->slots[random_below(&slot_seed, SLOTS)];

	operate(&seed);
	places[step] = slot->data == NULL ? -1 : slot->data - world->space;
}

static long *shared_places(void)
{
	long *places = mmap(NULL, STEPS * sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(places != MAP_FAILED);
	return places;
}

static void record_alone(long *places)
{
	begin_world(MAP_PRIVATE);
	for (unsigned step = 0; step < STEPS; step++)
		record(step, places);
	check_everything();
	end_world();
}

/* Each takes some steps, and then it is the next one's turn. */
static void record_in_turn(long *places, unsigned me, unsigned processes, unsigned steps_at_once)
{
	for (unsigned step = me * steps_at_once; step < STEPS; step += processes * steps_at_once) {
		sem_wait(&world->turn[me]);
		for (unsigned i = 0; i < steps_at_once && step + i < STEPS; i++)
			record(step + i, places);
		sem_post(&world->turn[(me + 1) % processes]);
	}
}

static void compare_places(const long *alone, const long *together)
{
	for (unsigned step = 0; step < STEPS; step++)
		CHECK_EQUAL(together[step], alone[step]);
}

static void check_turns(unsigned processes, unsigned steps_at_once)
{
	long *alone = shared_places(), *together = shared_places();
	pid_t children[MOST_PROCESSES];

	record_alone(alone);
	begin_world(MAP_SHARED);
	sem_post(&world->turn[0]);
	for (unsigned i = 0; i < processes; i++) {
		children[i] = fork_flushed();
		if (children[i] == 0) {
			record_in_turn(together, i, processes, steps_at_once);
			_exit(0);
		}
	}
	for (unsigned i = 0; i < processes; i++)
		wait_for(children[i]);
	compare_places(alone, together);
	check_everything();
	end_world();
	munmap(alone, STEPS * sizeof(long));
	munmap(together, STEPS * sizeof(long));
}

TEST(blocks_lie_where_one_process_would_have_them)
{
	check_turns(2, 1);
}

TEST(blocks_lie_where_one_process_would_have_them_also_after_longer_turns)
{
	check_turns(3, 7);
}

/* Each process ends after some steps, and the next one is a child of the one before. */
TEST(generations_use_a_pool_one_after_the_other)
{
	long *alone = shared_places(), *together = shared_places();
	unsigned step = 0;
	pid_t child;

	record_alone(alone);
	begin_world(MAP_SHARED);
	for (unsigned generation = 0; generation < 40; generation++) {
		for (unsigned end = step + STEPS / 40; step < end; step++)
			record(step, together);
		child = fork_flushed();
		if (child != 0) {
			wait_for(child);
			if (generation > 0)
				_exit(0);
			break;
		}
		if (generation == 39)
			_exit(0);
	}
	compare_places(alone, together);
	check_everything();
	end_world();
	munmap(alone, STEPS * sizeof(long));
	munmap(together, STEPS * sizeof(long));
}
