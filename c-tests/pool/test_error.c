/*
 * poolerror() in a program whose malloc comes from a pool: neither a failing call nor poolerror() may ask for memory, least
 * of all while the pool is locked. This program has a calloc() of its own.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "support/runner.h"

/* From the key of this number on, glibc allocates when the first value for a thread is set. */
#define KEYS_WITHOUT_MEMORY 32
#define CHILD_SECONDS 20

static __thread unsigned requests;
static __thread Pool *malloc_pool; /* what this thread's requests are met from */

/* Otherwise the compiler makes a call of calloc() out of malloc() and memset(). */
static void *(*volatile request)(size_t) = malloc;

/* A value for a thread is kept in what calloc() gives. */
void *calloc(size_t count, size_t size_bytes)
{
	void *memory;

	requests++;
	if (malloc_pool != NULL)
		return poolalloc(malloc_pool, count * size_bytes);
	memory = request(count * size_bytes);
	return memory ? memset(memory, 0, count * size_bytes) : NULL;
}

static Pool start(void)
{
	Pool pool = provider_start("erring", &(struct arena_plan){ .order = ARENAS_UPWARDS });

	pool.lock = pool.unlock = NULL;
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

	CHECK(poolalloc(pool, ULONG_MAX) == NULL);
	CHECK(strcmp(poolerror(), "invalid allocation size") == 0);
	CHECK(poolallocalign(pool, 5000, 32, 24, 4096) == NULL);
	CHECK(strcmp(poolerror(), "cannot satisfy dsize 5000 span 4096 with align 32+24") == 0);
	CHECK_EQUAL(requests, before);
	return NULL;
}

TEST(a_failing_call_asks_for_no_memory)
{
	Pool pool = start();
	pthread_t thread;
	pthread_key_t key;
	unsigned before;

	CHECK_EQUAL(pthread_create(&thread, NULL, fail_in_thread, &pool), 0);
	CHECK_EQUAL(pthread_join(thread, NULL), 0);
	/* Otherwise this proves nothing; only glibc asks for memory there. */
	before = requests;
	CHECK_EQUAL(pthread_key_create(&key, NULL), 0);
	CHECK_EQUAL(pthread_setspecific(key, &key), 0);
#ifdef __GLIBC__
	CHECK(requests > before);
#else
	CHECK(requests >= before);
#endif
}

static void *fail_with_malloc_from_the_pool(void *argument)
{
	malloc_pool = argument;
	CHECK(calloc(1, 5000) == NULL);
	CHECK(strcmp(poolerror(), "memory pool too large") == 0);
	malloc_pool = NULL;
	return NULL;
}

TEST(a_full_pool_that_malloc_comes_from_fails_and_says_why)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, CHILD_SECONDS) {
		Pool pool = start();
		pthread_t thread;

		pool.maxsize = 1000;
		CHECK_EQUAL(pthread_create(&thread, NULL, fail_with_malloc_from_the_pool, &pool), 0);
		CHECK_EQUAL(pthread_join(thread, NULL), 0);
	}
	CHECK_CHILD_WELL(&outcome);
}

TEST(each_thread_has_its_own_reason)
{
	Pool pool = start();
	pthread_t thread;

	pool.maxsize = 1000;
	CHECK(poolalloc(&pool, 5000) == NULL);
	CHECK(strcmp(poolerror(), "memory pool too large") == 0);
	pool.maxsize = UINTPTR_MAX / 2;
	CHECK_EQUAL(pthread_create(&thread, NULL, fail_in_thread, &pool), 0);
	CHECK_EQUAL(pthread_join(thread, NULL), 0);
	CHECK(strcmp(poolerror(), "memory pool too large") == 0);
}

TEST(neither_the_system_nor_alloc_has_memory_for_the_index)
{
	Pool pool = start(), other = provider_pool("other");
	struct rlimit all, none;
	void *block, *page;

	CHECK(poolalloc(&other, ULONG_MAX) == NULL);
	CHECK_EQUAL(getrlimit(RLIMIT_AS, &all), 0);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = all.rlim_max };
	CHECK_EQUAL(setrlimit(RLIMIT_AS, &none), 0);
	page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	provider.arenas_left = 0;
	block = poolalloc(&pool, 100);
	CHECK_EQUAL(setrlimit(RLIMIT_AS, &all), 0);
	if (page != MAP_FAILED)
		SKIP("address space cannot be limited here");
	CHECK(block == NULL);
	CHECK(strcmp(poolerror(), "no memory for the index of the pool") == 0);
}
