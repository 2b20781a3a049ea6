/* The life of a buffer: what shm_get_buffer() returns, when a buffer comes back, which goes and which stays. */
#include <endian.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "compositor/session.h"
#include "support/runner.h"

#define COOKIE 77
#define WHITE 0xffffffff

static struct compositor_counts counts(const struct session *session)
{
	return compositor_counts(session->compositor);
}

static void check_is_new(const struct buffer *buffer)
{
	CHECK_EQUAL(buffer->age, 1234);
	CHECK(buffer_is_all(buffer, 0));
}

TEST(a_new_buffer_is_zero_and_old)
{
	const int sizes[][2] = { { 1, 1 }, { 3, 5 }, { 90, 24 }, { 1, 4000 }, { 4000, 1 }, { 844, 564 }, { 1021, 513 } };
	struct session session = session_start(RELEASE_ON_REPLACE);

	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			bool is_scrollable = (i + round) % 2 == 0;
			struct buffer *buffer =
				session_get(&session, sizes[i][0], sizes[i][1], COOKIE + i, is_scrollable);

			check_is_new(buffer);
			buffer_fill(buffer, WHITE);
			session_show(&session, buffer);
		}
		CHECK(compositor_release_all(session.compositor));
		CHECK(compositor_pump(session.compositor));
		for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			shm_purge(session.shm, COOKIE + i);
	}
	session_stop(&session);
}

TEST(a_reused_buffer_comes_without_the_records_of_its_last_use)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct buffer *buffer = session_get(&session, 60, 40, COOKIE, true);

	for (int frame = 0; frame < 10; frame++) {
		CHECK(buffer->scroll_damage == NULL);
		buffer->scroll_damage = malloc(48); /* freed by the library: leak checkers see it if not */
		buffer->scroll_damage_count = 3;
		for (int i = 0; i < 5; i++)
			pixman_region32_union_rect(&buffer->dirty, &buffer->dirty, i * 7, i * 5, 3, 3);
		session_show(&session, buffer);
		CHECK(!buffer->busy);
		CHECK_EQUAL(buffer->scroll_damage_count, 3); /* last_buf's records are there until the next request */
		CHECK(pixman_region32_not_empty(&buffer->dirty));
		struct buffer *next = session_get(&session, 60, 40, COOKIE, true);
		CHECK(next == buffer);
		CHECK_EQUAL(next->age, 0);
	}
	buffer->scroll_damage = malloc(1);
	buffer->scroll_damage_count = 1;
	session_stop(&session);
}

TEST(a_buffer_is_busy_until_its_release)
{
	struct session session = session_start(RELEASE_BY_HAND);
	struct buffer *first = session_frame(&session, 32, 32, COOKIE, false, 1);
	struct buffer *second = session_frame(&session, 32, 32, COOKIE, false, 2);

	CHECK(first != second && first->busy && second->busy);
	CHECK(compositor_release_oldest(session.compositor));
	CHECK(first->busy); /* the event has not been dispatched */
	CHECK(compositor_pump(session.compositor));
	CHECK(!first->busy && second->busy);
	session_stop(&session);
}

TEST(of_two_idle_buffers_neither_is_lost)
{
	struct session session = session_start(RELEASE_BY_HAND);
	struct runner_resources before = { 0 };
	struct compositor_counts counts_before = { 0 };

	for (int round = 0; round < 10; round++) {
		session_frame(&session, 64, 48, COOKIE, true, 1);
		struct buffer *last = session_frame(&session, 64, 48, COOKIE, true, 2);

		compositor_release_newest(session.compositor);
		compositor_release_all(session.compositor);
		CHECK(compositor_pump(session.compositor));
		CHECK(session_get(&session, 64, 48, COOKIE, true) == last);
		session_show(&session, last);
		CHECK(compositor_release_all(session.compositor));
		CHECK(compositor_pump(session.compositor));
		if (round == 1) {
			before = runner_count_resources();
			counts_before = counts(&session);
		}
	}
	CHECK_SAME_RESOURCES(before);
	CHECK_EQUAL(counts(&session).pools_live, counts_before.pools_live);
	CHECK_EQUAL(counts(&session).buffers_live, counts_before.buffers_live);
	session_stop(&session);
}

TEST(the_last_buffer_keeps_its_records_when_an_older_one_is_returned)
{
	struct session session = session_start(RELEASE_BY_HAND);
	struct buffer *older = session_frame(&session, 64, 48, COOKIE, true, 1);
	struct buffer *last = session_frame(&session, 64, 48, COOKIE, true, 2);

	last->scroll_damage = malloc(32);
	last->scroll_damage_count = 2;
	pixman_region32_union_rect(&last->dirty, &last->dirty, 0, 0, 9, 9);
	CHECK(compositor_release_oldest(session.compositor));
	CHECK(compositor_pump(session.compositor));
	CHECK(session_get(&session, 64, 48, COOKIE, true) == older);
	CHECK(older->age >= 2); /* 1 would ask for a replay of the records */
	CHECK(last->scroll_damage != NULL && last->scroll_damage_count == 2);
	CHECK(pixman_region32_not_empty(&last->dirty));
	CHECK(buffer_is_all(last, 2));
	session_stop(&session);
}

