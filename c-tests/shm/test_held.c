/* Buffers that are held for long, in numbers, or taken twice: counted, and told of once for each cookie. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compositor/session.h"
#include "support/runner.h"

#define COOKIE 77
#define SIDE 16
#define DEFAULT_MAX 32

/* Shows so many buffers that stay with the compositor. */
static void hold(const struct session *session, unsigned long cookie, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		session_frame(session, SIDE, SIDE, cookie, i % 2 == 0, i);
}

/* The first line comes with buffer number `most` + 1, and there is one for each cookie. */
static void check_limit(unsigned most)
{
	struct session session = session_start(RELEASE_NEVER);
	struct messages messages;
	char expected[64];

	messages_catch(&messages);
	hold(&session, COOKIE, most);
	hold(&session, COOKIE + 1, most);
	CHECK_EQUAL(messages.errors + messages.warnings, 0);
	hold(&session, COOKIE, 1);
	CHECK_EQUAL(messages.warnings, 1);
	snprintf(expected, sizeof(expected), "%u buffers of cookie 0x4d are held, more than SHM_MAX_HELD=%u,", most + 1, most);
	CHECK(strstr(messages.last, expected) != NULL);
	hold(&session, COOKIE, 1);
	CHECK_EQUAL(messages.warnings, 1);
	hold(&session, COOKIE + 1, 1);
	CHECK_EQUAL(messages.warnings, 2);
	CHECK(strstr(messages.last, "cookie 0x4e") != NULL);
	CHECK_EQUAL(messages.errors, 0);
	messages_stop();
	session_stop(&session);
}

TEST(more_than_thirty_two_held_buffers_are_told_of)
{
	unsetenv("SHM_MAX_HELD");
	check_limit(DEFAULT_MAX);
}

TEST(the_environment_sets_how_many)
{
	CHECK(setenv("SHM_MAX_HELD", "5", 1) == 0);
	check_limit(5);
}

TEST(what_is_no_number_sets_nothing)
{
	CHECK(setenv("SHM_MAX_HELD", "many", 1) == 0);
	check_limit(DEFAULT_MAX);
}

TEST(the_program_sets_how_many_whatever_the_environment_says)
{
	CHECK(setenv("SHM_MAX_HELD", "5", 1) == 0);
	shm_set_max_held(3);
	check_limit(3);
	shm_set_max_held(1);
	check_limit(1);
}

/* What is given up beyond the limits that cannot be set is told of still. */
TEST(zero_tells_of_none)
{
	struct session session = session_start(RELEASE_NEVER);
	struct messages messages;

	shm_set_max_held(0);
	messages_catch(&messages);
	hold(&session, COOKIE, 64);
	CHECK_EQUAL(messages.warnings, 0);
	hold(&session, COOKIE, 1);
	CHECK_EQUAL(messages.warnings, 1);
	CHECK(strstr(messages.last, "64 buffers of cookie 0x4d were not released") != NULL);
	messages_stop();
	session_stop(&session);
}

TEST(the_line_says_for_how_long_the_oldest_is_held)
{
	struct session session = session_start(RELEASE_BY_HAND);
	struct messages messages;
	unsigned seconds, thousandths;

	shm_set_max_held(2);
	messages_catch(&messages);
	hold(&session, COOKIE, 1);
	usleep(300 * 1000);
	hold(&session, COOKIE, 1);
	CHECK(compositor_release_oldest(session.compositor) && compositor_pump(session.compositor));
	usleep(100 * 1000);
	hold(&session, COOKIE, 2);
	messages_stop();
	CHECK_EQUAL(messages.warnings, 1);
	CHECK(sscanf(strstr(messages.last, "the oldest for"), "the oldest for %u.%3u s:", &seconds, &thousandths) == 2);
	CHECK(seconds * 1000 + thousandths >= 90); /* the clock goes by ticks */
	CHECK(seconds * 1000 + thousandths < 400 || getenv("MILLPOND_TEST_PATIENCE") != NULL);
	session_stop(&session);
}

TEST(buffers_in_turn_are_not_told_of)
{
	static const enum release_policy policies[] = { RELEASE_AT_ONCE, RELEASE_ON_REPLACE, RELEASE_LATE, RELEASE_OUT_OF_ORDER };
	struct messages messages;

	shm_set_max_held(4);
	messages_catch(&messages);
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		struct session session = session_start(policies[i]);

		hold(&session, COOKIE, 500);
		session_stop(&session);
	}
	messages_stop();
	CHECK_EQUAL(messages.errors + messages.warnings, 0);
}

/* `busy` is not the program's to write. One that does so has a buffer by its own hand, and is handed it all the same. */
TEST(a_buffer_that_is_busy_by_hand_is_taken_twice)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct messages messages;
	struct buffer *taken = session_frame(&session, SIDE, SIDE, COOKIE, true, 1);

	messages_catch(&messages);
	CHECK(!taken->busy);
	for (int i = 0; i < 20; i++) {
		taken->busy = true;
		CHECK(session_frame(&session, SIDE, SIDE, COOKIE, true, 2) == taken);
		CHECK(!taken->busy);
	}
	CHECK_EQUAL(messages.errors, 0);
	CHECK_EQUAL(messages.warnings, 1);
	CHECK(strstr(messages.last, "shm_get_buffer: a buffer of cookie 0x4d") != NULL);
	CHECK(strstr(messages.last, "taken twice") != NULL);
	for (int i = 0; i < 20; i++)
		CHECK(session_frame(&session, SIDE, SIDE, COOKIE, true, 3) == taken);
	CHECK_EQUAL(messages.warnings, 1);
	messages_stop();
	session_stop(&session);
}

/* Written while the compositor has it, it says nothing new. */
TEST(a_buffer_that_is_busy_anyway_is_taken_once)
{
	struct session session = session_start(RELEASE_BY_HAND);
	struct messages messages;
	struct buffer *taken = session_frame(&session, SIDE, SIDE, COOKIE, true, 1);

	messages_catch(&messages);
	taken->busy = true;
	CHECK(compositor_release_all(session.compositor) && compositor_pump(session.compositor));
	CHECK(!taken->busy);
	CHECK(session_frame(&session, SIDE, SIDE, COOKIE, true, 2) == taken);
	messages_stop();
	CHECK_EQUAL(messages.errors + messages.warnings, 0);
	session_stop(&session);
}
