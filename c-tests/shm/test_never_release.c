/* A compositor that never gives a buffer back costs the program a bounded number of descriptors, and bounded memory. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "compositor/session.h"
#include "support/runner.h"

#define COOKIE 77
#define FRAMES 10000
#define SIDE 16

/*
 * Less than one for four frames. Not much less: as many may also be on their way through sockets, counted together for all
 * processes of a user who is not root, tests that run beside this one among them.
 */
#define DESCRIPTORS 512

/* One mapping of each pool in the program, and one in libwayland-server; our compositor's own is read-only. */
#define POOLS_AT_A_TIME 8
#define FILE_BYTES_MAX ((size_t)8 << 20)

/* So many may be held; beyond, the oldest is given up. */
#define HELD_MAX 64

/* What our compositor's record of one held buffer takes, and what stays of one that was given up: its struct and its
 * image, until it is purged. */
#define RECORD_BYTES (176 + 900)

static void limit_descriptors(void)
{
	struct rlimit limit;

	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = DESCRIPTORS;
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/* Bytes of the heap in use; 0 where the C library does not say. */
static size_t heap_bytes(void)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
	return mallinfo2().uordblks;
#else
	return 0;
#endif
}

static void check_is_bounded(const struct session *session, struct runner_resources before)
{
	struct runner_resources now = runner_count_resources();
	struct compositor_counts counts = compositor_counts(session->compositor);

	CHECK(now.descriptors <= before.descriptors + POOLS_AT_A_TIME);
	/* What was given up between two that live parts a mapping. */
	CHECK(now.writable_shared_mappings <= before.writable_shared_mappings + 2 * POOLS_AT_A_TIME + HELD_MAX);
	CHECK(counts.pools_live <= POOLS_AT_A_TIME);
	CHECK(counts.buffers_live <= 2 * HELD_MAX); /* one that was scrolled has two */
	CHECK(memory_file_bytes() <= FILE_BYTES_MAX);
	CHECK_EQUAL(counts.held_changed, 0);
}

/* After the compositor has given all back, a purge leaves next to nothing, and fini nothing at all. */
static void check_all_goes_back(struct session *session, struct runner_resources before)
{
	compositor_set_policy(session->compositor, RELEASE_ON_REPLACE, 0);
	compositor_release_all(session->compositor);
	CHECK(compositor_pump(session->compositor));
	for (unsigned frame = 0; frame < 20; frame++)
		session_frame(session, SIDE, SIDE, COOKIE, true, frame);
	CHECK(compositor_counts(session->compositor).buffers_live <= 4);
	CHECK_EQUAL(compositor_counts(session->compositor).held, 1);
	CHECK(compositor_release_all(session->compositor));
	CHECK(compositor_pump(session->compositor));
	shm_purge(session->shm, COOKIE);
	shm_purge(session->shm, COOKIE + 1);
	CHECK(compositor_pump(session->compositor));
	CHECK_EQUAL(compositor_counts(session->compositor).buffers_live, 0);
	CHECK(compositor_counts(session->compositor).pools_live <= 1);
	shm_fini();
	CHECK(compositor_pump(session->compositor));
	CHECK_SAME_RESOURCES(before);
	session_stop(session);
}

static void show_frames(struct session *session, bool is_scrollable)
{
	struct runner_resources before = runner_count_resources();
	size_t heap_bytes_early = 0;

	for (unsigned frame = 0; frame < FRAMES; frame++) {
		struct buffer *buffer = session_get(session, SIDE, SIDE, COOKIE, is_scrollable);

		CHECK(buffer->age == 0 || buffer->age >= 2);
		if (buffer->age == 1234)
			CHECK(buffer_is_all(buffer, 0));
		buffer_fill(buffer, frame);
		session_show(session, buffer);
		CHECK_EQUAL(compositor_frame(session->compositor).pixels[SIDE * SIDE - 1], frame);
		if (frame == FRAMES / 5)
			heap_bytes_early = heap_bytes();
		if (frame % 500 == 499)
			check_is_bounded(session, before);
	}
	size_t grown_bytes = heap_bytes() > heap_bytes_early ? heap_bytes() - heap_bytes_early : 0;
	CHECK(grown_bytes <= (size_t)(FRAMES - FRAMES / 5) * RECORD_BYTES + 128 * 1024);
	CHECK(runner_count_resources().shared_bytes > 0);
	check_all_goes_back(session, before);
}

static void start(struct session *session, struct messages *messages)
{
	*session = session_start(RELEASE_NEVER);
	limit_descriptors();
	messages_catch(messages);
}

