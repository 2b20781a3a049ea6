/*
 * A pool, its arenas and its lock in memory that processes share: all of them use it. And one that a child has a copy
 * of: then each goes on by itself.
 *
 * With LD_PRELOAD=DIR/libpool_ref.so these tests run on the original.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool.h"
#include "pool/provider/in_band.h"
#include "support/refuse_calls.h"
#include "support/runner.h"

#define SPACE_BYTES (16UL << 20)
#define SLOTS 96
#define OPERATIONS 20000
#define MOST_PROCESSES 4

struct slot {
	unsigned char *data;
	unsigned long bytes;
	unsigned char fill;
};

/* Everything that a pool of several processes needs, at the same address in each. */
struct world {
	Pool pool;
	pthread_mutex_t lock, table;
	sem_t turn[MOST_PROCESSES];
	struct slot slots[SLOTS];
	size_t cut_bytes;
	unsigned arenas;
	bool is_panicking;
	unsigned tolerated;       /* calls of panic that return */
	unsigned char space[SPACE_BYTES] __attribute__((aligned(64)));
};

static struct world *world;

static void *cut(unsigned long bytes)
{
	unsigned char *arena = world->space + world->cut_bytes;

	if (bytes > SPACE_BYTES - world->cut_bytes)
		return NULL;
	world->cut_bytes += (bytes + 15) / 16 * 16;
	world->arenas++;
	return arena;
}

static int join(void *bottom, void *top)
{
	(void)bottom;
	(void)top;
	return world->arenas % 3 == 0;
}

static void lock(Pool *pool)
{
	CHECK_EQUAL(pthread_mutex_lock(&((struct world *)pool)->lock), 0);
}

static void unlock(Pool *pool)
{
	CHECK_EQUAL(pthread_mutex_unlock(&((struct world *)pool)->lock), 0);
}

static void print(Pool *pool, char *format, ...)
{
	(void)pool;
	(void)format;
}

static void panic(Pool *pool, char *format, ...)
{
	char text[512];
	va_list arguments;

	(void)pool;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (world->tolerated > 0) {
		world->tolerated--;
		return;
	}
	world->is_panicking = true;
	runner_fail(__FILE__, __LINE__, text);
}

static void begin_pool(void)
{
	pthread_mutexattr_t shared;

	pthread_mutexattr_init(&shared);
	pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	CHECK_EQUAL(pthread_mutex_init(&world->lock, &shared), 0);
	CHECK_EQUAL(pthread_mutex_init(&world->table, &shared), 0);
	for (int i = 0; i < MOST_PROCESSES; i++)
		CHECK_EQUAL(sem_init(&world->turn[i], 1, 0), 0);
	world->pool = (Pool){
		.name = "shared", .maxsize = SPACE_BYTES, .minarena = 4096, .quantum = 32, .alloc = cut, .merge = join,
		.lock = lock, .unlock = unlock, .print = print, .panic = panic,
	};
}

static void begin_world(int way_of_mapping)
{
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE, way_of_mapping | MAP_ANONYMOUS, -1, 0);
	if (world == MAP_FAILED)
		SKIP("the memory that it needs cannot be had");
	begin_pool();
}

static void end_world(void)
{
	CHECK(!world->is_panicking);
	munmap(world, sizeof(*world));
}

static unsigned random_below(unsigned *state, unsigned limit)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 8) % limit;
}

static void check_slot(const struct slot *slot)
{
	for (unsigned long i = 0; i < slot->bytes; i++)
		CHECK_EQUAL(slot->data[i], slot->fill);
}

static void fill_slot(struct slot *slot, unsigned char *data, unsigned long bytes, unsigned char fill)
{
	*slot = (struct slot){ data, bytes, fill };
	if (data != NULL)
		memset(data, fill, bytes);
}

/* Mostly small blocks, and now and then one that belongs in a tree. */
static unsigned long random_bytes(unsigned *state)
{
	return random_below(state, 8) != 0 ? random_below(state, 700) : random_below(state, 90000);
}

static void operate(unsigned *state)
{
	struct slot *slot = &world->slots[random_below(state, SLOTS)];
	unsigned long bytes = random_bytes(state) + 1, kept;
	unsigned char fill = (unsigned char)random_below(state, 256), *data;

	check_slot(slot);
	switch (random_below(state, 4)) {
	case 0:
		poolfree(&world->pool, slot->data);
		fill_slot(slot, NULL, 0, 0);
		break;
	case 1:
		data = poolrealloc(&world->pool, slot->data, bytes);
		CHECK(data != NULL);
		kept = slot->bytes < bytes ? slot->bytes : bytes;
		for (unsigned long i = 0; i < kept; i++)
			CHECK_EQUAL(data[i], slot->fill);
		fill_slot(slot, data, bytes, fill);
		break;
	default:
		poolfree(&world->pool, slot->data);
		data = poolalloc(&world->pool, bytes);
		CHECK(data != NULL);
		fill_slot(slot, data, bytes, fill);
	}
}

