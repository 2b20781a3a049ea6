/*
 * poolerror() in a program whose malloc comes from the pool itself: the C library may ask for memory while it keeps a
 * value for a thread, so that must not happen while the pool is locked. This program has a calloc() of its own.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "pool_arena_provider.h"
#include "runner.h"

/* From the key of this number on, glibc allocates when the first value for a thread is set. */
#define KEYS_WITHOUT_MEMORY 32

static __thread bool is_locked;
static unsigned requests, requests_while_locked;

/* Otherwise the compiler makes a call of calloc() out of malloc() and memset(). */
static void *(*volatile request)(size_t) = malloc;

void *calloc(size_t count, size_t size_bytes)
{
	void *memory = request(count * size_bytes);

	requests++;
	if (is_locked)
		requests_while_locked++;
	return memory ? memset(memory, 0, count * size_bytes) : NULL;
}

static void lock(Pool *pool)
{
	(void)pool;
	is_locked = true;
}

static void unlock(Pool *pool)
{
	(void)pool;
	is_locked = false;
}

static Pool start(void)
{
	Pool pool = provider_start("erring", &(struct arena_plan){ .order = ARENAS_UPWARDS });

	pool.lock = lock;
	pool.unlock = unlock;
	for (int i = 0; i < KEYS_WITHOUT_MEMORY; i++) {
		pthread_key_t key;

		CHECK_EQUAL(pthread_key_create(&key, NULL), 0);
	}
	return pool;
}

static void *fail_in_thread(void *argument)
{
	Pool *pool = argument;
	unsigned before = requests;

	CHECK(poolalloc(pool, -1UL) == NULL);
	CHECK(strcmp(poolerror(), "invalid allocation size") == 0);
	/* Otherwise this proves nothing. */
	CHECK(requests > before);
	CHECK_EQUAL(requests_while_locked, 0);
	return NULL;
}

TEST(why_is_remembered_when_the_pool_is_unlocked)
{
	Pool pool = start();
	pthread_t thread;

	CHECK_EQUAL(pthread_create(&thread, NULL, fail_in_thread, &pool), 0);
	CHECK_EQUAL(pthread_join(thread, NULL), 0);
}

TEST(each_thread_has_its_own_reason)
{
	Pool pool = start();
	pthread_t thread;

	pool.maxsize = 1000;
	CHECK(poolalloc(&pool, 5000) == NULL);
	CHECK(strcmp(poolerror(), "memory pool too large") == 0);
	CHECK_EQUAL(pthread_create(&thread, NULL, fail_in_thread, &pool), 0);
	CHECK_EQUAL(pthread_join(thread, NULL), 0);
	CHECK(strcmp(poolerror(), "memory pool too large") == 0);
}
