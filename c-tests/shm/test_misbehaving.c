/*
 * Compositors that do not behave: errors at any message, formats that are refused, releases of what is not there, requests
 * that nobody reads. And with each policy of releasing, what we send keeps the protocol's rules.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <wayland-client.h>

#include "compositor/session.h"
#include "support/random.h"
#include "support/runner.h"

#define COOKIE 45
#define POLICIES (RELEASE_BY_HAND + 1)

/* What libwayland-client says of protocol errors. */
static void ignore_text(const char *format, va_list arguments)
{
	(void)format, (void)arguments;
}

static void ignore_message(int level, const char *message, void *user)
{
	(void)level, (void)message, (void)user;
}

static void be_quiet(void)
{
	wl_log_set_handler_client(ignore_text);
	shm_set_log_handler(ignore_message, NULL);
}

static void scroll(const struct session *session, struct buffer *buffer, uint64_t *state)
{
	for (unsigned i = 0; i < 3; i++) {
		int rows = 1 + (int)random_below(state, (unsigned long)buffer->height - 1);

		shm_scroll(session->shm, buffer, random_below(state, 2) == 0 ? rows : -rows, 0, 0, 0, 0);
	}
}

/* One frame of a program with several groups, sizes and scrolls. */
static bool draw_frame(const struct session *session, uint64_t *state, uint32_t colour)
{
	static const int sides[] = { 24, 24, 24, 25, 40, 300 };
	unsigned long cookie = COOKIE + random_below(state, 3);
	int side = sides[random_below(state, 40) == 0 ? 5 : random_below(state, 5)];
	struct buffer *buffer = shm_get_buffer(session->shm, side, side, cookie, cookie != COOKIE, 1);

	CHECK(buffer != NULL);
	if (random_below(state, 2) == 0)
		scroll(session, buffer, state);
	buffer_fill(buffer, colour);
	pixman_region32_union_rect(&buffer->dirty, &buffer->dirty, 0, 0, (unsigned)side, (unsigned)side);
	buffer->age = 0;
	bool is_alive = window_show(&session->window, buffer->wl_buf);
	if (is_alive)
		CHECK_EQUAL(compositor_frame(session->compositor).pixels[side * side - 1], colour);
	if (random_below(state, 20) == 0)
		shm_purge(session->shm, cookie);
	return is_alive;
}

static void give_some_back(const struct session *session, uint64_t *state)
{
	switch (random_below(state, 4)) {
	case 0:
		compositor_release_newest(session->compositor);
		break;
	case 1:
		compositor_release_all(session->compositor);
		break;
	default:
		compositor_release_oldest(session->compositor);
	}
}

/* --- what is sent ------------------------------------------------------------------------------------------------- */

/* session_stop() looks whether a rule was broken, or a held buffer changed. */
static void live_with(enum release_policy policy, unsigned frames)
{
	struct session session = session_start(policy);
	uint64_t state = 7000 + (uint64_t)policy;

	for (unsigned frame = 0; frame < frames; frame++) {
		CHECK(draw_frame(&session, &state, frame));
		if (policy == RELEASE_BY_HAND)
			give_some_back(&session, &state);
	}
	CHECK(compositor_counts(session.compositor).buffers_made > 0);
	session_stop(&session);
}

TEST(what_is_sent_keeps_the_rules_whenever_buffers_are_released)
{
	be_quiet();
	for (int policy = 0; policy < POLICIES; policy++)
		live_with((enum release_policy)policy, 400);
}

/* --- two at once, and one for each thread ------------------------------------------------------------------------- */

TEST(compositors_of_all_policies_live_side_by_side)
{
	struct session sessions[POLICIES];
	uint64_t state = 99;

	be_quiet();
	for (int policy = 0; policy < POLICIES; policy++)
		sessions[policy] = session_start((enum release_policy)policy);
	for (unsigned frame = 0; frame < 1500; frame++) {
		const struct session *session = &sessions[random_below(&state, POLICIES)];

		CHECK(draw_frame(session, &state, frame));
		if (random_below(&state, 10) == 0)
			give_some_back(&sessions[random_below(&state, POLICIES)], &state);
	}
	for (int policy = 0; policy < POLICIES; policy++)
		CHECK(compositor_pump(sessions[policy].compositor));
	shm_fini();
	for (int policy = 0; policy < POLICIES; policy++)
		session_stop(&sessions[policy]);
}

struct worker {
	pthread_t thread;
	struct session session;
	uint64_t state;
};

static void *draw_frames(void *user)
{
	struct worker *worker = user;

	for (unsigned frame = 0; frame < 200; frame++)
		CHECK(draw_frame(&worker->session, &worker->state, frame));
	return NULL;
}

TEST(compositors_of_all_policies_live_in_threads)
{
	struct worker workers[POLICIES];

	be_quiet();
	for (int policy = 0; policy < POLICIES; policy++)
		workers[policy] = (struct worker){ .session = session_start((enum release_policy)policy),
						   .state = 500 + (uint64_t)policy };
	for (int policy = 0; policy < POLICIES; policy++)
		CHECK(pthread_create(&workers[policy].thread, NULL, draw_frames, &workers[policy]) == 0);
	for (int policy = 0; policy < POLICIES; policy++)
		CHECK(pthread_join(workers[policy].thread, NULL) == 0);
	shm_fini();
	for (int policy = 0; policy < POLICIES; policy++)
		session_stop(&workers[policy].session);
}

