/*
 * Buffers that are shown in turn, and a program that brings each up to date as foot of its version does: by the age, and
 * by what was recorded of the last frame. What is shown is compared with a picture of the program's own.
 */
#include <stdlib.h>
#include <string.h>

#include "chain/stage.h"
#include "support/runner.h"

#define WIDTH 60
#define HEIGHT 48
#define ROW_BYTES ((size_t)WIDTH * 4)
#define IMAGES 3

struct painter {
	struct stage stage;
	struct buffer_chain *chain;
	struct buffer *last;               /* shown last; with a reference, as in foot */
	uint32_t picture[HEIGHT][WIDTH];   /* what it shows */
	unsigned frames, ages[3];          /* frames that began with the age 0, with 1, with more */
};

static int below(int limit)
{
	return rand() % limit;
}

static void painter_start(struct painter *painter, enum release_policy policy, bool is_scrollable)
{
	memset(painter, 0, sizeof(*painter));
	stage_start(&painter->stage, policy);
	painter->chain = stage_chain_of(&painter->stage, is_scrollable, IMAGES);
}

static void painter_forget(struct painter *painter)
{
	shm_unref(painter->last);
	painter->last = NULL;
}

static void painter_stop(struct painter *painter)
{
	painter_forget(painter);
	shm_chain_free(painter->chain);
	stage_stop(&painter->stage);
}

static void check_shows(const struct buffer *buffer, const struct painter *painter)
{
	for (int y = 0; y < HEIGHT; y++)
		CHECK(memcmp(pixel_row(buffer, y), painter->picture[y], ROW_BYTES) == 0);
}

static void scroll_rows(char *pixels, size_t stride, int rows)
{
	size_t distance = (size_t)abs(rows) * stride, left = HEIGHT * stride - distance;

	memmove(rows > 0 ? pixels : pixels + distance, rows > 0 ? pixels + distance : pixels, left);
	memset(rows > 0 ? pixels + left : pixels, 0, distance);
}

static void scroll(struct buffer *buffer, int rows)
{
	if (!shm_scroll(buffer, rows, 0, 0, 0, 0))
		scroll_rows(buffer->data, (size_t)buffer->stride, rows);
}

/* What foot does to a buffer that is one frame behind. */
static void replay_last_frame(struct buffer *buffer, struct buffer *last)
{
	int count;
	pixman_box32_t *boxes = pixman_region32_rectangles(drawn_region(last), &count);

#if HAS_SCROLL_DAMAGE
	for (size_t i = 0; i < last->scroll_damage_count; i++)
		scroll(buffer, last->scroll_damage[i].rows);
#endif
	for (int i = 0; i < count; i++)
		for (int y = boxes[i].y1; y < boxes[i].y2; y++)
			memcpy(pixel_row(buffer, y) + boxes[i].x1, pixel_row(last, y) + boxes[i].x1,
			       (size_t)(boxes[i].x2 - boxes[i].x1) * 4);
}

static struct buffer *begin_frame(struct painter *painter)
{
	struct buffer *buffer = stage_get(painter->chain, WIDTH, HEIGHT);

	painter->frames++;
	painter->ages[buffer->age > 1 ? 2 : buffer->age]++;
	if (painter->last == NULL) {
		for (int y = 0; y < HEIGHT; y++)
			memcpy(pixel_row(buffer, y), painter->picture[y], ROW_BYTES);
	} else if (buffer->age > 0) {
		CHECK(painter->last != buffer);
		if (buffer->age == 1)
			replay_last_frame(buffer, painter->last);
		else
			memcpy(buffer->data, painter->last->data, (size_t)buffer->stride * HEIGHT);
	}
	check_shows(buffer, painter);
	return buffer;
}

static void scroll_all(struct painter *painter, struct buffer *buffer, int count)
{
#if HAS_SCROLL_DAMAGE
	buffer->scroll_damage = malloc(sizeof(struct damage) * (size_t)(count + 1));
	buffer->scroll_damage_count = (size_t)count;
#endif
	for (int i = 0; i < count; i++) {
		int rows = 1 + below(HEIGHT / 3);

		rows = below(3) == 0 ? -rows : rows;
		scroll(buffer, rows);
		scroll_rows((char *)painter->picture, ROW_BYTES, rows);
#if HAS_SCROLL_DAMAGE
		buffer->scroll_damage[i].rows = rows;
#else
		pixman_region32_union_rect(drawn_region(buffer), drawn_region(buffer), 0, 0, WIDTH, HEIGHT);
#endif
	}
}

/* Some rectangle, at most so wide and high. */
static void draw_within(struct painter *painter, struct buffer *buffer, int most_width, int most_height)
{
	int width = 1 + below(most_width), height = 1 + below(most_height);
	int x1 = below(WIDTH - width + 1), y1 = below(HEIGHT - height + 1);
	uint32_t colour = (uint32_t)rand();

	for (int y = y1; y < y1 + height; y++)
		for (int x = x1; x < x1 + width; x++)
			pixel_row(buffer, y)[x] = painter->picture[y][x] = colour;
	pixman_region32_union_rect(drawn_region(buffer), drawn_region(buffer), x1, y1, (unsigned)width, (unsigned)height);
}

static void draw(struct painter *painter, struct buffer *buffer)
{
	draw_within(painter, buffer, WIDTH, HEIGHT);
}

