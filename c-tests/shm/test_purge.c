/* How buffers end: purge, fini, late, double and stray releases. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compositor/session.h"
#include "support/runner.h"

#define COOKIE 77
#define OTHER_COOKIE 78

static struct compositor_counts counts(const struct session *session)
{
	return compositor_counts(session->compositor);
}

static void pump(const struct session *session)
{
	CHECK(compositor_pump(session->compositor));
}

TEST(purge_destroys_what_is_idle)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct buffer *purged = session_frame(&session, 60, 40, COOKIE, true, 1);
	struct buffer *other = session_frame(&session, 60, 40, OTHER_COOKIE, true, 2);

	purged->scroll_damage = malloc(16);
	purged->scroll_damage_count = 1;
	CHECK_EQUAL(counts(&session).buffers_live, 2);
	shm_purge(session.shm, COOKIE);
	pump(&session);
	CHECK_EQUAL(counts(&session).buffers_live, 1);
	CHECK(!shm_can_scroll(purged));
	CHECK(shm_can_scroll(other) && buffer_is_all(other, 2));
	struct buffer *next = session_get(&session, 60, 40, COOKIE, true);
	CHECK_EQUAL(next->age, 1234);
	CHECK(buffer_is_all(next, 0));
	session_stop(&session);
}

TEST(purge_of_a_held_buffer_waits_for_its_release)
{
	struct session session = session_start(RELEASE_BY_HAND);
	struct buffer *held = session_frame(&session, 60, 40, COOKIE, true, 1);
	struct buffer *other_window = session_get(&session, 60, 40, COOKIE + 1, true);

	shm_purge(session.shm, COOKIE);
	pump(&session);
	CHECK_EQUAL(counts(&session).buffers_live, 2);
	CHECK_EQUAL(counts(&session).held, 1);
	struct buffer *next = session_frame(&session, 60, 40, COOKIE, true, 2);
	CHECK(next != held && next != other_window);
	CHECK_EQUAL(counts(&session).buffers_live, 3);
	CHECK(compositor_release_oldest(session.compositor));
	pump(&session);
	CHECK_EQUAL(counts(&session).releases, 1);
	CHECK_EQUAL(counts(&session).buffers_live, 2);
	CHECK(buffer_is_all(next, 2));
	CHECK(!shm_can_scroll(held));
	session_stop(&session);
}

TEST(purge_again_before_the_release_changes_nothing)
{
	struct session session = session_start(RELEASE_BY_HAND);

	session_get(&session, 60, 40, COOKIE + 1, true); /* another window, which stays */
	for (unsigned round = 0; round < 3; round++) {
		session_frame(&session, 60, 40, COOKIE, round % 2 == 0, round);
		shm_purge(session.shm, COOKIE);
		shm_purge(session.shm, COOKIE);
	}
	pump(&session);
	CHECK_EQUAL(counts(&session).buffers_live, 4);
	CHECK(compositor_release_all(session.compositor));
	pump(&session);
	CHECK_EQUAL(counts(&session).buffers_live, 1);
	session_stop(&session);
}

/* No release comes for what a closed window has shown; some compositors never send one. */
TEST(when_the_last_window_is_purged_nothing_is_waited_for)
{
	struct session session = session_start(RELEASE_BY_HAND);
	struct runner_resources before = runner_count_resources();

	for (unsigned round = 0; round < 4; round++) {
		session_frame(&session, 700, 500, COOKIE, true, round);
		session_frame(&session, 60, 40, COOKIE + 1, false, round);
		/* an overlay, which is never purged, was released */
		struct buffer *overlay = session_frame(&session, 30, 20, COOKIE + 2, false, round);

		while (overlay->busy && compositor_release_newest(session.compositor))
			pump(&session);
		session_frame(&session, 700, 500, COOKIE, true, round);
		shm_purge(session.shm, COOKIE + 1);
		shm_purge(session.shm, COOKIE);
		pump(&session);
		CHECK_EQUAL(counts(&session).buffers_live, 1); /* the overlay */
		CHECK(memory_file_bytes() < 100000 + 2 * (size_t)sysconf(_SC_PAGESIZE));
		CHECK(buffer_is_all(overlay, round));
		CHECK(runner_count_resources().descriptors <= before.descriptors + 1);
	}
	CHECK_EQUAL(counts(&session).held_changed, 0);
	session_stop(&session);
}

TEST(purge_and_no_release_until_the_end)
{
	struct session session = session_start(RELEASE_NEVER);

	for (unsigned i = 0; i < 20; i++) {
		session_frame(&session, 60, 40, COOKIE + i, i % 2 == 0, i);
		shm_purge(session.shm, COOKIE + i);
	}
	pump(&session);
	session_stop(&session); /* fini destroys all */
}

/* Nobody can know that such a buffer is never going to be shown: it counts as held. But there is an end to that. */
TEST(purge_of_buffers_that_were_never_shown_is_bounded)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct runner_resources before = runner_count_resources();
	struct messages messages;

	messages_catch(&messages);
	for (int round = 0; round < 2000; round++) {
		buffer_fill(session_get(&session, 60, 40, COOKIE, round % 2 == 0), 1);
		shm_purge(session.shm, COOKIE);
		pump(&session);
	}
	struct runner_resources after = runner_count_resources();
	CHECK(after.descriptors <= before.descriptors + 8);
	CHECK(after.writable_shared_mappings <= before.writable_shared_mappings + 16);
	CHECK(counts(&session).buffers_live <= 16);
	CHECK_EQUAL(messages.errors, 0);
	messages_stop();
	session_stop(&session);
}

