/* Many small surfaces (labels, decorations): they share what is scarce, and are let go when nobody asks for them. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compositor/session.h"
#include "support/runner.h"

#define COOKIES 200
#define FIRST_COOKIE 1000
#define LEAST_FILE_BYTES (4 << 20)
#define WIDTH 90
#define HEIGHT 24
#define REQUESTS_UNTIL_IDLE_GOES 512
#define FORGOTTEN_BYTES_MAX (16 << 20)

static struct compositor_counts counts(const struct session *session)
{
	return compositor_counts(session->compositor);
}

static void release_all(const struct session *session)
{
	compositor_release_all(session->compositor);
	CHECK(compositor_pump(session->compositor));
}

/* Requests for one other cookie, whose buffer is free each time. */
static void request_others(const struct session *session, int requests)
{
	for (int i = 0; i < requests; i++) {
		session_frame(session, 50, 50, FIRST_COOKIE - 1, false, 1);
		release_all(session);
	}
}

/* Each buffer takes whole pages: with large ones, one file has room for fewer. */
static unsigned files_expected(void)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	size_t buffer_bytes = (WIDTH * 4 * HEIGHT + page_bytes - 1) / page_bytes * page_bytes;

	return 1 + (unsigned)(COOKIES * buffer_bytes / LEAST_FILE_BYTES);
}

TEST(two_hundred_cookies_need_one_descriptor_and_one_pool)
{
	struct session session = session_start(RELEASE_BY_HAND);
	struct runner_resources before = runner_count_resources(), after;
	struct buffer *buffers[COOKIES];

	for (unsigned i = 0; i < COOKIES; i++)
		buffers[i] = session_frame(&session, WIDTH, HEIGHT, FIRST_COOKIE + i, false, i);
	after = runner_count_resources();
	CHECK(after.descriptors <= before.descriptors + files_expected());
	CHECK(counts(&session).pools_made <= files_expected());
	/* libwayland-server's and the library's */
	CHECK(after.writable_shared_mappings <= before.writable_shared_mappings + 2 * files_expected());
	CHECK_EQUAL(counts(&session).buffers_live, COOKIES);
	for (unsigned i = 0; i < COOKIES; i++)
		CHECK(buffer_is_all(buffers[i], i)); /* none lies over another */
	session_stop(&session);
}

TEST(two_hundred_scrollable_cookies_need_few_descriptors)
{
	struct session session = session_start(RELEASE_BY_HAND);
	struct runner_resources before = runner_count_resources(), after;
	struct buffer *buffers[COOKIES];

	for (unsigned i = 0; i < COOKIES; i++)
		buffers[i] = session_frame(&session, WIDTH, HEIGHT, FIRST_COOKIE + i, true, i);
	after = runner_count_resources();
	CHECK(after.descriptors <= before.descriptors + 1 + files_expected());
	CHECK(counts(&session).pools_made <= 1 + files_expected());
	for (unsigned i = 0; i < COOKIES; i++)
		CHECK(buffer_is_all(buffers[i], i));
	session_stop(&session);
}

/* However large pages are, files grow with the number of buffers. */
TEST(many_small_buffers_need_few_descriptors)
{
	enum { MANY = 900 };
	struct session session = session_start(RELEASE_BY_HAND);
	struct runner_resources before = runner_count_resources();

	for (unsigned i = 0; i < MANY; i++)
		session_frame(&session, 24, 24, FIRST_COOKIE + i, false, i);
	CHECK_EQUAL(counts(&session).buffers_live, MANY);
	CHECK(runner_count_resources().descriptors <= before.descriptors + 8);
	session_stop(&session);
}

TEST(purge_gives_everything_back)
{
	struct session session = session_start(RELEASE_BY_HAND);
	struct runner_resources before = { 0 };

	for (unsigned round = 0; round < 5; round++) {
		for (unsigned i = 0; i < COOKIES; i++)
			session_frame(&session, WIDTH, HEIGHT, FIRST_COOKIE + i, false, i);
		release_all(&session);
		for (unsigned i = 0; i < COOKIES; i++)
			shm_purge(session.shm, FIRST_COOKIE + i);
		CHECK(compositor_pump(session.compositor));
		CHECK_EQUAL(counts(&session).buffers_live, 0);
		if (round == 0)
			before = runner_count_resources();
	}
	CHECK_SAME_RESOURCES(before);
	CHECK(counts(&session).pools_live <= 1);
	session_stop(&session);
}

TEST(the_memory_of_a_purged_window_goes_back)
{
	struct session session = session_start(RELEASE_BY_HAND);

	for (unsigned long cookie = FIRST_COOKIE; cookie < FIRST_COOKIE + 4; cookie++) {
		session_frame(&session, 2000, 1000, cookie, cookie % 2 == 0, 1);
		session_frame(&session, 2000, 1000, cookie, cookie % 2 == 0, 2);
	}
	CHECK(memory_file_bytes() >= 64000000);
	release_all(&session);
	for (unsigned long cookie = FIRST_COOKIE; cookie < FIRST_COOKIE + 4; cookie++)
		shm_purge(session.shm, cookie);
	request_others(&session, 64); /* it goes in small steps */
	CHECK(memory_file_bytes() <= 6 << 20);
	session_stop(&session);
}

