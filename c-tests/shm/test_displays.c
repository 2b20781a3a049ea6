/* Several compositors, and compositors that end in the middle of something. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <wayland-client.h>

#include "compositor/session.h"
#include "support/runner.h"

#define COOKIE 77
#define WIDTH 64
#define HEIGHT 48

static struct compositor_counts counts(const struct session *session)
{
	return compositor_counts(session->compositor);
}

/* --- one cookie, two compositors -------------------------------------------------------------------------------- */

TEST(equal_cookies_of_two_displays_are_kept_apart)
{
	struct session one = session_start(RELEASE_AT_ONCE), two = session_start(RELEASE_AT_ONCE);

	for (unsigned frame = 0; frame < 20; frame++) {
		struct buffer *first = session_get(&one, WIDTH, HEIGHT, COOKIE, true);

		buffer_fill(first, frame);
		session_show(&one, first);
		struct buffer *second = session_get(&two, WIDTH, HEIGHT, COOKIE, true); /* the first is idle */

		CHECK(second != first);
		CHECK_EQUAL(second->age, frame == 0 ? 1234 : 0);
		CHECK(buffer_is_all(second, frame == 0 ? 0 : 1000 + frame - 1));
		buffer_fill(second, 1000 + frame);
		session_show(&two, second);
		CHECK(buffer_is_all(first, frame));
		CHECK_EQUAL(compositor_frame(one.compositor).pixels[0], frame);
		CHECK_EQUAL(compositor_frame(two.compositor).pixels[0], 1000 + frame);
	}
	CHECK(counts(&one).pools_made > 0 && counts(&two).pools_made > 0);
	shm_fini();
	session_stop(&one);
	session_stop(&two);
}

TEST(purge_is_for_one_display)
{
	struct session one = session_start(RELEASE_AT_ONCE), two = session_start(RELEASE_AT_ONCE);
	struct buffer *stays = session_frame(&two, WIDTH, HEIGHT, COOKIE, true, 2);

	session_frame(&one, WIDTH, HEIGHT, COOKIE, true, 1);
	shm_purge(one.shm, COOKIE);
	CHECK(compositor_pump(one.compositor) && compositor_pump(two.compositor));
	CHECK_EQUAL(counts(&one).buffers_live, 0);
	CHECK_EQUAL(counts(&two).buffers_live, 1);
	CHECK(shm_can_scroll(stays) && buffer_is_all(stays, 2));
	CHECK(session_get(&two, WIDTH, HEIGHT, COOKIE, true) == stays);
	shm_fini();
	session_stop(&one);
	session_stop(&two);
}

TEST(one_display_may_die_while_another_lives)
{
	struct session lives = session_start(RELEASE_ON_REPLACE);
	struct messages messages;

	messages_catch(&messages);
	for (unsigned message = 5; message < 60; message += 9) {
		struct session dies = session_start_with(&(struct compositor_options){
			.policy = RELEASE_ON_REPLACE, .dies_at_message = message });

		for (unsigned frame = 0; frame < 20; frame++) {
			struct buffer *buffer = session_get(&dies, WIDTH, HEIGHT, COOKIE, true);

			buffer_fill(buffer, 1);
			buffer->age = 0;
			window_show(&dies.window, buffer->wl_buf);
			session_frame(&lives, WIDTH, HEIGHT, COOKIE, true, frame);
		}
		shm_fini();
		session_stop(&dies);
	}
	CHECK(compositor_pump(lives.compositor));
	CHECK_EQUAL(messages.errors, 0);
	messages_stop();
	session_stop(&lives);
}

/* A program that goes on for a while after the end, as programs do until they read the error. */
static void live_and_die(struct session *session)
{
	unsigned frames_after_death = 0;

	for (unsigned frame = 0; frame < 200 && frames_after_death < 12; frame++) {
		unsigned long cookie = COOKIE + frame % 5 % 3;
		struct buffer *buffer =
			shm_get_buffer(session->shm, WIDTH + (int)(frame / 11), HEIGHT, cookie, frame % 3 != 1, 2);

		CHECK(buffer != NULL);
		if (shm_can_scroll(buffer))
			for (int i = 0; i < 3; i++)
				CHECK(shm_scroll(session->shm, buffer, i % 2 == 0 ? 3 : -2, 0, 2, 0, 0));
		buffer_fill(buffer, frame);
		buffer->age = 0;
		frames_after_death += !window_show(&session->window, buffer->wl_buf);
		if (frame % 7 == 6)
			shm_purge(session->shm, cookie);
	}
	CHECK(frames_after_death > 0);
}

/* --- connections that end before others ------------------------------------------------------------------------- */

/* A program's normal end of one connection: nothing of millpond is called for it afterwards. */
static void end_connection(struct session *session)
{
	window_close(&session->window);
	compositor_stop(session->compositor);
}