TEST(surplus_buffers_stay_for_a_while_and_go_then)
{
	struct session session = session_start(RELEASE_BY_HAND);
	struct buffer *buffers[4], *got;

	for (unsigned i = 0; i < 4; i++)
		buffers[i] = session_frame(&session, 64, 48, COOKIE, true, i);
	for (int i = 0; i < 3; i++)
		CHECK(compositor_release_oldest(session.compositor));
	CHECK(compositor_pump(session.compositor));
	got = session_get(&session, 64, 48, COOKIE, true);
	CHECK(got == buffers[2]); /* the youngest that is idle */
	CHECK(got->age >= 2);
	session_show(&session, got);
	got = session_get(&session, 64, 48, COOKIE, true); /* the compositor is late again: the next youngest */
	CHECK(got == buffers[1]);
	session_show(&session, got);
	CHECK_EQUAL(counts(&session).buffers_live, 4);
	CHECK(compositor_release_all(session.compositor));
	CHECK(compositor_pump(session.compositor));
	compositor_set_policy(session.compositor, RELEASE_AT_ONCE, 0);
	for (unsigned frame = 0; frame < 20; frame++) /* and is not late any more */
		CHECK(session_frame(&session, 64, 48, COOKIE, true, frame) == got);
	CHECK_EQUAL(counts(&session).buffers_live, 1);
	CHECK(shm_can_scroll(got) && !shm_can_scroll(buffers[0]) && !shm_can_scroll(buffers[3]));
	session_stop(&session);
}

/* Of two that are idle together, the second is wanted again. */
TEST(a_second_idle_buffer_is_not_made_anew)
{
	struct session session = session_start(RELEASE_BY_HAND);
	unsigned made = 0;

	for (unsigned round = 0; round < 50; round++) {
		struct buffer *first = session_frame(&session, 60, 40, COOKIE + 1, true, 1);
		struct buffer *second = session_frame(&session, 60, 40, COOKIE + 1, true, 2);

		CHECK(first != second && compositor_release_all(session.compositor));
		CHECK(compositor_pump(session.compositor));
		if (round > 0)
			CHECK_EQUAL(counts(&session).buffers_made, made);
		made = counts(&session).buffers_made;
	}
	session_stop(&session);
}

TEST(a_buffer_of_an_older_size_is_readable_until_the_next_request)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct buffer *older = session_frame(&session, 100, 80, COOKIE, true, 5);
	struct buffer *newer = session_get(&session, 120, 90, COOKIE, true);

	check_is_new(newer);
	CHECK(older != newer && older->width == 100 && older->size == 100 * 4 * 80);
	CHECK(buffer_is_all(older, 5));
	buffer_fill(newer, 6);
	CHECK(buffer_is_all(older, 5));
	session_show(&session, newer);
	CHECK(shm_can_scroll(older));
	CHECK(session_get(&session, 120, 90, COOKIE, true) == newer);
	CHECK(!shm_can_scroll(older));
	session_show(&session, newer);
	CHECK_EQUAL(counts(&session).buffers_live, 1);
	session_stop(&session);
}

TEST(a_held_buffer_of_an_older_size_is_there_when_the_size_comes_back)
{
	struct session session = session_start(RELEASE_BY_HAND);
	struct buffer *first = session_frame(&session, 100, 80, COOKIE, true, 5);
	struct buffer *other = session_frame(&session, 120, 90, COOKIE, true, 6);

	CHECK(compositor_release_oldest(session.compositor));
	CHECK(compositor_pump(session.compositor));
	CHECK(!first->busy && other->busy);
	CHECK(session_get(&session, 100, 80, COOKIE, true) == first);
	CHECK(buffer_is_all(first, 5));
	session_stop(&session);
}

TEST(buffers_of_other_cookies_are_left_alone)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct buffer *last = session_frame(&session, 200, 100, COOKIE, true, 0xabcdef);
	struct wl_buffer *wl_buffer = last->wl_buf;
	void *pixels = last->mmapped;

	for (int i = 1; i < 800; i++) {
		unsigned long cookie = COOKIE + 1 + (unsigned long)(i % 11);

		session_frame(&session, 10 + i % 300, 10 + i % 7 * 20, cookie, i % 3 == 0, WHITE);
		if (i % 50 == 0)
			shm_purge(session.shm, cookie);
	}
	CHECK(last->wl_buf == wl_buffer && last->mmapped == pixels && !last->busy);
	CHECK(buffer_is_all(last, 0xabcdef));
	CHECK(session_get(&session, 200, 100, COOKIE, true) == last);
	CHECK_EQUAL(last->age, 0);
	CHECK(buffer_is_all(last, 0xabcdef));
	session_stop(&session);
}

