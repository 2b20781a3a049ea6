/*
 * Known defects of the original, one by one: each test fails, or crashes, with it. Those that have to do with arguments,
 * settings, releases, many buffers or several displays are in the tests of these.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "compositor/session.h"
#include "support/runner.h"

#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define COOKIE 77
#define WIDTH 120
#define HEIGHT 200

static struct compositor_counts counts(const struct session *session)
{
	return compositor_counts(session->compositor);
}

static void number_rows(struct buffer *buffer)
{
	for (int y = 0; y < buffer->height; y++)
		for (int x = 0; x < buffer->width; x++)
			buffer_row(buffer, y)[x] = (uint32_t)y + 1;
}

/* Rows were numbered before a scroll by `rows`. Looks at some columns only, as frames may be large. */
static void check_rows_after_scroll(const struct buffer *buffer, int rows)
{
	for (int y = 0; y < buffer->height; y++) {
		int old_y = y + rows;
		uint32_t expected = old_y < 0 || old_y >= buffer->height ? 0 : (uint32_t)old_y + 1;

		CHECK(buffer_row(buffer, y)[0] == expected);
		CHECK(buffer_row(buffer, y)[buffer->width - 1] == expected);
	}
}

/* --- sizes ------------------------------------------------------------------------------------------------------ */

TEST(a_size_beyond_the_wire_does_not_end_the_program)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 10) {
		struct session session = session_start(RELEASE_AT_ONCE);

		CHECK(shm_get_buffer(session.shm, 30000, 20000, COOKIE, false, 1) == NULL);
		CHECK(shm_get_buffer(session.shm, 30000, 20000, COOKIE, true, 1) == NULL);
		CHECK(shm_get_buffer(session.shm, -5, 20, COOKIE, false, 1) == NULL);
		CHECK(shm_get_buffer(session.shm, 0, 0, COOKIE, false, 1) == NULL);
		session_stop(&session);
	}
	CHECK_CHILD_WELL(&outcome);
}

TEST(a_pool_smaller_than_the_buffer_is_no_pool_for_it)
{
	struct session session = session_start(RELEASE_AT_ONCE);

	shm_set_max_pool_size(10 << 20);
	struct buffer *buffer = session_get(&session, 3840, 2160, COOKIE, true); /* 33 MB */
	number_rows(buffer);
	shm_scroll(session.shm, buffer, 20, 0, 0, 0, 0);
	buffer_row(buffer, 2159)[3839] = 0xff00ff00;
	session_show(&session, buffer);
	CHECK_EQUAL(compositor_frame(session.compositor).pixels[3840 * 2160 - 1], 0xff00ff00);
	session_stop(&session);
}

/* The original copies between overlapping places then: with assertions it aborts, without it happens to go well. */
TEST(a_pool_too_small_for_a_turn_gives_right_pixels)
{
	struct session session = session_start(RELEASE_AT_ONCE);

	shm_set_max_pool_size(16 << 20);
	for (int i = 0; i < 40; i++) {
		struct buffer *buffer = session_get(&session, 1920, 1080, COOKIE, true); /* 8.3 MB */
		int rows = i < 20 ? 200 : -200;

		number_rows(buffer);
		if (shm_scroll(session.shm, buffer, rows, 0, 0, 0, 0))
			check_rows_after_scroll(buffer, rows);
		else
			check_rows_after_scroll(buffer, 0);
		session_show(&session, buffer);
	}
	session_stop(&session);
}

static void set_size_and_scroll(off_t size_before, off_t size_after, int rows)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct messages messages;

	shm_set_max_pool_size(size_before);
	struct buffer *buffer = session_get(&session, 500, 500, COOKIE, true);
	shm_set_max_pool_size(size_after);
	messages_catch(&messages);
	for (int i = 0; i < 400; i++) {
		number_rows(buffer);
		check_rows_after_scroll(buffer, shm_scroll(session.shm, buffer, rows, 0, 0, 0, 0) ? rows : 0);
		if (i % 40 == 39) {
			session_show(&session, buffer);
			buffer = session_get(&session, 500, 500, COOKIE, true);
		}
	}
	CHECK_EQUAL(messages.errors, 0);
	messages_stop();
	session_stop(&session);
}