static void check_everything(void)
{
	for (int i = 0; i < SLOTS; i++)
		check_slot(&world->slots[i]);
	poolcheck(&world->pool);
	band_check_counters(&world->pool);
}

static void wait_for(pid_t child)
{
	int status;

	CHECK_EQUAL(waitpid(child, &status, 0), child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static pid_t fork_flushed(void)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	CHECK(child >= 0);
	if (child == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that has failed leaves none behind */
	return child;
}

/* --- whoever comes first ------------------------------------------------------------------------------------------ */

static void operate_whenever_possible(unsigned seed, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		CHECK_EQUAL(pthread_mutex_lock(&world->table), 0);
		operate(&seed);
		CHECK_EQUAL(pthread_mutex_unlock(&world->table), 0);
	}
}

static void run_processes(unsigned count)
{
	pid_t children[MOST_PROCESSES];

	for (unsigned i = 0; i < count; i++) {
		children[i] = fork_flushed();
		if (children[i] == 0) {
			operate_whenever_possible(i + 1, OPERATIONS / count);
			_exit(0);
		}
	}
	for (unsigned i = 0; i < count; i++)
		wait_for(children[i]);
}

TEST(processes_share_a_pool_that_was_used_before_they_began)
{
	begin_world(MAP_SHARED);
	operate_whenever_possible(99, 500);
	run_processes(2);
	check_everything();
	end_world();
}

TEST(processes_share_a_pool_that_none_had_used)
{
	begin_world(MAP_SHARED);
	run_processes(4);
	check_everything();
	end_world();
}

TEST(parent_and_child_share_a_pool)
{
	pid_t child;

	begin_world(MAP_SHARED);
	operate_whenever_possible(5, 100);
	child = fork_flushed();
	operate_whenever_possible(child == 0 ? 6 : 7, OPERATIONS / 2);
	if (child == 0)
		_exit(0);
	wait_for(child);
	check_everything();
	end_world();
}

/* A child is told from its parent also where the system does not clear memory for it. */
static void check_without_wiped_memory(int error_number)
{
	pid_t child;

	refuse_advice(MADV_WIPEONFORK, error_number);
	begin_world(MAP_SHARED);
	operate_whenever_possible(5, 100);
	child = fork_flushed();
	operate_whenever_possible(child == 0 ? 6 : 7, OPERATIONS / 4);
	if (child == 0)
		_exit(0);
	wait_for(child);
	check_everything();
	end_world();
}

TEST(a_child_shares_a_pool_where_memory_is_not_cleared_for_it)
{
	check_without_wiped_memory(EINVAL);
}

TEST(a_child_shares_a_pool_where_memory_is_only_said_to_be_cleared)
{
	check_without_wiped_memory(0);
}

/* --- one after the other at one address --------------------------------------------------------------------------- */

static void map_world(int file)
{
	void *place = mmap(world, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED | (world == NULL ? 0 : MAP_FIXED), file, 0);

	CHECK(place != MAP_FAILED);
	world = place;
}

/* Each pool is left as it is when the next one comes to its place, and comes back. */
TEST(pools_come_to_one_address_in_turn)
{
	int files[3];

	for (int i = 0; i < 3; i++) {
		files[i] = memfd_create("world", MFD_CLOEXEC);
		CHECK(files[i] >= 0);
		CHECK_EQUAL(ftruncate(files[i], sizeof(*world)), 0);
	}
	for (unsigned turn = 0; turn < 30; turn++) {
		map_world(files[turn % 3]);
		if (turn < 3)
			begin_pool();
		operate_whenever_possible(turn, 100 * (turn % 3 + 1));
		check_everything();
	}
	for (int i = 0; i < 3; i++)
		close(files[i]);
	end_world();
}

/* --- in turn: placement is what it is in one process ---------------------------------------------------------------- */

#define STEPS 6000

/* Where the block of the slot that each step used lies, from the begin of the space on. */
static void record(unsigned step, long *places)
{
	unsigned seed = step * 7919 + 17, slot_seed = seed;
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

/* --- reset, and the rest of the calls ------------------------------------------------------------------------------- */

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

/* --- a copy for each ------------------------------------------------------------------------------------------------ */

TEST(without_shared_memory_parent_and_child_go_on_by_themselves)
{
	pid_t child;

	begin_world(MAP_PRIVATE);
	operate_whenever_possible(1, 2000);
	child = fork_flushed();
	for (unsigned i = 0; i < OPERATIONS; i++) {
		unsigned seed = i * (child == 0 ? 31 : 37);

		operate(&seed);
	}
	check_everything();
	if (child == 0)
		_exit(0);
	wait_for(child);
	end_world();
}
