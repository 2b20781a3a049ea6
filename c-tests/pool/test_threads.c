/* Threads that fail, end, and are inside the pool's functions while another one forks. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pool.h"
#include "support/mappings.h"
#include "support/runner.h"

#define FORKS 400
#define HAMMERS 3
#define CHILD_SECONDS 10
#define MANY_THREADS 200          /* more than the library has texts for by itself */
#define SHORT_THREADS 3000
#define SPAN_BYTES 64
#define TEXT_BYTES 200

static void free_arena(void *arena, unsigned long bytes)
{
	(void)bytes;
	free(arena);
}

/* Each pool is for one thread. The original calls these even if there are none. */
static void do_nothing(Pool *pool)
{
	(void)pool;
}

static void *take_arena(unsigned long bytes)
{
	return malloc(bytes);
}

static Pool new_pool(void)
{
	return (Pool){
		.name = "threads", .maxsize = 1 << 20, .quantum = 32,
		.alloc = take_arena, .free = free_arena, .lock = do_nothing, .unlock = do_nothing,
	};
}

static void fail(Pool *pool)
{
	CHECK(poolalloc(pool, ULONG_MAX) == NULL);
	CHECK(poolerror() != NULL);
	CHECK(poolrealloc(pool, NULL, ULONG_MAX) == NULL);
}

/* Leaves a text that only this number has. */
static void fail_as(Pool *pool, unsigned long number)
{
	CHECK(poolallocalign(pool, SPAN_BYTES + 1 + number, 0, 0, SPAN_BYTES) == NULL);
}

static bool is_text_of(const char *text, unsigned long number)
{
	char wanted[TEXT_BYTES];

	snprintf(wanted, sizeof(wanted), "cannot satisfy dsize %lu span %d with align 0+0", SPAN_BYTES + 1 + number,
		 SPAN_BYTES);
	return strcmp(text, wanted) == 0;
}

/* --- fork() ------------------------------------------------------------------------------------------------------- */

static atomic_bool is_over;

static void *fail_in_thread(void *pool)
{
	fail(pool);
	return NULL;
}

static void *hammer(void *argument)
{
	Pool pool = new_pool();

	(void)argument;
	while (!is_over)
		fail(&pool);
	return NULL;
}

/* Threads that fail for the first time. */
static void *hammer_with_new_threads(void *argument)
{
	Pool pool = new_pool();
	pthread_t thread;

	(void)argument;
	while (!is_over) {
		CHECK_EQUAL(pthread_create(&thread, NULL, fail_in_thread, &pool), 0);
		CHECK_EQUAL(pthread_join(thread, NULL), 0);
	}
	return NULL;
}

static void fork_often(Pool *pool)
{
	for (int i = 0; i < FORKS; i++) {
		pid_t child = fork();

		if (child == 0) {
			runner_set_limit(CHILD_SECONDS);
			fail(pool);
			_exit(EXIT_SUCCESS);
		}
		CHECK_FORKED_WELL(child);
	}
}

TEST(a_child_of_a_fork_does_not_wait_for_threads_that_it_does_not_have)
{
	pthread_t threads[HAMMERS + 1];
	Pool pool = new_pool();

	for (int i = 0; i < HAMMERS; i++)
		CHECK_EQUAL(pthread_create(&threads[i], NULL, hammer, NULL), 0);
	CHECK_EQUAL(pthread_create(&threads[HAMMERS], NULL, hammer_with_new_threads, NULL), 0);
	fork_often(&pool);
	is_over = true;
	for (int i = 0; i <= HAMMERS; i++)
		CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
}

static void *expect_no_text(void *argument)
{
	(void)argument;
	CHECK_EQUAL(strlen(poolerror()), 0);
	return NULL;
}

/* The child is the thread that forked; what was other threads' is nobody's there. */
static void *fork_in_thread(void *argument)
{
	Pool pool = new_pool();
	pid_t child;

	(void)argument;
	fail_as(&pool, 7);
	poolreset(&pool);
	child = fork();
	if (child == 0) {
		pthread_t threads[MANY_THREADS];

		CHECK(is_text_of(poolerror(), 7));
		for (int i = 0; i < MANY_THREADS; i++)
			CHECK_EQUAL(pthread_create(&threads[i], NULL, expect_no_text, NULL), 0);
		for (int i = 0; i < MANY_THREADS; i++)
			CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
		CHECK(is_text_of(poolerror(), 7));
		fail_as(&pool, 8);
		poolreset(&pool);
		CHECK(is_text_of(poolerror(), 8));
		_exit(EXIT_SUCCESS);
	}
	CHECK_FORKED_WELL(child);
	CHECK(is_text_of(poolerror(), 7));
	return NULL;
}

/* --- threads that come and go ------------------------------------------------------------------------------------- */

static pthread_barrier_t barrier;

struct failing_thread {
	pthread_t thread;
	unsigned long number;
	bool forks;
};

static void *fail_with_all_others(void *argument)
{
	struct failing_thread *self = argument;
	Pool pool = new_pool();
	const char *text;

	fail_as(&pool, self->number);
	poolreset(&pool);
	text = poolerror();
	CHECK(is_text_of(text, self->number));
	pthread_barrier_wait(&barrier);
	CHECK(is_text_of(text, self->number));
	CHECK(poolerror() == text);
	if (self->forks)
		fork_in_thread(NULL);
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void fail_in_many_threads(bool forks)
{
	static struct failing_thread threads[MANY_THREADS];

	CHECK_EQUAL(pthread_barrier_init(&barrier, NULL, MANY_THREADS), 0);
	for (unsigned long i = 0; i < MANY_THREADS; i++) {
		threads[i] = (struct failing_thread){ .number = i, .forks = forks && i == MANY_THREADS / 2 };
		CHECK_EQUAL(pthread_create(&threads[i].thread, NULL, fail_with_all_others, &threads[i]), 0);
	}
	for (unsigned long i = 0; i < MANY_THREADS; i++)
		CHECK_EQUAL(pthread_join(threads[i].thread, NULL), 0);
	CHECK_EQUAL(pthread_barrier_destroy(&barrier), 0);
}

TEST(hundreds_of_threads_have_a_text_each)
{
	fail_in_many_threads(false);
}

TEST(a_child_of_a_fork_knows_the_text_of_its_thread_and_no_other)
{
	fail_in_many_threads(true);
}

static void *expect_no_text_and_fail(void *pool)
{
	expect_no_text(NULL);
	fail(pool);
	return NULL;
}

static void fail_in_short_threads(Pool *pool, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		pthread_t thread;

		CHECK_EQUAL(pthread_create(&thread, NULL, expect_no_text_and_fail, pool), 0);
		CHECK_EQUAL(pthread_join(thread, NULL), 0);
	}
}

TEST(a_thread_that_has_ended_leaves_neither_its_text_nor_memory)
{
	Pool pool = new_pool();
	unsigned before;

	fail_in_short_threads(&pool, 1);
	before = count_mappings().count;
	fail_in_short_threads(&pool, SHORT_THREADS);
	CHECK(count_mappings().count < before + 20);
}