/* --- errors ------------------------------------------------------------------------------------------------------- */

/* A program that goes on for a while after the end, and then ends; false if it never came. */
static bool live_and_end(const struct compositor_options *options, uint64_t seed)
{
	struct runner_resources before = runner_count_resources();
	struct session session = session_start_with(options);
	unsigned frames_after_end = 0;

	for (unsigned frame = 0; frame < 150 && frames_after_end < 8; frame++)
		frames_after_end += !draw_frame(&session, &seed, frame);
	CHECK(compositor_broken_rule(session.compositor) == NULL);
	CHECK_EQUAL(compositor_counts(session.compositor).held_changed, 0);
	shm_fini();
	CHECK((compositor_protocol_error(session.compositor) != NULL) == (frames_after_end > 0));
	window_close(&session.window);
	compositor_stop(session.compositor);
	CHECK_SAME_RESOURCES(before);
	return frames_after_end > 0;
}

/* Where everything is slow, not at each. */
TEST(a_compositor_may_raise_an_error_at_any_message)
{
	unsigned step = getenv("MILLPOND_TEST_PATIENCE") != NULL ? 11 : 1;

	be_quiet();
	for (unsigned message = 2; message <= 200; message += step)
		CHECK(live_and_end(&(struct compositor_options){ .policy = (enum release_policy)(message % POLICIES),
								 .late_commits = 2, .errs_at_message = message }, message));
}

TEST(a_compositor_may_refuse_all_formats)
{
	be_quiet();
	CHECK(live_and_end(&(struct compositor_options){ .refuses_formats = true }, 1));
}

/* --- releases ----------------------------------------------------------------------------------------------------- */

/* They cross: the release is on its way when the buffer goes. */
TEST(a_release_may_arrive_for_a_buffer_that_is_gone)
{
	struct session session = session_start(RELEASE_BY_HAND);
	uint64_t state = 5;

	be_quiet();
	for (unsigned frame = 0; frame < 200; frame++) {
		CHECK(draw_frame(&session, &state, frame));
		if (frame % 3 != 2)
			continue;
		compositor_release_all(session.compositor);
		switch (frame % 4) {
		case 0:
			shm_fini();
			break;
		case 1:
			shm_forget(session.shm);
			break;
		default:
			for (unsigned long cookie = COOKIE; cookie < COOKIE + 3; cookie++)
				shm_purge(session.shm, cookie);
		}
		CHECK(compositor_pump(session.compositor));
	}
	session_stop(&session);
}

/* As libwayland does when one arrives. */
static void arrive_release(struct wl_buffer *released)
{
	const struct wl_buffer_listener *listener = wl_proxy_get_listener((struct wl_proxy *)released);

	listener->release(wl_buffer_get_user_data(released), released);
}

/* A second release comes when the buffer is in use again, and has moved on: it is none of what is attached now. */
TEST(a_late_release_of_what_was_attached_before_a_scroll_ends_no_hold)
{
	struct session session = session_start(RELEASE_BY_HAND);
	struct buffer *buffer = session_frame(&session, 60, 400, COOKIE, true, 1), *another;
	struct wl_buffer *attached = buffer->wl_buf;

	CHECK(compositor_release_oldest(session.compositor) && compositor_pump(session.compositor));
	CHECK(!buffer->busy);
	CHECK(session_get(&session, 60, 400, COOKIE, true) == buffer);
	CHECK(shm_scroll(session.shm, buffer, 3, 0, 0, 0, 0));
	CHECK(buffer->wl_buf != attached);
	arrive_release(attached);
	CHECK(buffer->busy);
	buffer_fill(buffer, 2);
	session_show(&session, buffer);
	arrive_release(attached);
	another = session_frame(&session, 60, 400, COOKIE, true, 3);
	CHECK(another != buffer && buffer->busy && buffer_is_all(buffer, 2));
	compositor_release_all(session.compositor);
	CHECK(compositor_pump(session.compositor));
	CHECK(!buffer->busy && !another->busy);
	session_stop(&session);
}

/* --- requests that nobody reads ----------------------------------------------------------------------------------- */

/* The socket fills; libwayland then ends the connection by itself, or keeps what does not fit. */
TEST(a_compositor_may_stop_reading)
{
	struct runner_resources before = runner_count_resources();
	struct session session = session_start(RELEASE_ON_REPLACE);

	be_quiet();
	shm_set_error_mode(SHM_ERRORS_RETURN);
	for (unsigned frame = 0; frame < 3000; frame++) {
		struct buffer *buffer =
			shm_get_buffer(session.shm, 20 + (int)(frame % 7), 20, COOKIE + frame % 2, frame % 3 == 0, 1);

		if (buffer == NULL)
			continue;
		buffer_fill(buffer, frame);
		CHECK(buffer_is_all(buffer, frame));
		buffer->age = 0;
		window_commit(&session.window, buffer->wl_buf);
		wl_display_flush(compositor_client(session.compositor));
		if (frame % 50 == 49)
			shm_purge(session.shm, COOKIE);
	}
	CHECK(runner_count_resources().descriptors <= before.descriptors + 200);
	shm_fini();
	CHECK(compositor_broken_rule(session.compositor) == NULL);
	window_close(&session.window);
	compositor_stop(session.compositor);
	CHECK_SAME_RESOURCES(before);
}