TEST(the_pool_size_may_be_raised_after_a_buffer_was_made)
{
	set_size_and_scroll(8 << 20, 512 << 20, 100);
}

TEST(the_pool_size_may_be_lowered_after_a_buffer_was_made)
{
	set_size_and_scroll(64 << 20, 900000, -100);
}

TEST(pool_sizes_beyond_the_wire_are_clamped)
{
	const off_t sizes[] = { 3000000000, (off_t)1 << 32, ((off_t)1 << 32) + 4096 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		set_size_and_scroll(sizes[i], sizes[i], 100);
}

/* --- scrolling -------------------------------------------------------------------------------------------------- */

static long page_faults(void)
{
	struct rusage usage;

	CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
	return usage.ru_minflt;
}

/* One frame of a program that scrolls steadily; returns the page faults of the scroll. */
static long scroll_frame(const struct session *session, int rows)
{
	struct buffer *buffer = session_get(session, WIDTH, HEIGHT, COOKIE, true);

	number_rows(buffer);
	long faults = page_faults();
	CHECK(shm_scroll(session->shm, buffer, rows, 0, 0, 0, 0));
	faults = page_faults() - faults;
	check_rows_after_scroll(buffer, rows);
	session_show(session, buffer);
	return faults;
}

static void scroll_steadily(enum release_policy policy, int rows)
{
	enum { WARM_UP = 800, FRAMES = 2000, OWN_REQUESTS = 3 /* attach, damage, commit */ };
	struct session session = session_start(policy);
	long faults = 0;

	for (int frame = 0; frame < WARM_UP; frame++)
		scroll_frame(&session, rows);
	struct compositor_counts before = counts(&session);
	size_t file_bytes = memory_file_bytes();
	for (int frame = 0; frame < FRAMES; frame++)
		faults += scroll_frame(&session, rows);
	struct compositor_counts after = counts(&session);
	CHECK_EQUAL(after.buffers_made, before.buffers_made);
	CHECK_EQUAL(after.buffers_live, before.buffers_live);
	CHECK_EQUAL(after.requests - before.requests, FRAMES * OWN_REQUESTS);
	CHECK_EQUAL(memory_file_bytes(), file_bytes); /* pages are used again, not given back and fetched */
	CHECK(faults < FRAMES / 20);
	session_stop(&session);
}

TEST(steady_scrolling_makes_no_objects_and_no_pages)
{
	scroll_steadily(RELEASE_AT_ONCE, 17);
	scroll_steadily(RELEASE_AT_ONCE, -20);
}

TEST(steady_scrolling_with_two_buffers_makes_no_objects_and_no_pages)
{
	scroll_steadily(RELEASE_ON_REPLACE, 17);
	scroll_steadily(RELEASE_ON_REPLACE, -3);
}

/* A window so high that hardly two scrolls in a frame end at the same offset. */
#define FLOOD_WIDTH 4
#define FLOOD_HEIGHT 6000
#define FLOOD_SCROLLS 20000

static int same_rows(int i)
{
	(void)i;
	return 14;
}

static int changing_rows(int i)
{
	int rows = (int)((unsigned)i * 2654435761u >> 16) % 501 - 250;

	return rows == 0 ? 1 : rows;
}

/* False is an answer, and so is moving the rows: what counts is that the connection lives. */
static void flood_frame(const struct session *session, struct buffer *buffer, int (*rows_of)(int), bool is_served)
{
	for (int i = 0; i < FLOOD_SCROLLS; i++) {
		shm_scroll(session->shm, buffer, rows_of(i), 0, 0, 0, 0);
		if (is_served && i % 1000 == 0)
			CHECK(compositor_serve(session->compositor)); /* the compositor reads, we do not listen */
	}
}

static void flood(int (*rows_of)(int), bool is_served)
{
	struct session session = session_start(RELEASE_ON_REPLACE);

	for (unsigned frame = 1; frame <= 3; frame++) {
		struct buffer *buffer = session_get(&session, FLOOD_WIDTH, FLOOD_HEIGHT, COOKIE, true);
		unsigned requests = counts(&session).requests;

		flood_frame(&session, buffer, rows_of, is_served);
		buffer_fill(buffer, frame);
		session_show(&session, buffer);
		CHECK_EQUAL(compositor_frame(session.compositor).pixels[5], frame);
		CHECK(counts(&session).requests - requests < 500);
	}
	session_stop(&session);
}

TEST(thousands_of_equal_scrolls_in_one_frame_do_not_fill_the_socket)
{
	flood(same_rows, true);
}

TEST(thousands_of_different_scrolls_in_one_frame_do_not_fill_the_socket)
{
	flood(changing_rows, true);
}

TEST(thousands_of_scrolls_that_nobody_reads_do_not_end_the_connection)
{
	flood(changing_rows, false);
}

/* --- files ------------------------------------------------------------------------------------------------------ */

/* The seals that all memory files of this process have in common; -1 if there are no memory files. */
static int common_seals(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int common = -1;

	CHECK(directory != NULL);
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		int seals = entry->d_name[0] == '.' ? -1 : fcntl(atoi(entry->d_name), F_GET_SEALS);

		if (seals >= 0)
			common &= seals;
	}
	closedir(directory);
	return common;
}

