/* Arguments that make no sense: one line that names the argument, a result that says so, and nothing else happens. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "compositor/session.h"
#include "support/refuse_calls.h"
#include "support/runner.h"

#define COOKIE 77
#define POPULATE_WRITE 23 /* MADV_POPULATE_WRITE, which older C libraries do not name */
#define WIDTH 60
#define HEIGHT 40

struct bad_request {
	int width, height;
	size_t images;
	const char *named;
	int expected_errno;
};

static const struct bad_request bad_requests[] = {
	{ 0, HEIGHT, 1, "width", EINVAL },
	{ -1, HEIGHT, 1, "width", EINVAL },
	{ INT_MIN, HEIGHT, 1, "width", EINVAL },
	{ WIDTH, 0, 1, "height", EINVAL },
	{ WIDTH, -1, 1, "height", EINVAL },
	{ WIDTH, INT_MIN, 1, "height", EINVAL },
	{ 30000, 20000, 1, "width", EOVERFLOW },
	{ INT_MAX, 1, 1, "width", EOVERFLOW },
	{ 1, INT_MAX, 1, "height", EOVERFLOW },
	{ INT_MAX, INT_MAX, 1, "width", EOVERFLOW },
	{ 1 << 30, 1, 1, "width", EOVERFLOW }, /* 4 * width is 2^32 */
	{ 46341, 46341, 1, "width", EOVERFLOW },
	{ 16384, 32768, 1, "width", EOVERFLOW }, /* exactly 2^31 bytes */
};

static void check_refused(const struct session *session, const struct bad_request *bad, bool is_scrollable)
{
	struct messages messages;

	messages_catch(&messages);
	errno = 0;
	struct buffer *buffer =
		shm_get_buffer(session->shm, bad->width, bad->height, COOKIE, is_scrollable, bad->images);
	int got_errno = errno;
	messages_stop();
	CHECK(buffer == NULL);
	CHECK_EQUAL(got_errno, bad->expected_errno);
	CHECK_EQUAL(messages.errors, 1);
	CHECK_EQUAL(messages.warnings, 0);
	CHECK(strstr(messages.last, "shm_get_buffer") != NULL && strstr(messages.last, bad->named) != NULL);
}

TEST(get_refuses_bad_sizes_and_numbers)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct buffer *good = session_frame(&session, WIDTH, HEIGHT, COOKIE, true, 5);
	struct runner_resources before = runner_count_resources();

	for (int mode = SHM_ERRORS_ABORT; mode <= SHM_ERRORS_RETURN; mode++) {
		shm_set_error_mode(mode);
		for (size_t i = 0; i < sizeof(bad_requests) / sizeof(bad_requests[0]); i++) {
			check_refused(&session, &bad_requests[i], true);
			check_refused(&session, &bad_requests[i], false);
		}
	}
	shm_set_error_mode(SHM_ERRORS_ABORT);
	CHECK_SAME_RESOURCES(before);
	CHECK(buffer_is_all(good, 5));
	CHECK(session_get(&session, WIDTH, HEIGHT, COOKIE, true) == good); /* refused requests are no requests */
	CHECK_EQUAL(good->age, 0);
	session_stop(&session);
}

TEST(get_refuses_a_number_of_images_that_nobody_has)
{
	const size_t numbers[] = { 65537, 1u << 30, SIZE_MAX / 8, SIZE_MAX / 8 + 1, SIZE_MAX / 2 + 1, SIZE_MAX };
	struct session session = session_start(RELEASE_AT_ONCE);

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct bad_request bad = { WIDTH, HEIGHT, numbers[i], "pix_instances", EINVAL };

		check_refused(&session, &bad, false);
	}
	session_stop(&session);
}

TEST(get_takes_no_images_and_very_many)
{
	const size_t numbers[] = { 0, 65536, 0, 1 };
	struct session session = session_start(RELEASE_AT_ONCE);

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct buffer *buffer = shm_get_buffer(session.shm, WIDTH, HEIGHT, COOKIE, true, numbers[i]);

		CHECK(buffer != NULL && buffer->pix_instances == numbers[i]);
		CHECK((buffer->pix == NULL) == (numbers[i] == 0));
		for (size_t j = 0; j < numbers[i]; j++)
			CHECK((void *)pixman_image_get_data(buffer->pix[j]) == buffer->mmapped);
		CHECK(shm_scroll(session.shm, buffer, 3, 0, 0, 0, 0));
		CHECK((buffer->pix == NULL) == (numbers[i] == 0));
		buffer_fill(buffer, 8);
		session_show(&session, buffer);
	}
	session_stop(&session);
}