static void end_before(struct session *ends, struct session *lives)
{
	end_connection(ends);
	for (unsigned frame = 0; frame < 40; frame++)
		session_frame(lives, WIDTH, HEIGHT + (int)frame % 3, COOKIE + 1, true, frame);
	shm_fini();
	session_stop(lives);
}

/* Two displays; the first one's buffers are purged, then its connection ends. */
static void purge_and_disconnect(enum release_policy policy, bool is_released_after_purge)
{
	struct session ends = session_start(policy), lives = session_start(RELEASE_ON_REPLACE);

	for (unsigned frame = 0; frame < 5; frame++) {
		session_frame(&ends, WIDTH, HEIGHT, COOKIE, true, frame);
		session_frame(&lives, WIDTH, HEIGHT, COOKIE + 1, true, frame);
	}
	CHECK(shm_scroll(ends.shm, session_get(&ends, WIDTH, HEIGHT, COOKIE, true), 3, 0, 0, 0, 0));
	shm_purge(ends.shm, COOKIE);
	if (is_released_after_purge) {
		compositor_release_all(ends.compositor);
		CHECK(compositor_pump(ends.compositor));
	}
	end_before(&ends, &lives);
}

TEST(a_connection_may_end_after_its_cookies_were_purged)
{
	for (int policy = RELEASE_AT_ONCE; policy <= RELEASE_BY_HAND; policy++)
		for (int is_released = 0; is_released < 2; is_released++) {
			struct runner_outcome outcome;

			IN_CHILD(&outcome, 20)
				purge_and_disconnect((enum release_policy)policy, is_released != 0);
			CHECK_CHILD_WELL(&outcome);
		}
}

/* As the original's programs do it: nothing is held when they purge. */
TEST(a_connection_may_end_when_all_was_released_and_purged)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		struct session ends = session_start(RELEASE_AT_ONCE), lives = session_start(RELEASE_AT_ONCE);

		for (unsigned frame = 0; frame < 5; frame++) {
			session_frame(&ends, WIDTH, HEIGHT, COOKIE, true, frame);
			session_frame(&lives, WIDTH, HEIGHT, COOKIE + 1, true, frame);
		}
		shm_purge(ends.shm, COOKIE);
		end_before(&ends, &lives);
	}
	CHECK_CHILD_WELL(&outcome);
}

TEST(forget_ends_one_display)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		struct session ends = session_start(RELEASE_NEVER), lives = session_start(RELEASE_ON_REPLACE);

		for (unsigned frame = 0; frame < 10; frame++) {
			session_frame(&ends, WIDTH, HEIGHT, COOKIE + frame % 3, frame % 2 == 0, frame);
			session_frame(&lives, WIDTH, HEIGHT, COOKIE, true, frame);
		}
		shm_forget(ends.shm);
		CHECK(compositor_pump(ends.compositor));
		CHECK_EQUAL(counts(&ends).buffers_live, 0);
		CHECK_EQUAL(counts(&ends).pools_live, 0);
		shm_forget(ends.shm); /* nothing is left */
		end_connection(&ends);
		CHECK(counts(&lives).buffers_live > 0);
		session_frame(&lives, WIDTH, HEIGHT, COOKIE, true, 1);
		shm_forget(NULL);
		session_stop(&lives);
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, 0);
}

TEST(forget_ends_a_display_whose_connection_has_failed)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		struct runner_resources before = runner_count_resources();
		struct session dies = session_start_with(&(struct compositor_options){ .dies_at_message = 30 });
		struct session lives = session_start(RELEASE_ON_REPLACE);

		live_and_die(&dies);
		shm_forget(dies.shm);
		end_connection(&dies);
		session_frame(&lives, WIDTH, HEIGHT, COOKIE, true, 1);
		session_stop(&lives);
		CHECK_SAME_RESOURCES(before);
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, 0);
}

/* A program that forgets may go on with the same wl_shm. */
TEST(buffers_may_be_asked_for_after_forget)
{
	struct session session = session_start(RELEASE_ON_REPLACE);

	for (unsigned round = 0; round < 5; round++) {
		CHECK_EQUAL(session_frame(&session, WIDTH, HEIGHT, COOKIE, true, round)->age, 0);
		CHECK(session_get(&session, WIDTH, HEIGHT, COOKIE, true)->age == 1234);
		shm_forget(session.shm);
		CHECK(compositor_pump(session.compositor));
		CHECK_EQUAL(counts(&session).buffers_live, 0);
	}
	session_stop(&session);
}

