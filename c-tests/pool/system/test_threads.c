/* System pools in many threads. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#include "pool/system/churn.h"
#include "support/runner.h"

/* Nothing is done before: the first calls come from all threads at once. */
TEST(eight_threads_use_one_pool)
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		start(&threads[i], churn_in_thread, i + 1);
	join(threads, THREADS);
	poolcheck(&pool);
	CHECK_EQUAL(pool.curalloc, 0);
	CHECK(pool.nfree > THREADS * ROUNDS / 2);
}

#define FRESH_POOLS 2000
#define FIRST_THREADS 2

static Pool fresh_pools[FRESH_POOLS];
static atomic_uint arrived;

static void *use_first(void *argument)
{
	(void)argument;
	for (unsigned i = 0; i < FRESH_POOLS; i++) {
		void *block;

		/* They begin as close together as can be. */
		arrived++;
		for (unsigned spins = 1; arrived < FIRST_THREADS * (i + 1); spins++)
			if (spins % 1000 == 0)
				sched_yield();
		CHECK((block = poolalloc(&fresh_pools[i], 100)) != NULL);
		poolfree(&fresh_pools[i], block);
	}
	return NULL;
}

TEST(the_first_call_may_come_from_several_threads)
{
	pthread_t threads[FIRST_THREADS];

	for (int i = 0; i < FRESH_POOLS; i++)
		fresh_pools[i] = (Pool)POOL_SYSTEM_INIT("fresh");
	for (uintptr_t i = 0; i < FIRST_THREADS; i++)
		start(&threads[i], use_first, 0);
	join(threads, FIRST_THREADS);
	for (int i = 0; i < FRESH_POOLS; i++) {
		poolcheck(&fresh_pools[i]);
		CHECK_EQUAL(fresh_pools[i].nfree, FIRST_THREADS);
		for (int j = 0; j < i; j++)
			CHECK(fresh_pools[i].private != fresh_pools[j].private);
	}
}

TEST(threads_make_and_destroy_pools)
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		start(&threads[i], make_and_destroy, i + 1);
	join(threads, THREADS);
}