TEST(ten_thousand_frames_need_few_descriptors)
{
	struct session session;
	struct messages messages;

	start(&session, &messages);
	show_frames(&session, false);
	CHECK_EQUAL(messages.errors, 0);
	CHECK_EQUAL(messages.warnings, 2); /* for each cookie: that many are held, and that they are given up */
	messages_stop();
}

TEST(ten_thousand_scrollable_frames_need_few_descriptors)
{
	struct session session;
	struct messages messages;

	start(&session, &messages);
	show_frames(&session, true);
	CHECK_EQUAL(messages.errors, 0);
	CHECK_EQUAL(messages.warnings, 2);
	messages_stop();
}

TEST(a_new_size_for_each_frame_needs_few_descriptors)
{
	struct session session;
	struct messages messages;

	start(&session, &messages);
	struct runner_resources before = runner_count_resources();
	for (int frame = 0; frame < 2000; frame++) {
		session_frame(&session, SIDE + frame % 37, SIDE + frame % 23, COOKIE, frame % 3 != 0, (uint32_t)frame);
		if (frame % 100 == 99)
			check_is_bounded(&session, before);
	}
	CHECK_EQUAL(messages.errors, 0);
	CHECK_EQUAL(messages.warnings, 2);
	messages_stop();
	check_all_goes_back(&session, before);
}

TEST(scrolling_frames_need_few_descriptors)
{
	struct session session;
	struct messages messages;

	start(&session, &messages);
	struct runner_resources before = runner_count_resources();
	for (unsigned frame = 0; frame < 2000; frame++) {
		struct buffer *buffer = session_get(&session, SIDE, SIDE, COOKIE, true);

		buffer_fill(buffer, frame);
		if (shm_scroll(session.shm, buffer, frame % 2 == 0 ? 3 : -2, 0, 0, 0, 0))
			CHECK(buffer_row(buffer, SIDE / 2)[0] == frame);
		buffer_fill(buffer, frame + 1);
		session_show(&session, buffer);
		if (frame % 100 == 99)
			check_is_bounded(&session, before);
	}
	CHECK_EQUAL(messages.errors, 0);
	messages_stop();
	check_all_goes_back(&session, before);
}

TEST(each_cookie_is_warned_about_once_of_either)
{
	struct session session = session_start(RELEASE_NEVER);
	struct messages messages;

	messages_catch(&messages);
	for (unsigned frame = 0; frame < 300; frame++)
		session_frame(&session, SIDE, SIDE, COOKIE + frame % 3, true, frame);
	CHECK_EQUAL(messages.warnings, 6);
	CHECK_EQUAL(messages.errors, 0);
	messages_stop();
	session_stop(&session);
}

TEST(the_warnings_are_a_line_each_on_stderr)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		struct session session = session_start(RELEASE_NEVER);

		for (unsigned frame = 0; frame < 300; frame++)
			session_frame(&session, SIDE, SIDE, COOKIE, true, frame);
		session_stop(&session);
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, 2);
	CHECK(strstr(outcome.text, "millpond") != NULL);
}

TEST(a_program_that_never_shows_its_buffers_needs_few_descriptors)
{
	struct session session;
	struct messages messages;

	start(&session, &messages);
	struct runner_resources before = runner_count_resources();
	for (int frame = 0; frame < 2000; frame++) {
		struct buffer *buffer = session_get(&session, SIDE, SIDE, COOKIE, true);

		buffer_fill(buffer, 1);
		buffer->age = 0;
		CHECK(compositor_pump(session.compositor));
		if (frame % 100 == 99)
			check_is_bounded(&session, before);
	}
	CHECK_EQUAL(messages.errors, 0);
	messages_stop();
	session_stop(&session);
}

/*
 * Daemons close descriptor 0, more often than once: what the library has open must not be there. (libwayland-client's
 * duplicate of a new pool's descriptor may be, until it is sent.)
 */
TEST(the_standard_descriptors_are_never_taken)
{
	struct session session = session_start(RELEASE_ON_REPLACE);

	close(STDIN_FILENO);
	for (unsigned frame = 0; frame < 200; frame++) {
		struct buffer *buffer = session_get(&session, 300, 200, COOKIE + frame % 20, frame % 2 == 0);

		if (frame % 2 == 0)
			CHECK(shm_scroll(session.shm, buffer, 7, 0, 0, 0, 0));
		buffer_fill(buffer, frame);
		session_show(&session, buffer);
		CHECK(fcntl(STDIN_FILENO, F_GETFD) == -1 && errno == EBADF);
		close(STDIN_FILENO); /* again, without having opened it */
	}
	CHECK(open("/dev/null", O_RDONLY) == STDIN_FILENO);
	session_stop(&session);
}