/* F_SEAL_SHRINK spares compositors their handlers of SIGBUS, and is what imports to the GPU ask for. */
TEST(memory_files_cannot_shrink)
{
	struct session session = session_start(RELEASE_ON_REPLACE);

	session_get(&session, WIDTH, HEIGHT, COOKIE, true);
	session_get(&session, WIDTH, HEIGHT, COOKIE + 1, false);
	CHECK(common_seals() >= 0 && (common_seals() & F_SEAL_SHRINK));
	session_stop(&session);
}

/* Linux 6.3 and later log files that could be executed, and can be told to refuse them. */
TEST(memory_files_cannot_be_executed)
{
	int probe = memfd_create("probe", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	if (probe < 0)
		SKIP("this kernel has no MFD_NOEXEC_SEAL");
	close(probe);
	struct session session = session_start(RELEASE_ON_REPLACE);
	session_get(&session, WIDTH, HEIGHT, COOKIE, true);
	session_get(&session, WIDTH, HEIGHT, COOKIE + 1, false);
	CHECK(common_seals() >= 0 && (common_seals() & F_SEAL_EXEC));
	session_stop(&session);
}

TEST(memory_files_are_not_inherited)
{
	struct session session = session_start(RELEASE_ON_REPLACE);
	DIR *directory = opendir("/proc/self/fd");

	session_get(&session, WIDTH, HEIGHT, COOKIE, true);
	CHECK(directory != NULL);
	rewinddir(directory);
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		int descriptor = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && fcntl(descriptor, F_GET_SEALS) >= 0)
			CHECK(fcntl(descriptor, F_GETFD) & FD_CLOEXEC);
	}
	closedir(directory);
	session_stop(&session);
}

TEST(buffers_begin_at_a_page)
{
	struct session session = session_start(RELEASE_ON_REPLACE);
	uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);

	for (int i = 0; i < 40; i++) {
		struct buffer *buffer =
			session_get(&session, 91 + i * 13, 23 + i, COOKIE + (unsigned long)(i % 3), i % 2 == 0);

		CHECK_EQUAL((uintptr_t)buffer->mmapped % page_bytes, 0);
		buffer->age = 0;
		CHECK(window_show(&session.window, buffer->wl_buf));
	}
	session_stop(&session);
}
