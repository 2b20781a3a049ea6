/* shm_carry_over(): what the program does not draw comes from another buffer, and nothing else changes. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "compositor/session.h"
#include "support/runner.h"

#define COOKIE 77
#define WIDTH 4
#define HEIGHT 3

/* What carries over pixel by pixel. */
static uint32_t expected_pixel(pixman_region32_t *region, int x, int y, uint32_t from, uint32_t to)
{
	return region != NULL && pixman_region32_contains_point(region, x, y, NULL) ? to : from;
}

static void number_pixels(const struct buffer *buffer, uint32_t first)
{
	for (int y = 0; y < buffer->height; y++)
		for (int x = 0; x < buffer->width; x++)
			buffer_row(buffer, y)[x] = first + (uint32_t)(y * buffer->width + x);
}

static void check_carried(const struct buffer *dst, const struct buffer *src, pixman_region32_t *region)
{
	for (int y = 0; y < dst->height; y++)
		for (int x = 0; x < dst->width; x++) {
			uint32_t number = (uint32_t)(y * dst->width + x);

			CHECK_EQUAL(buffer_row(dst, y)[x], expected_pixel(region, x, y, 1000 + number, 2000 + number));
			CHECK_EQUAL(buffer_row(src, y)[x], 1000 + number);
		}
}

/* Each set of pixels of a small picture is drawn, in buffers that scroll and that do not. */
static void check_each_region(bool is_scrollable)
{
	struct session session = session_start(RELEASE_NEVER);
	struct buffer *src = session_get(&session, WIDTH, HEIGHT, COOKIE, is_scrollable);
	struct buffer *dst = session_get(&session, WIDTH, HEIGHT, COOKIE, is_scrollable);

	number_pixels(src, 1000);
	for (unsigned bits = 0; bits < 1u << (WIDTH * HEIGHT); bits++) {
		pixman_region32_t region;

		pixman_region32_init(&region);
		for (int i = 0; i < WIDTH * HEIGHT; i++)
			if (bits >> i & 1)
				pixman_region32_union_rect(&region, &region, i % WIDTH, i / WIDTH, 1, 1);
		number_pixels(dst, 2000);
		CHECK(shm_carry_over(dst, src, &region));
		check_carried(dst, src, &region);
		pixman_region32_fini(&region);
	}
	number_pixels(dst, 2000);
	CHECK(shm_carry_over(dst, src, NULL));
	check_carried(dst, src, NULL);
	session_stop(&session);
}

TEST(what_is_not_drawn_is_carried_over)
{
	check_each_region(false);
}

TEST(what_is_not_drawn_is_carried_over_where_buffers_scroll)
{
	check_each_region(true);
}

static pixman_region32_t random_region(int width, int height)
{
	pixman_region32_t region;

	pixman_region32_init(&region);
	for (int count = rand() % 12; count > 0; count--)
		pixman_region32_union_rect(&region, &region, rand() % (width + 40) - 20, rand() % (height + 40) - 20,
					   1 + (unsigned)(rand() % width), 1 + (unsigned)(rand() % height) / 4);
	return region;
}

/* Larger ones, after scrolls, with what lies outside; and the neighbours in the memory file stay as they are. */
TEST(random_regions_of_random_pictures_are_left_out)
{
	struct session session = session_start(RELEASE_NEVER);

	srand(11);
	shm_set_max_held(0);
	for (int round = 0; round < 60; round++) {
		int width = 1 + rand() % 90, height = 2 + rand() % 60;
		unsigned long cookie = COOKIE + (unsigned long)round;
		struct buffer *buffers[4];

		for (int i = 0; i < 4; i++) {
			buffers[i] = session_get(&session, width, height, cookie, round % 3 != 0);
			(void)shm_scroll(session.shm, buffers[i], 1, 0, 0, 0, 0);
			number_pixels(buffers[i], (uint32_t)i * 1000);
		}
		pixman_region32_t region = random_region(width, height);

		CHECK(shm_carry_over(buffers[2], buffers[1], &region));
		check_carried(buffers[2], buffers[1], &region);
		pixman_region32_fini(&region);
		for (int i = 0; i < 4; i += 3)
			for (int y = 0; y < height; y++)
				for (int x = 0; x < width; x++)
					CHECK_EQUAL(buffer_row(buffers[i], y)[x], i * 1000 + y * width + x);
		shm_purge(session.shm, cookie);
	}
	session_stop(&session);
}

