/* One thread has a system pool nearly for itself, and another comes between. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "pool/system/churn.h"
#include "support/refuse_calls.h"
#include "support/runner.h"
#include "support/sanitizers.h"

static void *wait_for_end(void *unused)
{
	while (!is_over)
		sched_yield();
	return unused;
}

#define CALLS_UNTIL_FAVOURED 5000

/* The thread that takes a lock most is sent away by a call of the system, which a sandbox may refuse from some time on. */
TEST(a_sandbox_that_begins_late_is_no_obstacle)
{
	pthread_t idle, other;

	start(&idle, wait_for_end, 0);
	churn(&pool, 1, ROUNDS, 1000);
	refuse_membarrier(EPERM);
	start(&other, churn_in_thread, 2);
	churn(&pool, 3, ROUNDS, 1000);
	join(&other, 1);
	is_over = true;
	join(&idle, 1);
	poolcheck(&pool);
}

/* A barrier is for threads: only the C library says without a call whether there are others, and not each one does. */
TEST(a_process_of_one_thread_asks_for_no_barrier)
{
#if HAS_THREAD_SANITIZER
	SKIP("ThreadSanitizer has a thread of its own");
#elif defined(__GLIBC__) && defined(__x86_64__) && defined(__LP64__)
	end_at_membarrier();
	for (int i = 0; i < CALLS_UNTIL_FAVOURED; i++)
		poolfree(&pool, poolalloc(&pool, 100));
	/* The locks of pools have a lock. */
	for (int i = 0; i < CALLS_UNTIL_FAVOURED; i++)
		pooldestroy(poolsystem("made"));
	churn(&pool, 1, ROUNDS, 1000);
	poolcheck(&pool);
#else
	SKIP("the library does not know here that there is one thread");
#endif
}

static unsigned unlocks;

static void unlock_and_count(Pool *favouring)
{
	poolsystem_unlock(favouring);
	unlocks++;
}

static void use_often(void)
{
	for (int i = 0; i < CALLS_UNTIL_FAVOURED; i++)
		poolfree(&pool, poolalloc(&pool, 100));
}

/* A function that a program puts in is called, also where the lock favours the thread. */
TEST(a_favourite_gives_back_as_the_program_says)
{
	pthread_t idle;

	start(&idle, wait_for_end, 0);
	use_often();
	pool.unlock = unlock_and_count;
	poolfree(&pool, poolalloc(&pool, 100));
	CHECK_EQUAL(unlocks, 2);
	pool.unlock = poolsystem_unlock;
	use_often();
	CHECK_EQUAL(unlocks, 2);
	is_over = true;
	join(&idle, 1);
	poolcheck(&pool);
}

TEST(a_copy_of_a_pool_whose_lock_favours_a_thread_is_noticed)
{
	pthread_t idle;
	Pool copy;

	start(&idle, wait_for_end, 0);
	use_often();
	copy = pool;
	EXPECT_ABORT("bad private: pool") {
		pthread_t another;

		start(&another, wait_for_end, 0);
		poolalloc(&copy, 1);
	}
	is_over = true;
	join(&idle, 1);
}

static atomic_bool is_inside;

static void *use_when_another_is_inside(void *argument)
{
	(void)argument;
	while (!is_inside)
		sched_yield();
	churn(&pool, 1, 100, 3000);
	return NULL;
}

/* Until the other thread waits. */
static void let_the_other_wait(void)
{
	is_inside = true;
	usleep(20000);
}

static pid_t forked = -1;

static int fork_while_the_other_waits(void *unused, const struct poolpart *part)
{
	(void)part;
	(void)unused;
	let_the_other_wait();
	forked = fork();
	return 1;
}

TEST(a_thread_may_fork_inside_of_a_pool_that_another_waits_for)
{
	pthread_t thread;

	start(&thread, use_when_another_is_inside, 0);
	use_often();
	CHECK_EQUAL(poolwalk(&pool, fork_while_the_other_waits, NULL), 1);
	if (forked == 0) {
		runner_set_limit(CHILD_SECONDS);
		use_often();
		start(&thread, churn_in_thread, 7);
		use_often();
		join(&thread, 1);
		poolcheck(&pool);
		_exit(EXIT_SUCCESS);
	}
	CHECK_FORKED_WELL(forked);
	join(&thread, 1);
	use_often();
	poolcheck(&pool);
}

static int let_the_other_wait_inside(void *visits, const struct poolpart *part)
{
	(void)part;
	let_the_other_wait();
	*(size_t *)visits += 1;
	poolfree(&pool, poolalloc(&pool, 100));
	return 1;
}

/* The other comes in when the first is out, and not before. */
TEST(a_thread_waits_for_one_that_has_had_the_pool_for_long)
{
	size_t visits = 0;
	pthread_t thread;
	int nfree;

	start(&thread, use_when_another_is_inside, 0);
	use_often();
	nfree = pool.nfree;
	CHECK_EQUAL(poolwalk(&pool, let_the_other_wait_inside, &visits), 1);
	CHECK_EQUAL(visits, 1);
	join(&thread, 1);
	CHECK(pool.nfree > nfree + 1);
	poolcheck(&pool);
	CHECK_EQUAL(pool.curalloc, 0);
}
