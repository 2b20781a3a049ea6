/* fork() while other threads are inside of system pools. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pool/system/churn.h"
#include "support/runner.h"

#define FORKS 150

/* In each child both pools are whole, and can be used. */
static void fork_often(unsigned forks)
{
	for (unsigned i = 0; i < forks; i++) {
		pid_t child = fork();

		if (child == 0) {
			runner_set_limit(CHILD_SECONDS);
			churn(&pool, i + 1, 200, 3000);
			churn(&other_pool, i + 1, 200, 3000);
			poolcheck(&pool);
			poolcheck(&other_pool);
			pooldestroy(poolsystem("the child's"));
			_exit(EXIT_SUCCESS);
		}
		CHECK_FORKED_WELL(child);
	}
}

static void *hammer(void *seed)
{
	while (!is_over)
		churn((uintptr_t)seed % 2 ? &pool : &other_pool, (uintptr_t)seed, ROUNDS, 3000);
	return NULL;
}

static void *make_and_destroy_often(void *seed)
{
	while (!is_over)
		make_and_destroy(seed);
	return NULL;
}

static void fork_while(void *(*const works[])(void *), unsigned count)
{
	pthread_t threads[THREADS];

	for (unsigned i = 0; i < count; i++)
		start(&threads[i], works[i], i + 1);
	fork_often(FORKS);
	is_over = true;
	join(threads, count);
}

TEST(a_child_uses_pools_that_other_threads_were_inside_of)
{
	fork_while((void *(*const[])(void *)){ hammer, hammer, hammer, hammer }, 4);
}

TEST(a_child_uses_pools_while_others_come_and_go)
{
	fork_while((void *(*const[])(void *)){ make_and_destroy_often, hammer, hammer, make_and_destroy_often }, 4);
}

/* Holds the pool of a higher number, and wants that of a lower one: fork() takes them from low to high. */
static void use_the_first_pool(Pool *printing, char *format, ...)
{
	(void)printing;
	(void)format;
	poolfree(&pool, poolalloc(&pool, 100));
}

static void *hammer_with_a_line_each(void *seed)
{
	while (!is_over)
		churn(&other_pool, (uintptr_t)seed, 100, 3000);
	return NULL;
}

TEST(a_callback_may_use_another_pool_while_there_are_forks)
{
	poolfree(&pool, poolalloc(&pool, 1));
	other_pool.print = use_the_first_pool;
	other_pool.flags |= POOL_LOGGING;
	fork_while((void *(*const[])(void *)){ hammer_with_a_line_each, hammer, hammer_with_a_line_each }, 3);
}

static unsigned forks_inside;

static void fork_inside(Pool *printing, char *format, ...)
{
	pid_t child;

	(void)format;
	if (forks_inside++ >= 20)
		return;
	child = fork();
	if (child == 0) {
		forks_inside = 20;
		runner_set_limit(CHILD_SECONDS);
		poolfree(printing, poolalloc(printing, 100));
		poolfree(&other_pool, poolalloc(&other_pool, 100));
		_exit(EXIT_SUCCESS);
	}
	CHECK_FORKED_WELL(child);
}

TEST(a_callback_may_fork)
{
	pthread_t thread;

	start(&thread, hammer, 2);
	pool.print = fork_inside;
	pool.flags |= POOL_LOGGING;
	for (int i = 0; i < 30; i++)
		poolfree(&pool, poolalloc(&pool, 100));
	CHECK(forks_inside > 20);
	is_over = true;
	join(&thread, 1);
	pool.flags &= ~POOL_LOGGING;
	poolcheck(&pool);
	CHECK_EQUAL(pool.curalloc, 0);
}

static unsigned handled;

static void use_both_pools(void)
{
	Pool *made = poolsystem("made in fork()");

	handled++;
	poolfree(&pool, poolalloc(&pool, 100));
	poolfree(&other_pool, poolalloc(&other_pool, 100));
	churn(made, 1, 10, 100);
	pooldestroy(made);
}

/* Those that are known before millpond's own run with the locks held, the others without. */
TEST(functions_that_run_in_fork_may_use_pools)
{
	CHECK_EQUAL(pthread_atfork(use_both_pools, use_both_pools, use_both_pools), 0);
	poolfree(&pool, poolalloc(&pool, 1));
	CHECK_EQUAL(pthread_atfork(use_both_pools, use_both_pools, use_both_pools), 0);
	fork_while((void *(*const[])(void *)){ hammer, hammer }, 2);
	CHECK_EQUAL(handled, FORKS * 4);
}

/* A pool that the program takes away without a word: fork() does not look at it. */
TEST(pools_whose_memory_is_gone_are_nothing_to_fork)
{
	for (int i = 0; i < 100; i++) {
		Pool *gone = malloc(sizeof(*gone));

		*gone = (Pool)POOL_SYSTEM_INIT("gone");
		CHECK(poolalloc(gone, 100) != NULL);
		poolreset(gone);
		memset(gone, 0xFF, sizeof(*gone));
		free(gone);
	}
	fork_often(5);
}