/* --- what the other buffers lack is known still ------------------------------------------------------------------ */

#define VIEW 24

struct painter {
	struct session session;
	uint32_t picture[VIEW][VIEW];
	struct buffer *last;
};

static void check_shows(const struct painter *painter, const struct buffer *buffer)
{
	for (int y = 0; y < VIEW; y++)
		CHECK(memcmp(buffer_row(buffer, y), painter->picture[y], sizeof(painter->picture[y])) == 0);
}

static void scroll_picture(struct painter *painter, int rows)
{
	memmove(painter->picture, painter->picture[rows], sizeof(painter->picture[0]) * (size_t)(VIEW - rows));
	memset(painter->picture[VIEW - rows], 0, sizeof(painter->picture[0]) * (size_t)rows);
}

/* A rectangle, which is to be recorded if `is_recorded`. */
static void draw(struct painter *painter, struct buffer *buffer, pixman_box32_t box, uint32_t colour, bool is_recorded)
{
	for (int y = box.y1; y < box.y2; y++)
		for (int x = box.x1; x < box.x2; x++)
			buffer_row(buffer, y)[x] = painter->picture[y][x] = colour;
	if (is_recorded)
		pixman_region32_union_rect(&buffer->dirty, &buffer->dirty, box.x1, box.y1, (unsigned)(box.x2 - box.x1),
					   (unsigned)(box.y2 - box.y1));
}

static pixman_box32_t random_box(void)
{
	int x = rand() % VIEW, y = rand() % VIEW;

	return (pixman_box32_t){ x, y, x + 1 + rand() % (VIEW - x), y + 1 + rand() % (VIEW - y) };
}

/* Where the pixels are not said to be up to date, they are carried over: all, or all but what is drawn then. */
static void paint_frame(struct painter *painter, bool is_recorded, uint32_t colour)
{
	struct buffer *buffer = session_get(&painter->session, VIEW, VIEW, COOKIE, true);
	pixman_box32_t box = random_box();
	bool is_carried = painter->last != NULL && painter->last != buffer && (buffer->age != 0 || rand() % 4 == 0);

	if (painter->last == NULL) {
		CHECK(buffer_is_all(buffer, 0));
	} else if (is_carried && rand() % 2 == 0) {
		pixman_region32_t region;

		pixman_region32_init_rect(&region, box.x1, box.y1, (unsigned)(box.x2 - box.x1), (unsigned)(box.y2 - box.y1));
		CHECK(shm_carry_over(buffer, painter->last, &region));
		pixman_region32_fini(&region);
	} else if (is_carried) {
		CHECK(shm_carry_over(buffer, painter->last, NULL));
		int rows = 1 + rand() % 3;

		if (shm_scroll(painter->session.shm, buffer, rows, 0, 0, 0, 0)) {
			scroll_picture(painter, rows);
			buffer->scroll_damage_count++;
		}
	}
	draw(painter, buffer, box, colour, is_recorded);
	check_shows(painter, buffer);
	session_show(&painter->session, buffer);
	painter->last = buffer;
}

static void paint(enum release_policy policy, bool is_recorded)
{
	struct painter painter = { .session = session_start(policy) };

	srand(5);
	for (uint32_t frame = 1; frame < 3000; frame++)
		paint_frame(&painter, is_recorded, frame);
	session_stop(&painter.session);
}

TEST(programs_with_records_show_what_they_draw)
{
	static const enum release_policy policies[] = { RELEASE_AT_ONCE, RELEASE_ON_REPLACE, RELEASE_LATE, RELEASE_OUT_OF_ORDER };

	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++)
		paint(policies[i], true);
}

TEST(programs_without_records_show_what_they_draw)
{
	paint(RELEASE_ON_REPLACE, false);
	paint(RELEASE_LATE, false);
}

