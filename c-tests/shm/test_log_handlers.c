/* The handler of messages is changed while other threads have something to say. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "compositor/session.h"
#include "support/runner.h"

#define TALKERS 3
#define CHANGES 20000
#define COOKIE 5

struct listener {
	shm_log_handler handler;
	atomic_uint heard;
};

static atomic_bool is_over;
static struct listener listeners[2];

/* Each is called with what was set beside it. */
static void hear_first(int level, const char *text, void *user)
{
	CHECK(user == &listeners[0] && level >= SHM_LOG_ERROR && text[0] != '\0');
	listeners[0].heard++;
}

static void hear_second(int level, const char *text, void *user)
{
	CHECK(user == &listeners[1] && level >= SHM_LOG_ERROR && text[0] != '\0');
	listeners[1].heard++;
}

static void listen_with(unsigned number)
{
	shm_set_log_handler(listeners[number].handler, &listeners[number]);
}

/* Errors with and without a display, and what is said of buffers that come and go. */
static void *talk(void *argument)
{
	struct session *session = argument;

	for (int turn = 0; !is_over; turn = (turn + 1) % 20) {
		CHECK(shm_get_buffer(NULL, 1, 1, COOKIE, false, 1) == NULL);
		CHECK(shm_get_buffer(session->shm, 0, 1, COOKIE, false, 1) == NULL);
		session_frame(session, 20 + turn, 20, COOKIE, true, 1);
		if (turn == 19)
			shm_purge(session->shm, COOKIE);
	}
	return NULL;
}

TEST(a_handler_may_be_changed_while_others_talk)
{
	struct session sessions[TALKERS];
	pthread_t threads[TALKERS];
	unsigned changes = 0;

	listeners[0].handler = hear_first;
	listeners[1].handler = hear_second;
	listen_with(0);
	for (int i = 0; i < TALKERS; i++)
		sessions[i] = session_start(RELEASE_AT_ONCE);
	for (int i = 0; i < TALKERS; i++)
		CHECK_EQUAL(pthread_create(&threads[i], NULL, talk, &sessions[i]), 0);
	while (changes < CHANGES || listeners[0].heard < 100 || listeners[1].heard < 100)
		listen_with(++changes % 2);
	is_over = true;
	for (int i = 0; i < TALKERS; i++)
		CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
	for (int i = 0; i < TALKERS; i++)
		session_stop(&sessions[i]);
	shm_set_log_handler(NULL, NULL);
}
