/* System pools in many threads, and fork() while others are inside. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pool.h"
#include "support/random.h"
#include "support/refuse_calls.h"
#include "support/runner.h"

#define THREADS 8
#define SLOTS 64
#define ROUNDS 50000
#define FORKS 150
#define CHILD_SECONDS 10

static Pool pool = POOL_SYSTEM_INIT("threads"), other_pool = POOL_SYSTEM_INIT("other");
static atomic_bool is_over;

static bool is_filled(const unsigned char *block, unsigned char value, size_t bytes)
{
	return bytes == 0 || (block[0] == value && memcmp(block, block + 1, bytes - 1) == 0);
}

/* Holds blocks filled with their slot's number, and looks after them. Stops early when the test is over. */
static void churn(Pool *used, uint64_t seed, unsigned rounds, size_t bytes_max)
{
	unsigned char *blocks[SLOTS] = { 0 };
	size_t sizes[SLOTS] = { 0 };

	for (unsigned i = 0; i < rounds && !is_over; i++) {
		uint64_t random = random_word(&seed);
		unsigned slot = random % SLOTS;
		size_t bytes = 1 + (random >> 20) % bytes_max;

		CHECK(is_filled(blocks[slot], (unsigned char)slot, sizes[slot]));
		switch (random >> 60) {
		case 0:
			poolfree(used, blocks[slot]);
			CHECK((blocks[slot] = poolallocalign(used, bytes, 64, 0, 0)) != NULL);
			break;
		case 1: case 2: case 3:
			CHECK((blocks[slot] = poolrealloc(used, blocks[slot], bytes)) != NULL);
			CHECK(is_filled(blocks[slot], (unsigned char)slot, bytes < sizes[slot] ? bytes : sizes[slot]));
			break;
		case 4: case 5: case 6: case 7:
			poolfree(used, blocks[slot]);
			CHECK((blocks[slot] = poolzalloc(used, bytes)) != NULL);
			CHECK(is_filled(blocks[slot], 0, bytes));
			break;
		default:
			poolfree(used, blocks[slot]);
			CHECK((blocks[slot] = poolalloc(used, bytes)) != NULL);
		}
		sizes[slot] = bytes;
		memset(blocks[slot], (int)slot, bytes);
	}
	for (unsigned slot = 0; slot < SLOTS; slot++)
		poolfree(used, blocks[slot]);
}

static void *churn_in_thread(void *seed)
{
	churn(&pool, (uintptr_t)seed, ROUNDS, 3000);
	return NULL;
}

static void start(pthread_t *thread, void *(*work)(void *), uintptr_t argument)
{
	CHECK_EQUAL(pthread_create(thread, NULL, work, (void *)argument), 0);
}

static void join(pthread_t *threads, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
}

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

static void *wait_for_end(void *unused)
{
	while (!is_over)
		sched_yield();
	return unused;
}

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

static void *make_and_destroy(void *seed)
{
	for (uintptr_t i = 0; i < 300; i++) {
		Pool *made = poolsystem("made");

		CHECK(made != NULL);
		churn(made, (uintptr_t)seed + i, 50, 3000);
		pooldestroy(made);
	}
	return NULL;
}

TEST(threads_make_and_destroy_pools)
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		start(&threads[i], make_and_destroy, i + 1);
	join(threads, THREADS);
}

/* --- fork() ------------------------------------------------------------------------------------------------------- */

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

/* --- one thread that has a pool nearly for itself ------------------------------------------------------------------ */

#define CALLS_UNTIL_FAVOURED 5000

static atomic_bool is_inside;

static void *use_when_another_is_inside(void *argument)
{
	(void)argument;
	while (!is_inside)
		sched_yield();
	churn(&pool, 1, 100, 3000);
	return NULL;
}

static void use_often(void)
{
	for (int i = 0; i < CALLS_UNTIL_FAVOURED; i++)
		poolfree(&pool, poolalloc(&pool, 100));
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

/* --- functions of the program's that run in fork() ----------------------------------------------------------------- */

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