/* Clients connect again and again; the allocator gives them old addresses. */
TEST(a_wl_shm_at_an_old_address_is_a_new_display)
{
	struct wl_shm *old[50];
	unsigned again = 0;

	for (unsigned round = 0; round < 50; round++) {
		struct session session = session_start(RELEASE_ON_REPLACE);

		old[round] = session.shm;
		for (unsigned i = 0; i < round; i++)
			again += old[i] == session.shm;
		CHECK(session_get(&session, WIDTH, HEIGHT, COOKIE, true)->age == 1234);
		session_frame(&session, WIDTH, HEIGHT, COOKIE, true, round);
		CHECK_EQUAL(counts(&session).buffers_made, 2);
		if (round % 2 == 0)
			shm_purge(session.shm, COOKIE);
		else
			shm_forget(session.shm);
		end_connection(&session);
	}
	shm_fini();
	if (again == 0)
		SKIP("this allocator gives no address twice");
}

/* --- threads ---------------------------------------------------------------------------------------------------- */

struct worker {
	pthread_t thread;
	pthread_barrier_t *start;
	struct session session;
	unsigned number;
};

static void *work(void *user)
{
	struct worker *worker = user;
	struct session *session = &worker->session;

	pthread_barrier_wait(worker->start);
	for (unsigned frame = 0; frame < 300; frame++) {
		unsigned colour = worker->number << 16 | frame;
		int height = HEIGHT + (int)(frame / 60);
		struct buffer *buffer = session_get(session, WIDTH, height, COOKIE + frame % 3, frame % 2 == 0);

		if (frame % 2 == 0)
			CHECK(shm_scroll(session->shm, buffer, 5, 0, 0, 0, 0));
		buffer_fill(buffer, colour);
		session_show(session, buffer);
		CHECK_EQUAL(compositor_frame(session->compositor).pixels[WIDTH * height - 1], colour);
		if (frame % 40 == 39)
			shm_purge(session->shm, COOKIE + frame % 3);
		CHECK(shm_get_buffer(session->shm, 0, 1, COOKIE, false, 1) == NULL); /* messages meet, too */
	}
	return NULL;
}

static void drop_message(int level, const char *message, void *user)
{
	(void)user;
	CHECK(level >= SHM_LOG_ERROR && message[0] != '\0');
}

TEST(displays_live_in_threads_of_their_own)
{
	enum { WORKERS = 4 };
	struct worker workers[WORKERS];
	pthread_barrier_t start;

	shm_set_log_handler(drop_message, NULL);
	CHECK(pthread_barrier_init(&start, NULL, WORKERS) == 0);
	for (unsigned i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){ .start = &start, .number = i + 1 };
		workers[i].session = session_start(i % 2 == 0 ? RELEASE_ON_REPLACE : RELEASE_LATE);
	}
	for (unsigned i = 0; i < WORKERS; i++)
		CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
	for (unsigned i = 0; i < WORKERS; i++)
		CHECK(pthread_join(workers[i].thread, NULL) == 0);
	pthread_barrier_destroy(&start);
	shm_fini();
	for (unsigned i = 0; i < WORKERS; i++)
		session_stop(&workers[i].session);
	shm_set_log_handler(NULL, NULL);
}

/* --- compositors that die --------------------------------------------------------------------------------------- */

/* Each request in turn is the last one. Where everything is slow, not each. */
TEST(a_compositor_may_die_at_any_message)
{
	unsigned step = getenv("MILLPOND_TEST_PATIENCE") != NULL ? 11 : 1;

	for (unsigned message = 1; message <= 300; message += step) {
		struct runner_outcome outcome;

		IN_CHILD(&outcome, 20) {
			struct runner_resources before = runner_count_resources();
			struct compositor_options options = { .policy = (enum release_policy)(message % 7),
							      .late_commits = 2, .dies_at_message = message };
			struct session session = session_start_with(&options);

			live_and_die(&session);
			CHECK_EQUAL(counts(&session).requests, message);
			session_stop(&session);
			CHECK_SAME_RESOURCES(before);
		}
		CHECK_CHILD_WELL(&outcome);
		CHECK(strstr(outcome.text, "error") == NULL);
	}
}

TEST(a_compositor_may_refuse_pools)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) { /* libwayland-client says on stderr what the compositor said */
		struct runner_resources before = runner_count_resources();
		struct session session = session_start_with(&(struct compositor_options){ .refuses_pools = true });

		live_and_die(&session);
		CHECK(compositor_protocol_error(session.compositor) != NULL);
		shm_fini();
		window_close(&session.window);
		compositor_stop(session.compositor);
		CHECK_SAME_RESOURCES(before);
	}
	CHECK_CHILD_WELL(&outcome);
}

TEST(fini_works_after_the_connection_is_gone)
{
	struct session session = session_start_with(&(struct compositor_options){ .dies_at_message = 30 });

	live_and_die(&session);
	shm_fini();
	shm_fini();
	session_stop(&session);
}
