/* The probes of pools: each block that comes, goes or gets another size is seen once, with what docs/probes.md says. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "support/random.h"
#include "support/runner.h"
#include "support/traps.h"

#define SLOTS 400
#define PAGE_BYTES 4096

static struct { void *block; unsigned long bytes; } slots[SLOTS];

/* One probe was reached since the last time, once, and passed these; NULL: none was. */
static void check_hit(const char *name, const Pool *pool, uintptr_t first, uintptr_t second, uintptr_t third)
{
	struct trap_hit hit = traps_last();
	const uintptr_t expected[] = { (uintptr_t)pool, first, second, third };

	CHECK_EQUAL(traps_hits("pool_alloc") + traps_hits("pool_free") + traps_hits("pool_resize"), name != NULL);
	if (name) {
		CHECK(hit.name && strcmp(hit.name, name) == 0);
		for (int i = 0; i < hit.count; i++)
			CHECK_EQUAL((uintptr_t)hit.arguments[i], expected[i]);
		CHECK_EQUAL(hit.count, strcmp(name, "pool_free") == 0 ? 2 : strcmp(name, "pool_alloc") == 0 ? 3 : 4);
	}
	traps_forget();
}

static void *checked_alloc(Pool *pool, unsigned long way, unsigned long bytes)
{
	void *block = way == 0 ? poolalloc(pool, bytes) : way == 1 ? poolzalloc(pool, bytes) :
		      way == 2 ? poolrealloc(pool, NULL, bytes) : poolallocalign(pool, bytes, 64, 8, 0);

	check_hit(block ? "pool_alloc" : NULL, pool, bytes, (uintptr_t)block, 0);
	return block;
}

static void checked_free(Pool *pool, bool by_realloc, void *block)
{
	if (by_realloc)
		CHECK(poolrealloc(pool, block, 0) == NULL);
	else
		poolfree(pool, block);
	check_hit("pool_free", pool, (uintptr_t)block, 0, 0);
}

static void *checked_resize(Pool *pool, void *block, unsigned long bytes)
{
	void *resized = poolrealloc(pool, block, bytes);

	check_hit(resized ? "pool_resize" : NULL, pool, (uintptr_t)block, bytes, (uintptr_t)resized);
	return resized ? resized : block;
}

static unsigned long some_bytes(uint64_t *random)
{
	unsigned long most = 1UL << random_below(random, 18);

	return 1 + random_below(random, most);
}

/* Everything that comes, goes, grows and shrinks is seen, whichever way the pool does it. */
static void live_with(Pool *pool, unsigned operations)
{
	uint64_t random = operations;

	memset(slots, 0, sizeof(slots));
	for (unsigned i = 0; i < operations; i++) {
		unsigned long place = random_below(&random, SLOTS);
		unsigned long bytes = some_bytes(&random);

		if (!slots[place].block) {
			slots[place].block = checked_alloc(pool, random_below(&random, 4), bytes);
		} else if (random_below(&random, 2)) {
			slots[place].block = checked_resize(pool, slots[place].block, bytes);
		} else {
			checked_free(pool, random_below(&random, 4) == 0, slots[place].block);
			slots[place].block = NULL;
		}
	}
	poolreset(pool);
	check_hit(NULL, pool, 0, 0, 0);
}

TEST(a_hundred_of_each_are_seen_a_hundred_times)
{
	static Pool pool = POOL_SYSTEM_INIT("a hundred");
	void *blocks[100];

	traps_set((uintptr_t)poolalloc);
	for (int i = 0; i < 100; i++)
		blocks[i] = poolalloc(&pool, 100);
	CHECK_EQUAL(traps_hits("pool_alloc"), 100);
	for (int i = 0; i < 100; i++)
		blocks[i] = poolrealloc(&pool, blocks[i], 200);
	CHECK_EQUAL(traps_hits("pool_resize"), 100);
	for (int i = 0; i < 100; i++)
		poolfree(&pool, blocks[i]);
	CHECK_EQUAL(traps_hits("pool_free"), 100);
	CHECK_EQUAL(traps_hits("pool_alloc"), 100);
	CHECK_EQUAL(traps_hits("pool_resize"), 100);
	pooldestroy(&pool);
}

/* Arenas that do not touch, so that they do not become one. */
static void *map_apart(unsigned long bytes)
{
	void *arena = mmap(NULL, bytes + PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return arena == MAP_FAILED ? NULL : arena;
}

static void unmap_apart(void *arena, unsigned long bytes)
{
	munmap(arena, bytes + PAGE_BYTES);
}

static void *wait_for_end(void *user)
{
	pthread_mutex_lock(user);
	pthread_mutex_unlock(user);
	return NULL;
}

/* Where there is another thread, pools of the system are locked. */
static void live_among_threads_with(Pool *pool, unsigned operations)
{
	pthread_mutex_t end = PTHREAD_MUTEX_INITIALIZER;
	pthread_t thread;

	pthread_mutex_lock(&end);
	CHECK(pthread_create(&thread, NULL, wait_for_end, &end) == 0);
	live_with(pool, operations);
	pthread_mutex_unlock(&end);
	pthread_join(thread, NULL);
}

TEST(each_is_seen_once_whichever_way_it_goes)
{
	static Pool pool = POOL_SYSTEM_INIT("all ways"), apart = POOL_SYSTEM_INIT("apart");
	const int flags = pool.flags;
	const char *names[] = { "pool_alloc", "pool_free", "pool_resize" };

	traps_set((uintptr_t)poolalloc);
	apart.alloc = map_apart;
	apart.free = unmap_apart;
	live_with(&pool, 30000);
	live_with(&apart, 30000);
	live_among_threads_with(&pool, 30000);
	live_among_threads_with(&apart, 30000);
	pool.flags = flags | POOL_ANTAGONISM;
	live_with(&pool, 5000);
	pool.flags = flags | POOL_PARANOIA;
	live_with(&pool, 500);
	pool.flags = flags | POOL_NOREUSE;
	live_with(&pool, 500);
	pooldestroy(&pool);
	pooldestroy(&apart);
	Pool arenas = provider_start("arenas", &(struct arena_plan){ .order = ARENAS_APART, .space_bytes = 256 << 20 });

	live_with(&arenas, 5000); /* poolzalloc holds the lock, because blocks may move */
	arenas.move = NULL;
	live_with(&arenas, 5000);
	/* One is for damaged pools. */
	for (int i = 0; i < 3; i++) {
		printf("# %s: %u of %u places reached\n", names[i], traps_places_reached(names[i]),
		       traps_places(names[i]));
		CHECK(traps_places_reached(names[i]) + 1 >= traps_places(names[i]));
	}
}

TEST(what_changes_nothing_is_not_seen)
{
	Pool pool = provider_start("nothing", &(struct arena_plan){ .order = ARENAS_APART });
	void *block = poolalloc(&pool, 100);

	traps_set((uintptr_t)poolalloc);
	poolfree(&pool, NULL);
	CHECK_EQUAL(poolmsize(&pool, block) >= 100, 1);
	poolcheck(&pool);
	poolcompact(&pool);
	pooltrim(&pool, 0);
	provider.arenas_left = 0;
	CHECK(poolalloc(&pool, 1 << 20) == NULL);
	CHECK(poolzalloc(&pool, 1 << 20) == NULL);
	CHECK(poolallocalign(&pool, 1 << 20, 64, 0, 0) == NULL);
	CHECK(poolrealloc(&pool, block, 1 << 20) == NULL);
	CHECK(poolrealloc(&pool, NULL, 1 << 20) == NULL);
	check_hit(NULL, &pool, 0, 0, 0);
}