TEST(a_buffer_in_hand_survives_requests_for_others)
{
	struct session session = session_start(RELEASE_ON_REPLACE);
	struct buffer *in_hand = session_get(&session, 50, 50, COOKIE, true);

	buffer_fill(in_hand, 9);
	for (int i = 1; i <= 4; i++)
		buffer_fill(session_get(&session, 50 + i, 50, COOKIE, true), WHITE);
	CHECK(in_hand->busy && buffer_is_all(in_hand, 9));
	session_show(&session, in_hand);
	CHECK_EQUAL(compositor_frame(session.compositor).pixels[50 * 50 - 1], 9);
	session_stop(&session);
}

/* --- kinds ------------------------------------------------------------------------------------------------------ */

TEST(a_buffer_has_as_many_images_as_were_asked_for)
{
	enum { IMAGE_CASES = 5 };
	const size_t images[IMAGE_CASES] = { 1, 4, 2, 17, 1 };
	struct session session = session_start(RELEASE_AT_ONCE);

	for (unsigned i = 0; i < 2 * IMAGE_CASES; i++) {
		size_t count = images[i % IMAGE_CASES];
		struct buffer *buffer = shm_get_buffer(session.shm, 40, 30, COOKIE, i < IMAGE_CASES, count);

		CHECK(buffer != NULL && buffer->pix_instances == count);
		for (size_t j = 0; j < count; j++) {
			pixman_image_t *image = buffer->pix[j];

			CHECK(image != NULL && (void *)pixman_image_get_data(image) == buffer->mmapped);
			CHECK_EQUAL(pixman_image_get_width(image), 40);
			CHECK_EQUAL(pixman_image_get_height(image), 30);
			CHECK_EQUAL(pixman_image_get_stride(image), buffer->stride);
			CHECK_EQUAL(pixman_image_get_format(image), PIXEL_FORMAT);
		}
		session_show(&session, buffer);
	}
	session_stop(&session);
}

TEST(a_buffer_scrolls_if_that_was_asked_for)
{
	struct session session = session_start(RELEASE_AT_ONCE);

	for (int i = 0; i < 8; i++) {
		bool is_scrollable = i / 2 % 2 == 1;
		struct buffer *buffer = session_frame(&session, 40, 30, COOKIE, is_scrollable, 3);

		CHECK(buffer->scrollable == is_scrollable);
		CHECK(shm_can_scroll(buffer) == is_scrollable);
	}
	session_stop(&session);
}

static void spoil(pixman_image_t *image)
{
	pixman_transform_t transform;
	pixman_region32_t clip;

	pixman_transform_init_scale(&transform, 2 * pixman_fixed_1, 2 * pixman_fixed_1);
	pixman_image_set_transform(image, &transform);
	pixman_region32_init_rect(&clip, 1, 1, 2, 2);
	pixman_image_set_clip_region32(image, &clip);
	pixman_region32_fini(&clip);
}

static void check_fills_all(struct buffer *buffer, pixman_image_t *image, uint16_t grey)
{
	const pixman_color_t colour = { grey, grey, grey, 0xffff };
	const pixman_rectangle16_t all = { 0, 0, (uint16_t)buffer->width, (uint16_t)buffer->height };

	CHECK(pixman_image_fill_rectangles(PIXMAN_OP_SRC, image, &colour, 1, &all));
	uint32_t byte = grey >> 8;
	CHECK(buffer_is_all(buffer, htole32(0xff000000 | byte << 16 | byte << 8 | byte)));
}

/* Copies the image onto itself, two rows further: a transformation would show. */
static void check_is_not_transformed(struct buffer *buffer, pixman_image_t *image)
{
	pixman_image_t *target = pixman_image_create_bits(PIXEL_FORMAT, buffer->width, buffer->height, NULL, 0);

	buffer_row(buffer, 2)[3] = 0xff123456;
	pixman_image_composite32(PIXMAN_OP_SRC, image, NULL, target, 0, 0, 0, 0, 0, 0, buffer->width, buffer->height);
	CHECK(memcmp(pixman_image_get_data(target), buffer->mmapped, buffer->size) == 0);
	pixman_image_unref(target);
}

TEST(images_are_without_clip_and_transformation_after_a_scroll)
{
	struct session session = session_start(RELEASE_AT_ONCE);

	for (int frame = 0; frame < 100; frame++) {
		struct buffer *buffer = shm_get_buffer(session.shm, 40, 30, COOKIE, true, 3);

		CHECK(buffer != NULL);
		for (int i = 0; i < 3; i++)
			spoil(buffer->pix[i]);
		CHECK(shm_scroll(session.shm, buffer, frame % 2 == 0 ? 5 : 3, 0, 0, 0, 0));
		for (int i = 0; i < 3; i++) {
			CHECK((void *)pixman_image_get_data(buffer->pix[i]) == buffer->mmapped);
			check_fills_all(buffer, buffer->pix[i], (uint16_t)((frame + i + 1) << 8));
			check_is_not_transformed(buffer, buffer->pix[i]);
		}
		session_show(&session, buffer);
	}
	session_stop(&session);
}