/* What is carried over from another buffer than the last one is nothing that the others are known to lack. */
TEST(what_is_carried_over_from_elsewhere_reaches_the_next_buffer)
{
	struct painter painter = { .session = session_start(RELEASE_ON_REPLACE) };
	struct buffer *other = session_get(&painter.session, VIEW, VIEW, COOKIE + 1, true);

	srand(6);
	for (uint32_t frame = 1; frame < 1000; frame++) {
		struct buffer *buffer = session_get(&painter.session, VIEW, VIEW, COOKIE, true);

		if (buffer->age != 0 || frame % 5 == 0) {
			buffer_fill(other, frame << 16);
			for (int y = 0; y < VIEW; y++)
				for (int x = 0; x < VIEW; x++)
					painter.picture[y][x] = frame << 16;
			CHECK(shm_carry_over(buffer, other, NULL));
		}
		draw(&painter, buffer, random_box(), frame, true);
		check_shows(&painter, buffer);
		session_show(&painter.session, buffer);
	}
	session_stop(&painter.session);
}

/* --- arguments ---------------------------------------------------------------------------------------------------- */

static void check_refused(struct buffer *dst, const struct buffer *src, const char *expected)
{
	struct messages messages;

	messages_catch(&messages);
	errno = 0;
	CHECK(!shm_carry_over(dst, src, NULL));
	int got_errno = errno;
	messages_stop();
	CHECK_EQUAL(messages.errors, expected != NULL);
	CHECK_EQUAL(messages.warnings, 0);
	CHECK_EQUAL(got_errno, expected != NULL ? EINVAL : 0);
	if (expected != NULL)
		CHECK(strstr(messages.last, "shm_carry_over: ") != NULL && strstr(messages.last, expected) != NULL);
}

TEST(bad_arguments_change_nothing)
{
	struct session session = session_start(RELEASE_BY_HAND), other_session = session_start(RELEASE_BY_HAND);
	struct buffer *src = session_get(&session, WIDTH, HEIGHT, COOKIE, true);
	struct buffer *dst = session_get(&session, WIDTH, HEIGHT, COOKIE, false);
	struct buffer *wide = session_get(&session, WIDTH + 1, HEIGHT, COOKIE, true);
	struct buffer *high = session_get(&session, WIDTH, HEIGHT + 1, COOKIE, true);
	struct buffer *foreign = session_get(&other_session, WIDTH, HEIGHT, COOKIE, true);
	struct buffer no_buffer = *dst;

	number_pixels(dst, 2000);
	number_pixels(src, 1000);
	check_refused(NULL, src, "dst is NULL");
	check_refused(dst, NULL, "src is NULL");
	check_refused(&no_buffer, src, "dst is NULL or no buffer");
	check_refused(dst, &no_buffer, "src is NULL or no buffer");
	check_refused(dst, foreign, "wl_shm");
	check_refused(dst, wide, "size");
	check_refused(dst, high, "size");
	CHECK(shm_carry_over(dst, dst, NULL));
	for (int i = 0; i < WIDTH * HEIGHT; i++)
		CHECK_EQUAL(buffer_row(dst, i / WIDTH)[i % WIDTH], 2000 + i);
	session_show(&session, dst);
	CHECK(compositor_release_all(session.compositor) && compositor_pump(session.compositor));
	check_refused(dst, src, "dst was released");
	CHECK(shm_carry_over(src, dst, NULL)); /* what was released can still be read */
	CHECK_EQUAL(buffer_row(src, 0)[1], 2001);
	session_stop(&other_session);
	session_stop(&session);
}

TEST(what_was_given_up_is_not_carried_over)
{
	struct session session = session_start(RELEASE_NEVER);
	struct buffer *first = session_frame(&session, WIDTH, HEIGHT, COOKIE, true, 7), *last = first;
	struct messages messages;

	messages_catch(&messages);
	while (first->wl_buf != NULL)
		last = session_frame(&session, WIDTH, HEIGHT, COOKIE, true, 8);
	messages_stop();
	check_refused(last, first, NULL);
	check_refused(first, last, NULL);
	CHECK(buffer_is_all(last, 8) && buffer_is_all(first, 0));
	session_stop(&session);
}
