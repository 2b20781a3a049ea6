/* What shm_get_buffer() has returned is there, however many a program has in hand or on a screen. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "compositor/session.h"
#include "support/runner.h"

#define COOKIE 77
#define WIDTH 64
#define HEIGHT 48
#define HELD_MAX 64

/* Each with its own colour, none shown. */
static void take(const struct session *session, struct buffer **buffers, unsigned count, int width, int height)
{
	for (unsigned i = 0; i < count; i++) {
		buffers[i] = session_get(session, width, height, COOKIE, i % 2 == 0);
		buffer_fill(buffers[i], 100 + i);
	}
}

static void check_are_apart(struct buffer *const *buffers, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		CHECK(buffers[i]->wl_buf != NULL);
		CHECK(buffer_is_all(buffers[i], 100 + i));
	}
}

/* No more descriptors are to be had, until the limit that is returned is set again. */
static struct rlimit take_descriptors(void)
{
	struct rlimit before, none;

	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	none = before;
	none.rlim_cur = 3;
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	return before;
}

TEST(eight_of_one_cookie_are_all_of_use)
{
	struct buffer *buffers[8];
	struct session session = session_start(RELEASE_AT_ONCE);

	take(&session, buffers, 8, 1920, 1080);
	check_are_apart(buffers, 8);
	for (unsigned i = 0; i < 8; i++) {
		session_show(&session, buffers[i]);
		CHECK_EQUAL(compositor_frame(session.compositor).pixels[0], 100 + i);
	}
	session_stop(&session);
}

TEST(two_dozen_small_pictures_of_one_cookie_are_served)
{
	struct buffer *buffers[24];
	struct session session = session_start(RELEASE_AT_ONCE);

	take(&session, buffers, 24, 300, 200);
	check_are_apart(buffers, 24);
	for (unsigned i = 0; i < 24; i++)
		session_show(&session, buffers[i]);
	check_are_apart(buffers, 24);
	session_stop(&session);
}

TEST(a_dozen_surfaces_show_buffers_of_one_cookie)
{
	enum { SURFACES = 12 };
	struct buffer *buffers[SURFACES];
	struct window windows[SURFACES];
	struct session session = session_start(RELEASE_ON_REPLACE);

	for (unsigned i = 0; i < SURFACES; i++) {
		windows[i] = window_open(session.compositor);
		buffers[i] = session_get(&session, WIDTH, HEIGHT, COOKIE, false);
		buffer_fill(buffers[i], 100 + i);
		buffers[i]->age = 0;
		CHECK(window_show(&windows[i], buffers[i]->wl_buf));
	}
	CHECK_EQUAL(compositor_counts(session.compositor).held, SURFACES);
	check_are_apart(buffers, SURFACES);
	for (unsigned i = 0; i < SURFACES; i++) {
		CHECK(buffers[i]->busy);
		for (unsigned j = 0; j < i; j++)
			CHECK(buffers[i] != buffers[j]);
	}
	shm_fini();
	for (unsigned i = 0; i < SURFACES; i++)
		window_close(&windows[i]);
	session_stop(&session);
}

TEST(eleven_hundred_cookies_are_all_on_a_screen)
{
	enum { COOKIES = 1100 };
	static struct buffer *buffers[COOKIES];
	struct session session = session_start(RELEASE_NEVER);

	for (unsigned i = 0; i < COOKIES; i++)
		buffers[i] = session_frame(&session, 16, 16, COOKIE + i, false, 100 + i);
	check_are_apart(buffers, COOKIES);
	for (unsigned i = 0; i < COOKIES; i++)
		CHECK(buffers[i]->busy);
	session_stop(&session);
}

TEST(a_request_that_fails_takes_nothing_from_those_in_hand)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct messages messages;
	struct buffer *first = session_get(&session, WIDTH, HEIGHT, COOKIE, true);
	struct buffer *second = session_get(&session, WIDTH, HEIGHT, COOKIE, true);
	struct rlimit before;

	buffer_fill(first, 1);
	buffer_fill(second, 2);
	before = take_descriptors();
	shm_set_error_mode(SHM_ERRORS_RETURN);
	messages_catch(&messages);
	errno = 0;
	CHECK(shm_get_buffer(session.shm, 3000, 2000, COOKIE, true, 1) == NULL);
	CHECK_EQUAL(errno, EMFILE);
	CHECK_EQUAL(messages.errors, 1);
	messages_stop();
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	CHECK(buffer_is_all(first, 1) && buffer_is_all(second, 2));
	CHECK(shm_scroll(session.shm, first, 3, 0, 0, 0, 0));
	session_show(&session, first);
	CHECK_EQUAL(compositor_frame(session.compositor).pixels[0], 1);
	session_show(&session, second);
	CHECK_EQUAL(compositor_frame(session.compositor).pixels[0], 2);
	session_stop(&session);
}

/* The oldest goes for a new buffer, and only if there is one. */
TEST(a_request_that_fails_gives_up_nothing)
{
	struct buffer *buffers[HELD_MAX];
	struct session session = session_start(RELEASE_AT_ONCE);
	struct messages messages;
	struct rlimit before;

	take(&session, buffers, HELD_MAX, WIDTH, HEIGHT);
	before = take_descriptors();
	shm_set_error_mode(SHM_ERRORS_RETURN);
	messages_catch(&messages);
	CHECK(shm_get_buffer(session.shm, 3000, 2000, COOKIE, true, 1) == NULL);
	CHECK_EQUAL(messages.warnings, 0);
	messages_stop();
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	check_are_apart(buffers, HELD_MAX);
	session_stop(&session);
}

