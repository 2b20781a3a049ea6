/*
 * What it costs to bring buffers up to date, in bytes that the library says it has copied: what was drawn, and no more.
 * And what a program sees that knows nothing of all this.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compositor/session.h"
#include "shm/catching_up/picture.h"
#include "support/runner.h"

#define COOKIE 0xc057UL
#define UNUSED_COOKIE 0xc0ffeeUL
#define WARM_FRAMES 4
#define FRAMES 300
/* A lap is some part of a view long: a quarter, less the room that is left at its end. */
#define LAPS_IN_A_VIEW 5

/* The library's own count. */
struct copied {
	unsigned long long bytes, buffers, carried_bytes, carried_views;
	unsigned lines;
};

/* One window on a compositor that keeps the last buffer, and one frame of it. */
struct typist {
	struct session session;
	struct picture picture;
	struct soak_random random;
	struct buffer *buffer, *last;
	unsigned scrolls;
	size_t recorded_bytes;                 /* of the frame shown last */
};

static void note_message(int level, const char *text, void *user)
{
	struct copied *copied = user;

	if (level != SHM_LOG_DEBUG || strncmp(text, "copied so far:", 14) != 0)
		return;
	CHECK_EQUAL(sscanf(text,
			   "copied so far: %llu bytes to bring %llu buffers up to date, %llu bytes to carry %llu views",
			   &copied->bytes, &copied->buffers, &copied->carried_bytes, &copied->carried_views),
		    4);
	copied->lines++;
}

/* The library says it when something is purged, whatever that is. */
static struct copied ask(const struct typist *typist)
{
	struct copied copied = { 0 };

	shm_set_log_handler(note_message, &copied);
	shm_purge(typist->session.shm, UNUSED_COOKIE);
	shm_set_log_handler(NULL, NULL);
	CHECK_EQUAL(copied.lines, 1);
	return copied;
}

/* --- one frame -------------------------------------------------------------------------------------------------- */

static void draw(struct typist *typist, const struct rectangle *where)
{
	pixman_region32_t *dirty = &typist->buffer->dirty;

	picture_draw(&typist->picture, &typist->random, where, typist->buffer->mmapped);
	pixman_region32_union_rect(dirty, dirty, where->x, where->y, (unsigned)where->width, (unsigned)where->height);
}

static void draw_cell(struct typist *typist)
{
	struct rectangle where = picture_random_rectangle(&typist->picture, &typist->random, 16);

	if (where.width > 9)
		where.width = 9;
	draw(typist, &where);
}

static void scroll(struct typist *typist, int rows)
{
	struct soak_step step = { .rows = rows };
	int width = typist->picture.width, height = typist->picture.height;
	struct rectangle exposed = { 0, rows > 0 ? height - rows : 0, width, abs(rows) };

	CHECK(shm_scroll(typist->session.shm, typist->buffer, rows, 0, 0, 0, 0));
	picture_scroll(typist->picture.pixels, width, height, &step);
	typist->scrolls++;
	draw(typist, &exposed);
}

static void begin_frame(struct typist *typist)
{
	struct buffer *buffer =
		session_get(&typist->session, typist->picture.width, typist->picture.height, COOKIE, true);
	struct rectangle all = picture_all(&typist->picture);

	typist->buffer = buffer;
	typist->scrolls = 0;
	if (typist->last == NULL)
		draw(typist, &all);
	else if (buffer->age > 0)
		memcpy(buffer->mmapped, typist->last->mmapped, buffer->size);
	CHECK(picture_is_in(&typist->picture, buffer->mmapped));
}

static void end_frame(struct typist *typist)
{
	struct buffer *buffer = typist->buffer;
	int count;
	const pixman_box32_t *boxes = pixman_region32_rectangles(&buffer->dirty, &count);

	typist->recorded_bytes = 0;
	for (; count > 0; count--, boxes++)
		typist->recorded_bytes +=
			(size_t)(boxes->x2 - boxes->x1) * (size_t)(boxes->y2 - boxes->y1) * sizeof(uint32_t);
	buffer->scroll_damage = malloc(16);
	buffer->scroll_damage_count = typist->scrolls;
	session_show(&typist->session, buffer);
	CHECK(picture_is_in(&typist->picture, compositor_frame(typist->session.compositor).pixels));
	typist->last = buffer;
}

