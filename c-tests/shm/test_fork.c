/* Programs that fork while other threads are inside the functions of shm.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "compositor/session.h"
#include "support/runner.h"

#define FORKS 300
#define COOKIE 5
#define CHILD_SECONDS 10
#define SIDE 64

static atomic_bool is_over;

static void ignore(int level, const char *text, void *user)
{
	(void)level;
	(void)text;
	(void)user;
}

/* What has something to say, and what looks into the list of all buffers. */
static void fail(void)
{
	static struct buffer no_buffer;

	shm_set_log_handler(ignore, NULL);
	CHECK(shm_get_buffer(NULL, SIDE, SIDE, COOKIE, true, 1) == NULL);
	CHECK(!shm_can_scroll(&no_buffer));
}

static void *hammer_failing_calls(void *argument)
{
	(void)argument;
	while (!is_over)
		fail();
	return NULL;
}

/* Each size is new, so buffers come and go. */
static void *hammer_buffers(void *argument)
{
	struct session *session = argument;

	for (int size = 0; !is_over; size = (size + 1) % 50)
		session_frame(session, SIDE + size, SIDE, COOKIE, true, 1);
	return NULL;
}

/* In the child nobody else is there, and what it asks for stays on its side of the connection. */
static void use_in_child(const struct session *session)
{
	runner_set_limit(CHILD_SECONDS);
	fail();
	for (int size = 1; size <= 4; size++)
		CHECK(shm_can_scroll(session_get(session, SIDE + size, SIDE, COOKIE, true)));
	shm_purge(session->shm, COOKIE);
	_exit(EXIT_SUCCESS);
}

static void fork_often(const struct session *session)
{
	for (int i = 0; i < FORKS; i++) {
		pid_t child = fork();

		if (child == 0)
			use_in_child(session);
		CHECK_FORKED_WELL(child);
	}
}

TEST(a_child_of_a_fork_does_not_wait_for_threads_that_it_does_not_have)
{
	struct session own = session_start(RELEASE_AT_ONCE), other = session_start(RELEASE_AT_ONCE);
	pthread_t failing, buffers;

	shm_set_log_handler(ignore, NULL);
	session_frame(&own, SIDE, SIDE, COOKIE, true, 1);
	CHECK_EQUAL(pthread_create(&failing, NULL, hammer_failing_calls, NULL), 0);
	CHECK_EQUAL(pthread_create(&buffers, NULL, hammer_buffers, &other), 0);
	fork_often(&own);
	is_over = true;
	CHECK_EQUAL(pthread_join(failing, NULL), 0);
	CHECK_EQUAL(pthread_join(buffers, NULL), 0);
	session_stop(&own);
	session_stop(&other);
}

/* --- functions that the program has run by fork() ----------------------------------------------------------------- */

static atomic_uint calls_in_fork;

static void call_in_fork(void)
{
	fail();
	calls_in_fork++;
}

/* Of those that were there before the library's own, some run when fork() has stopped the library already. */
TEST(functions_that_fork_runs_may_call_the_library)
{
	CHECK_EQUAL(pthread_atfork(call_in_fork, call_in_fork, call_in_fork), 0);
	fail();
	CHECK_EQUAL(pthread_atfork(call_in_fork, call_in_fork, call_in_fork), 0);
	pid_t child = fork();

	runner_set_limit(CHILD_SECONDS);
	CHECK(child >= 0);
	CHECK_EQUAL(calls_in_fork, 4);
	if (child == 0) {
		fail();
		_exit(EXIT_SUCCESS);
	}
	CHECK_FORKED_WELL(child);
	fail();
}

/* However many threads make the first call. */
static void *first_call(void *argument)
{
	pthread_barrier_wait(argument);
	fail();
	return NULL;
}

/* A child, its child, and so on. */
static void fork_down(unsigned depth)
{
	pid_t child;

	if (depth == 0)
		return;
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		runner_set_limit(CHILD_SECONDS);
		fail();
		fork_down(depth - 1);
		_exit(EXIT_SUCCESS);
	}
	CHECK_FORKED_WELL(child);
	fail();
}

TEST(forks_work_after_first_calls_in_many_threads_at_once)
{
	pthread_barrier_t barrier;
	pthread_t threads[8];

	CHECK_EQUAL(pthread_barrier_init(&barrier, NULL, 8), 0);
	for (int i = 0; i < 8; i++)
		CHECK_EQUAL(pthread_create(&threads[i], NULL, first_call, &barrier), 0);
	for (int i = 0; i < 8; i++)
		CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
	fork_down(3);
}
