/* Pools with nil callbacks and with odd settings. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <string.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "support/runner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ALL_FLAGS (POOL_ANTAGONISM | POOL_PARANOIA | POOL_VERBOSITY | POOL_DEBUGGING | POOL_LOGGING | POOL_TOLERANCE)
#define BLOCKS 24

static Pool start(void)
{
	return provider_start("settings", &(struct arena_plan){ .order = ARENAS_UPWARDS, .is_merging = true });
}

/* --- a life of a pool that shows if blocks overlap ---------------------------------------------------------------- */

struct owned_block {
	unsigned char *data;
	unsigned long bytes;
};

static struct owned_block owned[BLOCKS];

static void move_owned(void *from, void *to)
{
	for (int i = 0; i < BLOCKS; i++)
		if (owned[i].data == from) {
			owned[i].data = to;
			return;
		}
	CHECK(!"a block that the program owns is moved");
}

static void fill(int i)
{
	memset(owned[i].data, i + 1, owned[i].bytes);
}

static void check_filled(int i, unsigned long bytes)
{
	for (unsigned long k = 0; k < bytes; k++)
		CHECK_EQUAL(owned[i].data[k], i + 1);
}

static void allocate_all(Pool *pool)
{
	for (int i = 0; i < BLOCKS; i++) {
		unsigned long bytes = (unsigned long)(i * 53 % 700);

		owned[i].bytes = bytes;
		owned[i].data = i % 4 == 3 ? poolallocalign(pool, bytes, 64, 0, 0) : poolalloc(pool, bytes);
		if (owned[i].data == NULL)
			owned[i].bytes = 0;
		else
			fill(i);
	}
}

static void change_all(Pool *pool)
{
	for (int i = 0; i < BLOCKS; i++) {
		unsigned long bytes = owned[i].bytes * (i % 3) / 2 + 20, kept = bytes;
		unsigned char *data;

		if (owned[i].data == NULL || i % 4 == 3)
			continue;
		data = poolrealloc(pool, owned[i].data, bytes);
		if (data == NULL)
			continue;
		owned[i].data = data;
		if (kept > owned[i].bytes)
			kept = owned[i].bytes;
		check_filled(i, kept);
		owned[i].bytes = poolmsize(pool, data);
		CHECK(owned[i].bytes >= bytes);
		fill(i);
	}
}

static void live(Pool *pool)
{
	provider.on_move = move_owned;
	allocate_all(pool);
	poolcheck(pool);
	change_all(pool);
	for (int i = 0; i < BLOCKS; i += 2) {
		poolfree(pool, owned[i].data);
		owned[i].data = NULL;
	}
	poolcompact(pool);
	pooldump(pool);
	for (int i = 1; i < BLOCKS; i += 2) {
		check_filled(i, owned[i].data == NULL ? 0 : owned[i].bytes);
		poolblockcheck(pool, owned[i].data);
		poolfree(pool, owned[i].data);
		owned[i].data = NULL;
	}
	poolcheck(pool);
	CHECK_EQUAL(pool->curalloc, 0);
	poolreset(pool);
}

/* --- nil callbacks ------------------------------------------------------------------------------------------------ */

/* With all flags, so that every callback would be called. */
static void live_with(Pool pool, bool is_alloc_nil)
{
	for (int flags = 0; flags <= ALL_FLAGS; flags += ALL_FLAGS) {
		pool.flags = flags;
		live(&pool);
		CHECK((provider.allocs == 0) == is_alloc_nil);
	}
}

TEST(a_pool_lives_with_all_callbacks)
{
	live_with(start(), false);
	CHECK_EQUAL(provider.unlocked_calls, 0);
	CHECK_EQUAL(provider.locks, provider.unlocks);
	CHECK(provider.logstacks > 0 && provider.report_bytes > 0 && provider.frees > 0);
}

TEST(a_pool_without_locks_lives)
{
	Pool pool = start();

	pool.lock = NULL;
	pool.unlock = NULL;
	pool.print = NULL; /* these two look at the lock */
	pool.logstack = NULL;
	live_with(pool, false);
	CHECK_EQUAL(poolisoverlap(&pool, &pool, 8), 0);
}

TEST(a_pool_without_print_lives)
{
	Pool pool = start();

	pool.print = NULL;
	live_with(pool, false);
	CHECK_EQUAL(provider.unlocked_calls, 0);
}

TEST(a_pool_without_panic_and_logstack_lives)
{
	Pool pool = start();

	pool.panic = NULL;
	pool.logstack = NULL;
	live_with(pool, false);
	CHECK_EQUAL(provider.unlocked_calls, 0);
}