/* Two buffers are there afterwards, and each has been brought up to date once. */
static void start(struct typist *typist, int width, int height)
{
	memset(typist, 0, sizeof(*typist));
	typist->session = session_start(RELEASE_ON_REPLACE);
	typist->random = soak_random_from((uint64_t)width);
	typist->picture.width = width;
	typist->picture.height = height;
	for (int frame = 0; frame < WARM_FRAMES; frame++) {
		begin_frame(typist);
		draw_cell(typist);
		end_frame(typist);
	}
}

/* --- typing ----------------------------------------------------------------------------------------------------- */

static void type(int width, int height, unsigned cells)
{
	static struct typist typist;
	struct copied before, after;
	unsigned long long expected_bytes = 0;

	start(&typist, width, height);
	before = ask(&typist);
	for (int frame = 0; frame < FRAMES; frame++) {
		const struct buffer *last = typist.last;

		expected_bytes += typist.recorded_bytes; /* what was drawn into the other one */
		begin_frame(&typist);
		CHECK(typist.buffer->age == 0 && typist.buffer != last);
		for (unsigned i = 0; i < cells; i++)
			draw_cell(&typist);
		end_frame(&typist);
	}
	after = ask(&typist);
	printf("# %dx%d: %llu bytes drawn, %llu bytes copied into %llu buffers\n", width, height, expected_bytes,
	       after.bytes - before.bytes, after.buffers - before.buffers);
	CHECK_EQUAL(after.bytes - before.bytes, expected_bytes);
	CHECK_EQUAL(after.buffers - before.buffers, FRAMES);
	CHECK_EQUAL(after.carried_bytes - before.carried_bytes, 0);
	CHECK_EQUAL(after.carried_views - before.carried_views, 0);
	session_stop(&typist.session);
}

TEST(typing_copies_what_was_typed)
{
	type(64, 96, 1);
	type(640, 384, 1);
}

TEST(typing_in_several_places_copies_these)
{
	type(64, 96, 3);
	type(640, 384, 3);
}

/* --- scrolling -------------------------------------------------------------------------------------------------- */

/*
 * In each frame both buffers move by the step, one of them in the library's hands. When a view has come to the end of
 * its ring, it is carried back, or the newest one is copied to where it would be.
 */
static void check_scroll_cost(const struct typist *typist, const struct copied *cost, int rows,
			      unsigned long long recorded_bytes)
{
	unsigned long long moved_rows = 2ULL * FRAMES * (unsigned)abs(rows), picture_bytes = typist->last->size;
	unsigned long long laps = moved_rows * LAPS_IN_A_VIEW / (unsigned)typist->picture.height + 4;
	unsigned long long all_bytes = cost->bytes + cost->carried_bytes;

	printf("# %dx%d by %d: %llu bytes of rows that came in, %llu bytes copied; %llu views carried, %llu bytes\n",
	       typist->picture.width, typist->picture.height, rows, recorded_bytes, cost->bytes, cost->carried_views,
	       cost->carried_bytes);
	CHECK_EQUAL(cost->buffers, FRAMES);
	CHECK(cost->carried_bytes <= cost->carried_views * picture_bytes);
	CHECK(all_bytes >= recorded_bytes);
	CHECK(all_bytes <= recorded_bytes + laps * picture_bytes);
	/* Less than what the program would have copied. */
	CHECK(all_bytes < FRAMES * picture_bytes / 3);
}

static void scroll_on(int width, int height, int rows)
{
	static struct typist typist;
	struct copied before, after;
	unsigned long long recorded_bytes = 0;

	start(&typist, width, height);
	before = ask(&typist);
	for (int frame = 0; frame < FRAMES; frame++) {
		recorded_bytes += typist.recorded_bytes;
		begin_frame(&typist);
		CHECK_EQUAL(typist.buffer->age, 0);
		scroll(&typist, rows);
		end_frame(&typist);
	}
	after = ask(&typist);
	after.bytes -= before.bytes;
	after.buffers -= before.buffers;
	after.carried_bytes -= before.carried_bytes;
	after.carried_views -= before.carried_views;
	check_scroll_cost(&typist, &after, rows, recorded_bytes);
	session_stop(&typist.session);
}