static void end_frame(struct painter *painter, struct buffer *buffer)
{
	struct compositor_frame shown;

#if HAS_REGIONS
	/* the program's own, for what it tells the compositor */
	pixman_region32_union_rect(&buffer->dirty[2], &buffer->dirty[2], 0, 0, 9, 9);
#endif
	if (painter->last != buffer) {
		shm_unref(painter->last);
		shm_addref(buffer);
		painter->last = buffer;
	}
	stage_show(&painter->stage, buffer);
	shown = compositor_frame(painter->stage.compositor);
	for (int y = 0; y < HEIGHT; y++)
		CHECK(memcmp((const char *)shown.pixels + y * shown.stride_bytes, painter->picture[y], ROW_BYTES) == 0);
}

static void paint(struct painter *painter, int most_scrolls)
{
	struct buffer *buffer = begin_frame(painter);

	scroll_all(painter, buffer, most_scrolls == 0 ? 0 : below(most_scrolls + 1));
	for (int rectangles = 1 + below(4); rectangles > 0; rectangles--)
		draw(painter, buffer);
	end_frame(painter, buffer);
}

static void paint_alternating(bool is_scrollable, int most_scrolls)
{
	struct painter painter;

	painter_start(&painter, RELEASE_ON_REPLACE, is_scrollable);
	for (int frame = 0; frame < 150; frame++)
		paint(&painter, most_scrolls);
	if (!is_scrollable || most_scrolls == 0) /* others keep a wl_buffer for each place of their pixels */
		CHECK_EQUAL(compositor_counts(painter.stage.compositor).buffers_live, 2);
	/* The first two are new; then each is brought up to date before it is returned, or one frame behind. */
	CHECK(painter.ages[2] <= 3);
	painter_stop(&painter);
}

#ifndef ON_THE_ORIGINALS
/* A terminal that types, or scrolls: where the program's records say that little was drawn, it has nothing to do. */
TEST(alternating_buffers_with_little_to_copy_are_brought_up_to_date)
{
	for (int scrolls = 0; scrolls <= (HAS_SCROLL_DAMAGE ? 1 : 0); scrolls++) {
		struct painter painter;

		painter_start(&painter, RELEASE_ON_REPLACE, true);
		for (int frame = 0; frame < 50; frame++) {
			struct buffer *buffer = begin_frame(&painter);

			scroll_all(&painter, buffer, scrolls);
			draw_within(&painter, buffer, 9, 5);
			end_frame(&painter, buffer);
		}
		CHECK(painter.ages[0] >= painter.frames - 3);
		painter_stop(&painter);
	}
}
#endif

/* On the originals too, where their age is 1. */
TEST(alternating_buffers_show_what_was_drawn)
{
	paint_alternating(false, 0);
	paint_alternating(true, 0);
}

/* On the originals too, where their age is 1. */
TEST(alternating_buffers_show_what_was_drawn_and_scrolled)
{
	paint_alternating(true, 3);
	paint_alternating(false, 3); /* the program moves the rows itself */
}

static void paint_with_all_policies(void)
{
	const enum release_policy policies[] = { RELEASE_AT_ONCE, RELEASE_ON_REPLACE, RELEASE_LATE, RELEASE_OUT_OF_ORDER };
	struct painter painter;

	painter_start(&painter, RELEASE_AT_ONCE, true);
	for (int frame = 0; frame < 400; frame++) {
		if (below(12) == 0)
			compositor_set_policy(painter.stage.compositor, policies[below(4)], 1 + (unsigned)below(3));
		if (below(40) == 0) {
			shm_purge(painter.chain);
			painter_forget(&painter);
		} else if (below(40) == 0) {
			painter_forget(&painter); /* another size in between */
			stage_frame(&painter.stage, painter.chain, WIDTH + 1, HEIGHT, 5);
		}
		paint(&painter, 3);
	}
	painter_stop(&painter);
}

/* On the originals too, but 1.8.2, which returns a buffer with old records, and 1.25, which keeps buffers that are stale. */
TEST(whatever_the_compositor_does_the_picture_is_right)
{
	paint_with_all_policies();
}

#if HAS_RELEASES
/* On the originals too, but 1.25. */
TEST(whatever_the_compositor_does_pictures_of_wide_strides_are_right)
{
	shm_set_min_stride_alignment(256);
	paint_with_all_policies();
	shm_set_min_stride_alignment(0);
	paint_with_all_policies();
}
#endif

/*
 * Two buffers, of which the older is drawn to when the newer was begun: so nobody knows what it lacks, and the age says it.
 * On the originals too.
 */
TEST(where_it_is_not_known_what_a_buffer_lacks_the_age_is_told)
{
	struct painter painter;

	painter_start(&painter, RELEASE_BY_HAND, true);
	for (int round = 0; round < 10; round++) {
		struct buffer *older = begin_frame(&painter);
		draw(&painter, older);
		end_frame(&painter, older);

		struct buffer *newer = begin_frame(&painter);
		CHECK(newer != older);
		pixman_region32_union_rect(drawn_region(older), drawn_region(older), 5 + round, 3, 40, 40);
		draw(&painter, newer);
		end_frame(&painter, newer);

		stage_release_oldest(&painter.stage);
		struct buffer *next = begin_frame(&painter);
		CHECK(next == older);
		draw(&painter, next);
		end_frame(&painter, next);
		stage_release_all(&painter.stage);
		shm_purge(painter.chain);
		painter_forget(&painter);
	}
	CHECK_EQUAL(painter.ages[1], 10);
	CHECK_EQUAL(painter.ages[0], 0);
	painter_stop(&painter);
}