TEST(get_refuses_null)
{
	struct messages messages;

	messages_catch(&messages);
	errno = 0;
	CHECK(shm_get_buffer(NULL, WIDTH, HEIGHT, COOKIE, false, 1) == NULL);
	CHECK_EQUAL(errno, EINVAL);
	CHECK_EQUAL(messages.errors, 1);
	CHECK(strstr(messages.last, "shm_get_buffer") != NULL && strstr(messages.last, "NULL") != NULL);
	messages_stop();
	shm_fini();
}

TEST(the_largest_buffers_are_given)
{
	const int sizes[][2] = { { 16384, 32767 }, { 1, INT32_MAX / 4 } };

	if (sizeof(void *) < 8)
		SKIP("one process is the program and the compositor: both do not fit into 32 bits of addresses");
	/* Their pages do not come before they are used, so that not every machine that tests needs 2 GiB for it. */
	refuse_advice(POPULATE_WRITE, EINVAL);
	struct session session = session_start(RELEASE_AT_ONCE);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct buffer *buffer = session_get(&session, sizes[i][0], sizes[i][1], COOKIE, i % 2 == 0);
		uint32_t *last_row = buffer_row(buffer, buffer->height - 1);

		CHECK(buffer_row(buffer, 0)[0] == 0 && last_row[buffer->width - 1] == 0);
		buffer_row(buffer, 0)[0] = last_row[buffer->width - 1] = 1;
		CHECK(compositor_pump(session.compositor)); /* the compositor agrees */
		shm_purge(session.shm, COOKIE);
		CHECK(compositor_pump(session.compositor));
	}
	session_stop(&session);
}

/* --- shm_scroll ------------------------------------------------------------------------------------------------- */

struct scroll {
	int rows, top_margin, top_keep, bottom_margin, bottom_keep;
};

static const struct scroll bad_scrolls[] = {
	{ 0, 0, 0, 0, 0 },
	{ HEIGHT, 0, 0, 0, 0 },
	{ -HEIGHT, 0, 0, 0, 0 },
	{ HEIGHT + 1, 0, 0, 0, 0 },
	{ INT_MAX, 0, 0, 0, 0 },
	{ -INT_MAX, 0, 0, 0, 0 },
	{ INT_MIN, 0, 0, 0, 0 },
	{ 3, -1, 1, 0, 0 },
	{ 3, 0, -1, 0, 0 },
	{ 3, 0, 0, -1, 1 },
	{ 3, 0, 0, 0, -1 },
	{ -3, INT_MIN, 1, 0, 0 },
	{ -3, 0, 0, 0, INT_MIN },
	{ 3, 0, HEIGHT, 0, 0 },
	{ 3, 0, INT_MAX, 0, 0 },
	{ 3, INT_MAX, INT_MAX, INT_MAX, INT_MAX },
	{ -3, INT_MAX, 1, INT_MAX, 1 },
	{ 3, HEIGHT - 3, 1, 0, 0 },
	{ 3, 0, 20, 0, 20 },
	{ -3, 0, 20, 0, 20 },
	{ 3, 5, 15, 5, 15 },
	{ HEIGHT - 1, 0, 1, 0, 1 },
	{ 1 - HEIGHT, 0, 0, 0, 2 },
};

static bool scroll(struct wl_shm *shm, struct buffer *buffer, const struct scroll *how)
{
	return shm_scroll(shm, buffer, how->rows, how->top_margin, how->top_keep, how->bottom_margin, how->bottom_keep);
}

static void number_rows(struct buffer *buffer)
{
	for (int y = 0; y < buffer->height; y++)
		for (int x = 0; x < buffer->width; x++)
			buffer_row(buffer, y)[x] = (uint32_t)y + 1;
}

static void check_rows_are_numbered(const struct buffer *buffer)
{
	for (int y = 0; y < buffer->height; y++)
		for (int x = 0; x < buffer->width; x++)
			CHECK(buffer_row(buffer, y)[x] == (uint32_t)y + 1);
}