TEST(scrolling_copies_the_rows_that_come_in)
{
	scroll_on(64, 96, 2);
	scroll_on(640, 384, 8);
}

TEST(scrolling_in_reverse_copies_the_rows_that_come_in)
{
	scroll_on(64, 96, -2);
	scroll_on(640, 384, -8);
}

/* --- programs that know nothing of ages ------------------------------------------------------------------------- */

/* foot 1.4 to 1.7: reads and writes neither age nor records. Its older buffer holds what it has drawn into it last. */
TEST(a_program_that_ignores_ages_and_records_sees_what_it_always_saw)
{
	static struct picture pictures[2];
	struct session session = session_start(RELEASE_ON_REPLACE);
	struct soak_random random = soak_random_from(7);
	struct rectangle some = { 3, 5, 20, 30 };
	const struct buffer *buffers[2] = { NULL, NULL };

	for (int frame = 0; frame < FRAMES; frame++) {
		struct picture *picture = &pictures[frame % 2];
		struct buffer *buffer = session_get(&session, 64, 96, COOKIE, true);
		struct soak_step step = { .rows = 1 + (int)soak_below(&random, 20) };

		picture->width = 64;
		picture->height = 96;
		CHECK(frame < 2 || buffer == buffers[frame % 2]);
		CHECK(buffer->age >= 2);
		CHECK(picture_is_in(picture, buffer->mmapped));
		CHECK(shm_scroll(session.shm, buffer, step.rows, 0, 0, 0, 0));
		picture_scroll(picture->pixels, 64, 96, &step);
		picture_draw(picture, &random, &some, buffer->mmapped);
		CHECK(window_show(&session.window, buffer->wl_buf));
		CHECK(picture_is_in(picture, compositor_frame(session.compositor).pixels));
		buffers[frame % 2] = buffer;
	}
	session_stop(&session);
}

/* --- programs that go on drawing -------------------------------------------------------------------------------- */

static void draw_and_record(struct buffer *buffer, int x, uint32_t colour)
{
	buffer_row(buffer, 7)[x] = colour;
	pixman_region32_union_rect(&buffer->dirty, &buffer->dirty, x, 7, 1, 1);
}

/* Two buffers in hand, and both are drawn after both were asked for: what one has more than the other is not known. */
TEST(what_is_drawn_after_the_next_request_is_noticed)
{
	struct session session = session_start(RELEASE_ON_REPLACE);
	struct buffer *first, *second, *third;

	for (uint32_t frame = 0; frame < 6; frame++) {
		struct buffer *buffer = session_get(&session, 64, 96, COOKIE, true);

		if (buffer->age > 0)
			buffer_fill(buffer, 1);
		draw_and_record(buffer, 1, frame);
		session_show(&session, buffer);
	}
	compositor_set_policy(session.compositor, RELEASE_BY_HAND, 0);
	CHECK(compositor_release_all(session.compositor) && compositor_pump(session.compositor));
	first = session_get(&session, 64, 96, COOKIE, true);
	draw_and_record(first, 2, 22);
	first->age = 0;
	second = session_get(&session, 64, 96, COOKIE, true);
	CHECK(first != second && second->age == 0 && buffer_row(second, 7)[2] == 22);
	draw_and_record(second, 3, 33);
	draw_and_record(first, 4, 44); /* of which the second knows nothing */
	session_show(&session, first);
	session_show(&session, second);
	CHECK(compositor_release_oldest(session.compositor) && compositor_pump(session.compositor));
	third = session_get(&session, 64, 96, COOKIE, true);
	CHECK(third == first && third->age >= 2);
	CHECK(buffer_row(third, 7)[4] == 44 && buffer_row(third, 7)[3] != 33);
	session_stop(&session);
}