TEST(purge_of_an_unknown_cookie_does_nothing)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct messages messages;

	messages_catch(&messages);
	shm_purge(session.shm, 12345); /* nothing is there at all */
	struct buffer *buffer = session_frame(&session, 60, 40, COOKIE, true, 7);
	shm_purge(session.shm, 12345);
	pump(&session);
	CHECK_EQUAL(counts(&session).buffers_live, 1);
	CHECK(buffer_is_all(buffer, 7) && session_get(&session, 60, 40, COOKIE, true) == buffer);
	CHECK_EQUAL(messages.errors + messages.warnings, 0);
	messages_stop();
	session_stop(&session);
}

TEST(fini_ends_what_is_held_and_may_be_repeated)
{
	struct session session = session_start(RELEASE_NEVER);
	struct runner_resources before = runner_count_resources();

	shm_fini(); /* nothing is there */
	for (int round = 0; round < 3; round++) {
		struct buffer *buffer = session_frame(&session, 60, 40, COOKIE, round % 2 == 0, 1);

		buffer->scroll_damage = malloc(16);
		buffer->scroll_damage_count = 1;
		session_frame(&session, 60, 40, COOKIE, round % 2 == 0, 2);
		session_frame(&session, 90, 24, OTHER_COOKIE, false, 3);
		shm_fini();
		shm_fini();
		pump(&session);
		CHECK_EQUAL(counts(&session).pools_live, 0);
		CHECK_EQUAL(counts(&session).buffers_live, 0);
		CHECK_EQUAL(counts(&session).held_changed, 0);
		CHECK(compositor_release_all(session.compositor)); /* nothing arrives: the objects are gone */
		pump(&session);
		CHECK_SAME_RESOURCES(before);
	}
	session_stop(&session);
}

TEST(releases_that_are_on_their_way_when_fini_runs_are_harmless)
{
	struct session session = session_start(RELEASE_BY_HAND);

	session_frame(&session, 60, 40, COOKIE, true, 1);
	session_frame(&session, 60, 40, COOKIE, true, 2);
	CHECK(compositor_release_all(session.compositor));
	CHECK(compositor_serve(session.compositor)); /* sent, not yet dispatched */
	shm_fini();
	pump(&session);
	session_stop(&session);
}

TEST(releases_that_are_on_their_way_when_a_cookie_is_purged_are_harmless)
{
	struct session session = session_start(RELEASE_BY_HAND);

	for (unsigned round = 0; round < 5; round++) {
		session_frame(&session, 60, 40, COOKIE, true, 1);
		session_frame(&session, 60, 40, COOKIE, true, 2);
		CHECK(compositor_release_all(session.compositor));
		CHECK(compositor_serve(session.compositor));
		shm_purge(session.shm, COOKIE);
		pump(&session);
		CHECK_EQUAL(counts(&session).buffers_live, 0);
	}
	session_stop(&session);
}

TEST(a_release_that_comes_twice_counts_once)
{
	struct session session = session_start(RELEASE_TWICE);
	struct runner_resources before = { 0 };

	for (int frame = 0; frame < 300; frame++) {
		struct buffer *buffer =
			session_frame(&session, 60 + frame / 100, 40, COOKIE, frame / 50 % 2 == 0, (uint32_t)frame);

		CHECK(buffer->busy); /* the double release was for the one before */
		CHECK_EQUAL(compositor_frame(session.compositor).pixels[60 * 40 - 1], frame);
		if (frame % 70 == 69) { /* held, purged, and then released twice */
			shm_purge(session.shm, COOKIE);
			session_frame(&session, 60, 40, OTHER_COOKIE, true, (uint32_t)frame);
		}
		if (frame == 99)
			before = runner_count_resources();
	}
	CHECK_SAME_RESOURCES(before);
	CHECK(counts(&session).buffers_live <= 6);
	CHECK(counts(&session).buffers_made <= 60); /* they are used again */
	session_stop(&session);
}

/* Any number is a cookie, also one that stands for something inside: its buffer stays when a release comes twice. */
TEST(the_largest_cookie_is_one_like_others)
{
	struct session session = session_start(RELEASE_TWICE);

	for (int frame = 0; frame < 100; frame++)
		session_frame(&session, 60, 40, ~0UL, true, (uint32_t)frame);
	CHECK(counts(&session).buffers_made <= 3);
	session_stop(&session);
}

TEST(all_policies_of_release_end_well)
{
	struct messages messages;

	messages_catch(&messages);
	for (enum release_policy policy = RELEASE_AT_ONCE; policy <= RELEASE_BY_HAND; policy++) {
		struct session session = session_start(policy);

		for (unsigned frame = 0; frame < 60; frame++) {
			session_frame(&session, 60, 40 + (int)frame / 20, COOKIE, frame % 2 == 0, frame);
			CHECK_EQUAL(compositor_frame(session.compositor).pixels[5], frame);
			if (frame % 25 == 24)
				shm_purge(session.shm, COOKIE);
		}
		session_stop(&session);
	}
	CHECK_EQUAL(messages.errors, 0);
	messages_stop();
}