TEST(the_memory_of_a_larger_size_goes_back)
{
	struct session session = session_start(RELEASE_ON_REPLACE);

	for (unsigned frame = 0; frame < 20; frame++)
		session_frame(&session, 2000, 1000, FIRST_COOKIE, true, frame);
	CHECK(memory_file_bytes() >= 8000000);
	for (unsigned frame = 0; frame < 64; frame++)
		session_frame(&session, 200, 100, FIRST_COOKIE, true, frame);
	CHECK(memory_file_bytes() <= 6 << 20);
	session_stop(&session);
}

TEST(idle_buffers_that_nobody_asks_for_go_when_they_are_many)
{
	enum { WIDE = 300, HIGH = 100, MOST = FORGOTTEN_BYTES_MAX / (WIDE * HIGH * 4) };
	struct session session = session_start(RELEASE_BY_HAND);

	for (unsigned i = 0; i < COOKIES; i++)
		session_frame(&session, WIDE, HIGH, FIRST_COOKIE + i, false, i);
	release_all(&session);
	request_others(&session, REQUESTS_UNTIL_IDLE_GOES - 2 * COOKIES);
	CHECK_EQUAL(counts(&session).buffers_live, COOKIES + 1); /* it is not time yet */
	request_others(&session, 6 * COOKIES); /* they need not all go in the same call */
	CHECK(counts(&session).buffers_live <= MOST + 1);
	CHECK(counts(&session).buffers_live >= MOST - 1);
	session_stop(&session);
}

/* A surface may still show them, and the program may look at them: 1,100 labels take 10 MB. */
TEST(a_thousand_idle_buffers_that_nobody_asks_for_stay)
{
	enum { LABELS = 1100 };
	static struct buffer *labels[LABELS];
	struct session session = session_start(RELEASE_AT_ONCE);

	for (unsigned i = 0; i < LABELS; i++)
		labels[i] = session_frame(&session, WIDTH, HEIGHT, FIRST_COOKIE + i, false, i);
	request_others(&session, 4 * LABELS);
	for (unsigned i = 0; i < LABELS; i++) {
		CHECK(buffer_is_all(labels[i], i) && labels[i]->wl_buf != NULL);
		CHECK(session_get(&session, WIDTH, HEIGHT, FIRST_COOKIE + i, false) == labels[i]);
	}
	session_stop(&session);
}

TEST(buffers_that_are_asked_for_stay)
{
	struct session session = session_start(RELEASE_AT_ONCE);

	for (unsigned round = 0; round < 10; round++)
		for (unsigned i = 0; i < COOKIES; i++) {
			struct buffer *buffer = session_frame(&session, WIDTH, HEIGHT, FIRST_COOKIE + i, false, round);

			CHECK(buffer != NULL);
		}
	CHECK_EQUAL(counts(&session).buffers_made, COOKIES);
	CHECK_EQUAL(counts(&session).buffers_live, COOKIES);
	session_stop(&session);
}

TEST(held_buffers_and_scrollable_ones_do_not_age_out)
{
	struct session session = session_start(RELEASE_BY_HAND);
	struct buffer *scrollable = session_frame(&session, WIDTH, HEIGHT, FIRST_COOKIE, true, 1);

	release_all(&session);
	struct buffer *held = session_frame(&session, WIDTH, HEIGHT, FIRST_COOKIE + 1, false, 2);
	for (int i = 0; i < 3 * REQUESTS_UNTIL_IDLE_GOES; i++) {
		session_frame(&session, 50, 50, FIRST_COOKIE - 1, false, 3);
		CHECK(compositor_release_newest(session.compositor));
		CHECK(compositor_pump(session.compositor));
	}
	CHECK(held->busy && buffer_is_all(held, 2));
	CHECK(shm_can_scroll(scrollable) && buffer_is_all(scrollable, 1));
	CHECK(session_get(&session, WIDTH, HEIGHT, FIRST_COOKIE, true) == scrollable);
	CHECK_EQUAL(counts(&session).buffers_live, 3);
	session_stop(&session);
}

TEST(a_thousand_windows_are_opened_and_closed)
{
	struct session session = session_start(RELEASE_ON_REPLACE);
	struct runner_resources before = { 0 };

	for (unsigned window = 0; window < 1500; window++) {
		for (unsigned long part = 0; part < 4; part++) /* only the first two are purged, as in foot */
			session_frame(&session, 120 + (int)part, 40, FIRST_COOKIE + 16 * window + part, part == 0, 5);
		shm_purge(session.shm, FIRST_COOKIE + 16 * window);
		shm_purge(session.shm, FIRST_COOKIE + 16 * window + 1);
		if (window == 999)
			before = runner_count_resources();
	}
	CHECK(runner_count_resources().descriptors <= before.descriptors + 2);
	/* The smallest picture takes a page. */
	CHECK(memory_file_bytes() <= FORGOTTEN_BYTES_MAX / 4096 * 2 * (size_t)sysconf(_SC_PAGESIZE));
	session_stop(&session);
}