/* --- beyond what may be held ------------------------------------------------------------------------------------ */

static void draw_through_image(const struct buffer *buffer)
{
	static const pixman_color_t white = { 0xffff, 0xffff, 0xffff, 0xffff };
	static const pixman_rectangle16_t all = { 0, 0, WIDTH, HEIGHT };

	CHECK(pixman_image_fill_rectangles(PIXMAN_OP_SRC, buffer->pix[0], &white, 1, &all));
	CHECK(buffer_is_all(buffer, 0xffffffff));
}

/* Every pointer is good, whatever the compositor holds; and what it holds does not change. */
static void check_beyond(struct session *session, bool is_shown)
{
	enum { COUNT = 3 * HELD_MAX };
	struct runner_resources before = runner_count_resources();
	struct buffer *buffers[COUNT];
	struct messages messages;

	messages_catch(&messages);
	for (unsigned i = 0; i < COUNT; i++) {
		buffers[i] = session_get(session, WIDTH, HEIGHT, COOKIE, i % 2 == 0);
		buffer_fill(buffers[i], 100 + i);
		if (i % 3 == 0)
			(void)shm_scroll(session->shm, buffers[i], 5, 0, 0, 0, 0);
		if (is_shown)
			session_show(session, buffers[i]);
	}
	CHECK_EQUAL(messages.errors, 0);
	CHECK_EQUAL(messages.warnings, 2); /* that many are held, and that they are given up */
	CHECK(strstr(messages.last, "64 buffers of cookie 0x4d were not released") != NULL);
	CHECK(strstr(messages.last, "compositor") == NULL);
	for (unsigned i = 0; i < COUNT; i++) {
		struct buffer *buffer = buffers[i];
		bool is_given_up = i < COUNT - HELD_MAX;

		CHECK_EQUAL(buffer->cookie, COOKIE);
		CHECK((buffer->wl_buf == NULL) == is_given_up);
		CHECK(buffer_is_all(buffer, 0) == is_given_up);
		if (is_given_up) {
			CHECK(!shm_can_scroll(buffer) && !shm_scroll(session->shm, buffer, 1, 0, 0, 0, 0));
			draw_through_image(buffer);
			buffer_fill(buffer, i);
			CHECK(buffer_is_all(buffer, i));
		}
		pixman_region32_union_rect(&buffer->dirty, &buffer->dirty, 1, 1, 2, 2);
		buffer->scroll_damage = malloc(16);
		buffer->scroll_damage_count = 1;
	}
	CHECK_EQUAL(messages.errors, 0);
	messages_stop();
	CHECK(compositor_pump(session->compositor));
	CHECK_EQUAL(compositor_counts(session->compositor).held_changed, 0);
	shm_purge(session->shm, COOKIE);
	CHECK(compositor_pump(session->compositor));
	if (!is_shown)
		CHECK_EQUAL(compositor_counts(session->compositor).buffers_live, 0);
	compositor_release_all(session->compositor);
	CHECK(compositor_pump(session->compositor));
	CHECK_SAME_RESOURCES(before);
}

TEST(pointers_to_many_that_are_shown_stay_good)
{
	struct session session = session_start(RELEASE_NEVER);

	check_beyond(&session, true);
	session_stop(&session);
}

TEST(pointers_to_many_that_were_never_shown_stay_good)
{
	struct session session = session_start(RELEASE_AT_ONCE);

	check_beyond(&session, false);
	session_stop(&session);
}

TEST(fini_frees_what_was_given_up)
{
	struct session session = session_start(RELEASE_NEVER);
	struct runner_resources before = runner_count_resources();

	for (unsigned i = 0; i < 2 * HELD_MAX; i++)
		session_frame(&session, WIDTH, HEIGHT, COOKIE, true, i);
	shm_fini();
	CHECK(compositor_pump(session.compositor));
	compositor_release_all(session.compositor); /* it has them mapped until then */
	CHECK(compositor_pump(session.compositor));
	CHECK_SAME_RESOURCES(before);
	session_stop(&session);
}

/* The newest one of a cookie is the one on the screen: as many cookies as there are, it stays. */
TEST(large_pictures_are_given_up_sooner_but_never_the_newest)
{
	struct buffer *buffers[10];
	struct session session = session_start(RELEASE_NEVER);

	for (unsigned i = 0; i < 10; i++)
		buffers[i] = session_frame(&session, 2400, 2000, COOKIE, false, 100 + i); /* 19 MB */
	for (unsigned i = 0; i < 10; i++)
		CHECK((buffers[i]->wl_buf == NULL) == (i < 4));
	CHECK(buffer_is_all(buffers[9], 109));
	session_stop(&session);
}

TEST(nothing_is_said_of_releases_on_a_dead_connection)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		struct session session = session_start_with(&(struct compositor_options){
			.policy = RELEASE_ON_REPLACE, .dies_at_message = 20 });

		for (unsigned i = 0; i < 3 * HELD_MAX; i++) {
			struct buffer *buffer = session_get(&session, WIDTH, HEIGHT, COOKIE, true);

			buffer_fill(buffer, i);
			buffer->age = 0;
			(void)window_show(&session.window, buffer->wl_buf);
		}
		session_stop(&session);
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK(strstr(outcome.text, "millpond") == NULL);
}
