/* How many memory files there are, and how much a compositor has to map of them. */
#include <stdio.h>
#include <string.h>
#include <wayland-client.h>

#include "compositor/session.h"
#include "support/runner.h"

#define MIB ((uint64_t)1 << 20)
#define COOKIE 0x5000ul
#define WINDOWS_MAX 6
#define SIZES 200
/* Two kinds of files, for small buffers and for large ones, are not below 1 and 4 MiB. */
#define FREE_OF_RULE (8 * MIB)

static struct compositor_counts counts(const struct session *session)
{
	return compositor_counts(session->compositor);
}

/* Shows a frame of each window, on a surface of its own. Returns the bytes of one picture. */
static uint64_t show(struct session *session, struct window *windows, int count, int width, int height)
{
	uint64_t bytes = 0;

	for (int i = 0; i < count; i++) {
		struct buffer *buffer = shm_get_buffer(session->shm, width, height, COOKIE + (unsigned long)i, true, 1);

		memset(buffer->mmapped, i + 1, buffer->size);
		buffer->age = 0;
		CHECK(window_show(&windows[i], buffer->wl_buf));
		bytes = buffer->size;
	}
	return bytes;
}

static void check_bounds(const struct session *session, uint64_t pictures_bytes, struct runner_resources before)
{
	if (counts(session).pool_bytes > 4 * pictures_bytes + FREE_OF_RULE)
		printf("# %llu bytes mapped for pictures of %llu\n", (unsigned long long)counts(session).pool_bytes,
		       (unsigned long long)pictures_bytes);
	CHECK(counts(session).pool_bytes <= 4 * pictures_bytes + FREE_OF_RULE);
	CHECK(runner_count_resources().descriptors <= before.descriptors + 6);
	CHECK_EQUAL(counts(session).pool_resizes, 0);
}

static void open_windows(const struct session *session, struct window *windows)
{
	for (int i = 0; i < WINDOWS_MAX; i++)
		windows[i] = window_open(session->compositor);
}

static void close_windows(struct window *windows)
{
	for (int i = 0; i < WINDOWS_MAX; i++)
		window_close(&windows[i]);
}

/* The compositor keeps the last buffer of each window until the next: two pictures for each. */
TEST(windows_share_a_few_files)
{
	struct session session = session_start(RELEASE_ON_REPLACE);
	struct runner_resources before = runner_count_resources();
	struct window windows[WINDOWS_MAX];

	open_windows(&session, windows);
	for (int count = 1; count <= WINDOWS_MAX; count++)
		for (int frame = 0; frame < 4; frame++) {
			uint64_t bytes = show(&session, windows, count, 700, 500);

			check_bounds(&session, (uint64_t)(2 * count - (frame == 0)) * bytes, before);
		}
	close_windows(windows);
	session_stop(&session);
}

/* A window that is dragged: a picture of the new size, and those that are still shown. */
static void drag(enum release_policy policy, int width, int height, int step)
{
	struct session session = session_start(policy);
	struct runner_resources before = runner_count_resources();
	struct window windows[WINDOWS_MAX];
	uint64_t bytes = 0, shown = policy == RELEASE_AT_ONCE ? 1 : 2;

	open_windows(&session, windows);
	for (int i = 0; i < SIZES; i++) {
		bytes = show(&session, windows, 1, width + i * step, height + i * step);
		/* and one that goes with the next request */
		check_bounds(&session, (i == 0 ? 1 : shown + 1) * bytes, before);
	}
	for (int frame = 0; frame < 40; frame++)
		show(&session, windows, 1, width + (SIZES - 1) * step, height + (SIZES - 1) * step);
	check_bounds(&session, shown * bytes, before);
	close_windows(windows);
	session_stop(&session);
}

TEST(a_window_that_grows_leaves_nothing_mapped)
{
	drag(RELEASE_AT_ONCE, 600, 400, 7);
	drag(RELEASE_ON_REPLACE, 600, 400, 7);
}

TEST(a_window_that_shrinks_leaves_nothing_mapped)
{
	drag(RELEASE_AT_ONCE, 2000, 1700, -7);
	drag(RELEASE_ON_REPLACE, 2000, 1700, -7);
}

TEST(the_files_of_a_large_window_are_not_kept_for_a_small_one)
{
	struct session session = session_start(RELEASE_ON_REPLACE);
	struct runner_resources before = runner_count_resources();
	struct window windows[WINDOWS_MAX];
	uint64_t bytes = 0;

	open_windows(&session, windows);
	for (int frame = 0; frame < 4; frame++)
		show(&session, windows, 2, 3000, 2000);
	for (int frame = 0; frame < 100; frame++)
		bytes = show(&session, windows, 2, 400, 300);
	check_bounds(&session, 4 * bytes, before);
	close_windows(windows);
	session_stop(&session);
}

/* --- what stays resident ----------------------------------------------------------------------------------------- */

/* A terminal that falls quiet makes no call that could give memory back. */
static void drag_and_fall_quiet(enum release_policy policy, unsigned pictures_max)
{
	struct session session = session_start(policy);
	struct window windows[WINDOWS_MAX];
	uint64_t bytes = 0;
	uint32_t state = 5;

	open_windows(&session, windows);
	for (int i = 300; i > 0; i--) {
		state = state * 1103515245 + 12345;
		/* a little up and down on the way */
		bytes = show(&session, windows, 1, 700 + i * 4 + (int)(state >> 16) % 20, 500 + i * 2);
	}
	bytes = show(&session, windows, 1, 700, 500);
	printf("# %zu bytes are resident, a picture has %llu\n", memory_file_bytes(), (unsigned long long)bytes);
	CHECK(memory_file_bytes() <= pictures_max * bytes + MIB);
	close_windows(windows);
	session_stop(&session);
}

TEST(after_a_drag_little_stays_resident)
{
	drag_and_fall_quiet(RELEASE_AT_ONCE, 3);
	drag_and_fall_quiet(RELEASE_ON_REPLACE, 4);
}