TEST(a_pool_without_merge_lives)
{
	Pool pool = start();

	pool.merge = NULL;
	live_with(pool, false);
	CHECK_EQUAL(provider.merges, 0);
	CHECK(provider.frees > 1);
}

TEST(a_pool_without_move_lives_and_moves_nothing)
{
	Pool pool = start();

	pool.move = NULL;
	live_with(pool, false);
	CHECK_EQUAL(provider.moves, 0);
	CHECK_EQUAL(poolcompact(&pool), 0);
}

TEST(a_pool_without_free_lives)
{
	Pool pool = start();

	pool.free = NULL;
	live_with(pool, false);
	CHECK_EQUAL(provider.frees, 0);
	CHECK_EQUAL(pool.cursize, 0);
}

TEST(a_pool_without_alloc_has_nothing)
{
	Pool pool = start();

	pool.alloc = NULL;
	CHECK(poolalloc(&pool, 1) == NULL);
	CHECK(poolerror() != NULL);
	CHECK(poolallocalign(&pool, 1, 8, 0, 0) == NULL);
	CHECK(poolrealloc(&pool, NULL, 1) == NULL);
	live_with(pool, true);
}

/* --- odd settings ------------------------------------------------------------------------------------------------- */

/* Either it works, or the pool says with one line through panic why not: never a signal, never an endless loop. */
static void try_settings(Pool pool)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		provider.panic_way = PANIC_EXITS;
		live(&pool);
	}
	if (outcome.end == CHILD_EXITED && outcome.number == STATUS_PANICKED)
		CHECK_EQUAL(outcome.lines, 1);
	else
		CHECK_CHILD_WELL(&outcome);
}

TEST(every_quantum_works_or_is_refused)
{
	static const unsigned long quanta[] = {
		0, 1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 100, 4096, 65536, 1UL << 20, LONG_BIT_OF_64(40), LONG_BIT_OF_64(63), ULONG_MAX,
	};

	for (size_t i = 0; i < COUNT(quanta); i++) {
		Pool pool = start();

		pool.quantum = quanta[i];
		pool.print = NULL; /* no dumps: what then comes is the panic's line */
		try_settings(pool);
	}
}

TEST(powers_of_two_from_eight_on_are_proper_quanta)
{
	for (unsigned long quantum = 8; quantum <= 1 << 17; quantum *= 2) {
		Pool pool = start();

		pool.quantum = quantum;
		live(&pool);
		CHECK(provider.allocs > 0);
	}
}

TEST(every_least_size_works_or_is_refused)
{
	static const unsigned long sizes[] = {
		0, 1, 63, 65, 100, 128, 4095, 65535, 65536, 100000, 1UL << 22, LONG_BIT_OF_64(40), LONG_MAX,
		ULONG_MAX - 31, ULONG_MAX,
	};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		Pool pool = start();

		pool.print = NULL;
		pool.minblock = sizes[i];
		try_settings(pool);
		pool.minblock = 0;
		pool.minarena = sizes[i];
		try_settings(pool);
		pool.minarena = 4096;
		pool.maxsize = sizes[i];
		try_settings(pool);
		pool.quantum = 8;
		pool.minblock = sizes[i];
		try_settings(pool);
	}
}

static unsigned misalignment_bytes;

static void *give_misaligned_arena(unsigned long bytes)
{
	return (unsigned char *)provider_pool("aligned").alloc(bytes + 64) + misalignment_bytes;
}

TEST(every_place_of_an_arena_works_or_is_refused)
{
	for (misalignment_bytes = 0; misalignment_bytes <= 16; misalignment_bytes++) {
		Pool pool = start();

		pool.alloc = give_misaligned_arena;
		pool.print = NULL;
		try_settings(pool);
		pool.quantum = 8;
		try_settings(pool);
	}
}

static char long_name[20000];

TEST(every_name_works)
{
	static char verbs[] = "%s %n %lud %p %%";
	char *const names[] = { NULL, "", verbs, long_name };

	memset(long_name, 'n', sizeof(long_name) - 1);
	for (size_t i = 0; i < COUNT(names); i++) {
		Pool pool = start();
		unsigned char *block;

		pool.name = names[i];
		live_with(pool, false);
		block = poolalloc(&pool, 100);
		provider_forget();
		CHECK(provider_panics(&pool, POOL_OPERATION_FREE, block + 8, 0));
		CHECK(names[i] != verbs || strstr(provider.report, verbs) != NULL);
		CHECK(names[i] != long_name || strstr(provider.report, "nnnnnnnnnnnnnnnn") != NULL);
		poolfree(&pool, block);
	}
}