/* What lies between the fields is nobody's. */
static bool has_equal_fields(const struct buffer *one, const struct buffer *two)
{
	return one->cookie == two->cookie && one->width == two->width && one->height == two->height &&
	       one->stride == two->stride && one->busy == two->busy && one->size == two->size &&
	       one->mmapped == two->mmapped && one->wl_buf == two->wl_buf && one->pix == two->pix &&
	       one->pix_instances == two->pix_instances && one->fd == two->fd && one->pool == two->pool &&
	       one->real_mmapped == two->real_mmapped && one->mmap_size == two->mmap_size &&
	       one->offset == two->offset && one->scrollable == two->scrollable && one->purge == two->purge &&
	       one->age == two->age && one->scroll_damage == two->scroll_damage &&
	       one->scroll_damage_count == two->scroll_damage_count && one->dirty.data == two->dirty.data;
}

/* `buffer` is what is passed; `pixels` the buffer that must stay as it is. */
static void check_not_scrolled(struct wl_shm *shm, struct buffer *buffer, struct buffer *pixels, const struct scroll *how)
{
	struct messages messages;
	struct buffer before = *pixels;

	number_rows(pixels);
	messages_catch(&messages);
	errno = 0;
	bool is_scrolled = scroll(shm, buffer, how);
	int got_errno = errno;
	messages_stop();
	CHECK(!is_scrolled);
	CHECK_EQUAL(got_errno, EINVAL);
	CHECK_EQUAL(messages.errors, 1);
	CHECK(strstr(messages.last, "shm_scroll") != NULL);
	CHECK(has_equal_fields(&before, pixels));
	check_rows_are_numbered(pixels);
}

TEST(scroll_refuses_bad_numbers_and_changes_nothing)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct buffer *buffer = session_get(&session, WIDTH, HEIGHT, COOKIE, true);

	for (size_t i = 0; i < sizeof(bad_scrolls) / sizeof(bad_scrolls[0]); i++)
		check_not_scrolled(session.shm, buffer, buffer, &bad_scrolls[i]);
	session_show(&session, buffer);
	session_stop(&session);
}

TEST(scroll_refuses_what_is_no_buffer_of_this_display)
{
	static const struct scroll good = { 3, 0, 0, 0, 0 };
	struct session session = session_start(RELEASE_AT_ONCE), other = session_start(RELEASE_AT_ONCE);
	struct buffer *buffer = session_get(&session, WIDTH, HEIGHT, COOKIE, true);
	struct buffer *gone = session_frame(&session, WIDTH, HEIGHT, COOKIE + 1, true, 1);
	struct buffer copy = *buffer;
	struct buffer nothing;

	memset(&nothing, 0, sizeof(nothing));
	shm_purge(session.shm, COOKIE + 1);
	check_not_scrolled(session.shm, NULL, buffer, &good);
	check_not_scrolled(session.shm, gone, buffer, &good);
	check_not_scrolled(session.shm, &copy, buffer, &good);
	check_not_scrolled(session.shm, &nothing, buffer, &good);
	check_not_scrolled(session.shm, (struct buffer *)((char *)buffer + 8), buffer, &good);
	check_not_scrolled(other.shm, buffer, buffer, &good);
	check_not_scrolled(NULL, buffer, buffer, &good);
	CHECK(shm_scroll(session.shm, buffer, 3, 0, 0, 0, 0));
	session_show(&session, buffer);
	shm_fini();
	session_stop(&other);
	session_stop(&session);
}

TEST(scroll_of_a_buffer_without_room_says_nothing)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct buffer *buffer = session_get(&session, WIDTH, HEIGHT, COOKIE, false);
	struct messages messages;

	number_rows(buffer);
	messages_catch(&messages);
	CHECK(!shm_scroll(session.shm, buffer, 3, 0, 0, 0, 0)); /* foot asks for it, and moves the rows itself */
	CHECK_EQUAL(messages.errors + messages.warnings, 0);
	messages_stop();
	check_rows_are_numbered(buffer);
	session_stop(&session);
}

TEST(can_scroll_takes_anything)
{
	struct buffer nothing;
	char place;

	memset(&nothing, 0, sizeof(nothing));
	nothing.scrollable = true;
	CHECK(!shm_can_scroll(NULL));
	CHECK(!shm_can_scroll(&nothing));
	CHECK(!shm_can_scroll((struct buffer *)(void *)&place));
	CHECK(!shm_can_scroll((struct buffer *)8));
	shm_fini();
}

TEST(purge_takes_null)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct buffer *buffer = session_frame(&session, WIDTH, HEIGHT, COOKIE, true, 5);

	shm_purge(NULL, COOKIE);
	CHECK(compositor_pump(session.compositor));
	CHECK(buffer_is_all(buffer, 5) && shm_can_scroll(buffer));
	session_stop(&session);
}
