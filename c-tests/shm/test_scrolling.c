/* What scrolling one buffer must not do to anything else: to what is held, to what is kept, to what was set. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compositor/session.h"
#include "support/clock_forward.h"
#include "support/runner.h"

#define COOKIE 77
#define WIDTH 1024 /* a row is a page */
#define HEIGHT 24
#define FRAME_BYTES ((off_t)WIDTH * 4 * HEIGHT)

static void number_rows(const struct buffer *buffer)
{
	for (int y = 0; y < buffer->height; y++)
		for (int x = 0; x < buffer->width; x++)
			buffer_row(buffer, y)[x] = (uint32_t)(y * buffer->width + x + 1);
}

/* Scrolls, and checks the first and the last pixel of each row. False is an answer too. */
static bool scroll(const struct session *session, struct buffer *buffer, int rows)
{
	number_rows(buffer);
	bool is_scrolled = shm_scroll(session->shm, buffer, rows, 0, 0, 0, 0);

	for (int y = 0; y < buffer->height; y++) {
		int old_y = is_scrolled ? y + rows : y;
		bool is_exposed = old_y < 0 || old_y >= buffer->height;
		uint32_t first = is_exposed ? 0 : (uint32_t)(old_y * buffer->width + 1);

		CHECK_EQUAL(buffer_row(buffer, y)[0], first);
		CHECK_EQUAL(buffer_row(buffer, y)[buffer->width - 1],
			    is_exposed ? 0 : first + (uint32_t)buffer->width - 1);
	}
	return is_scrolled;
}

/* --- what is held ----------------------------------------------------------------------------------------------- */

struct photograph {
	struct buffer *buffer;
	char *pixels;
	const void *mmapped;
	const struct wl_buffer *wl_buf;
};

static struct photograph photograph(struct buffer *buffer)
{
	struct photograph taken = { buffer, malloc(buffer->size), buffer->mmapped, buffer->wl_buf };

	CHECK(taken.pixels != NULL);
	memcpy(taken.pixels, buffer->mmapped, buffer->size);
	return taken;
}

static void check_unchanged(const struct photograph *taken)
{
	const struct buffer *buffer = taken->buffer;

	CHECK(buffer->busy && buffer->mmapped == taken->mmapped && buffer->wl_buf == taken->wl_buf);
	CHECK(memcmp(buffer->mmapped, taken->pixels, buffer->size) == 0);
}

/* Buffers that scroll lie between buffers that are held, some of them in one memory file. */
static void scroll_between_held(int width, int height)
{
	enum { WINDOWS = 4, FRAMES = 150 };
	static const int steps[] = { 1, 3, -2, 7, -11, 1, -1, 12 };
	struct session session = session_start(RELEASE_BY_HAND);
	struct photograph held[WINDOWS];
	struct buffer *scrolled[WINDOWS];
	unsigned moves = 0, sharing = 0;

	for (unsigned i = 0; i < WINDOWS; i++) {
		struct buffer *shown = session_get(&session, width, height, COOKIE + i, true);

		for (unsigned scrolls = 0; scrolls <= i; scrolls++) /* not all at the start of their rings */
			CHECK(scroll(&session, shown, 2));
		number_rows(shown);
		session_show(&session, shown);
		held[i] = photograph(shown);
		scrolled[i] = session_get(&session, width, height, COOKIE + i, true);
		CHECK(scrolled[i] != shown);
		for (unsigned other = 0; other <= i; other++)
			sharing += scrolled[i]->pool == held[other].buffer->pool;
	}
	CHECK(sharing >= 1);
	for (unsigned frame = 0; frame < FRAMES; frame++) {
		struct buffer *buffer = scrolled[frame % WINDOWS];

		for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			const void *place = buffer->mmapped;

			CHECK(scroll(&session, buffer, frame % 2 == 0 ? steps[i] : -steps[i]));
			moves += buffer->mmapped != place;
		}
		CHECK(shm_scroll(session.shm, buffer, 2, 1, 3, 1, 4));
		CHECK(shm_scroll(session.shm, buffer, -2, 1, 3, 1, 4));
		for (unsigned i = 0; i < WINDOWS; i++)
			check_unchanged(&held[i]);
		/* shown, and given back, so that it is handed out again */
		session_show(&session, buffer);
		CHECK(compositor_release_newest(session.compositor) && compositor_pump(session.compositor));
		CHECK(session_get(&session, width, height, buffer->cookie, true) == buffer);
		CHECK_EQUAL(compositor_counts(session.compositor).held_changed, 0);
	}
	CHECK(moves > FRAMES);
	for (unsigned i = 0; i < WINDOWS; i++)
		free(held[i].pixels);
	session_stop(&session);
}

TEST(a_held_buffer_never_changes_while_others_scroll)
{
	scroll_between_held(WIDTH, HEIGHT);
	scroll_between_held(33, 97);
}

TEST(a_held_large_buffer_never_changes_while_others_scroll)
{
	scroll_between_held(512, 140);
}

/* --- what is kept for each offset ------------------------------------------------------------------------------- */

static void spoil(pixman_image_t *image)
{
	pixman_transform_t transform;
	pixman_region32_t clip;

	pixman_transform_init_scale(&transform, 2 * pixman_fixed_1, 2 * pixman_fixed_1);
	CHECK(pixman_image_set_transform(image, &transform));
	pixman_region32_init_rect(&clip, 1, 1, 2, 2);
	CHECK(pixman_image_set_clip_region32(image, &clip));
	pixman_region32_fini(&clip);
	pixman_image_set_component_alpha(image, 1);
}

static void check_is_clean(struct buffer *buffer, pixman_image_t *image)
{
	const pixman_color_t white = { 0xffff, 0xffff, 0xffff, 0xffff };
	const pixman_rectangle16_t all = { 0, 0, (uint16_t)buffer->width, (uint16_t)buffer->height };
	pixman_image_t *copy = pixman_image_create_bits(PIXEL_FORMAT, buffer->width, buffer->height, NULL, 0);

	CHECK(copy != NULL && (void *)pixman_image_get_data(image) == buffer->mmapped);
	CHECK(!pixman_image_get_component_alpha(image));
	CHECK(pixman_image_fill_rectangles(PIXMAN_OP_SRC, image, &white, 1, &all)); /* a clip would leave a part */
	CHECK(buffer_is_all(buffer, 0xffffffff));
	number_rows(buffer);
	pixman_image_composite32(PIXMAN_OP_SRC, image, NULL, copy, 0, 0, 0, 0, 0, 0, buffer->width, buffer->height);
	CHECK(memcmp(pixman_image_get_data(copy), buffer->mmapped, buffer->size) == 0); /* a transform would show */
	pixman_image_unref(copy);
}

/* The same offsets come again each lap, and with them the images that were spoilt there before. */
TEST(images_kept_for_an_offset_carry_no_clip_or_transform_over)
{
	enum { IMAGES = 3, FRAMES = 200 };
	static const void *spoilt[FRAMES * IMAGES];
	struct session session = session_start(RELEASE_AT_ONCE);
	unsigned came_again = 0, count = 0;

	for (int frame = 0; frame < FRAMES; frame++) {
		struct buffer *buffer = shm_get_buffer(session.shm, 40, 30, COOKIE, true, IMAGES);

		CHECK(buffer != NULL);
		for (int i = 0; i < IMAGES; i++) {
			spoil(buffer->pix[i]);
			spoilt[count++] = buffer->pix[i];
		}
		/* every fifth is too large a step for a new ring, and moves the rows in place */
		CHECK(shm_scroll(session.shm, buffer, frame % 5 == 0 ? 16 : frame % 2 == 0 ? -4 : 5, 0, 0, 0, 0));
		for (int i = 0; i < IMAGES; i++) {
			for (unsigned j = 0; j < count; j++)
				if (spoilt[j] == buffer->pix[i]) {
					came_again++;
					break;
				}
			check_is_clean(buffer, buffer->pix[i]);
		}
		session_show(&session, buffer);
	}
	CHECK(came_again > FRAMES / 2);
	session_stop(&session);
}

/* --- what was set ----------------------------------------------------------------------------------------------- */

#define MOMENTS 5

/* A frame of a program that sets the pool size at one of five moments. */
static void set_size_at(const struct session *session, off_t size, unsigned moment, off_t *size_now)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	struct buffer *other = session_get(session, 33, 97, COOKIE + 1, true), *buffer;

	for (unsigned now = 0; now < MOMENTS; now++) {
		if (now == moment) {
			shm_set_max_pool_size(size);
			*size_now = size;
		}
		if (now == 0)
			buffer = session_get(session, WIDTH, HEIGHT, COOKIE, true);
		if (now == 0 && buffer->age == 1234 && shm_can_scroll(buffer)) /* what it takes is whole pages */
			CHECK((off_t)buffer->mmap_size - (off_t)page_bytes < *size_now);
		CHECK(*size_now > 0 || (!shm_can_scroll(buffer) && !shm_can_scroll(other)));
		CHECK(*size_now < 2 * FRAME_BYTES || moment > 0 || buffer->age != 1234 || shm_can_scroll(buffer));
		CHECK(scroll(session, now % 2 == 0 ? buffer : other, now < 3 ? 5 : -7) ==
		      shm_can_scroll(now % 2 == 0 ? buffer : other));
		number_rows(buffer);
		CHECK(shm_scroll(session->shm, other, -1, 0, 0, 0, 0) == shm_can_scroll(other));
		CHECK(buffer_row(buffer, 0)[0] == 1 && buffer_row(buffer, HEIGHT - 1)[WIDTH - 1] == WIDTH * HEIGHT);
	}
	session_show(session, other);
	session_show(session, buffer);
}

TEST(limits_are_honoured_whenever_the_pool_size_changes)
{
	const off_t sizes[] = { 512 << 20, 0, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + FRAME_BYTES / 6, 0,
				FRAME_BYTES * 3 / 2, FRAME_BYTES * 2, 1, INT32_MAX, INT64_MAX, 16 << 20 };
	struct session session = session_start(RELEASE_ON_REPLACE);
	struct messages messages;
	off_t size_now = 512 << 20;
	unsigned made = 0;

	messages_catch(&messages);
	for (unsigned round = 0; round < 2 * MOMENTS; round++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			set_size_at(&session, sizes[i], (round + (unsigned)i) % MOMENTS, &size_now);
			if (round % 2 == 1) {
				shm_purge(session.shm, COOKIE);
				made++;
			}
		}
	}
	CHECK(made >= 60);
	CHECK_EQUAL(messages.errors + messages.warnings, 0);
	messages_stop();
	session_stop(&session);
	shm_set_max_pool_size(512 << 20);
}

/* --- what rests ------------------------------------------------------------------------------------------------- */

/* To the ring's very end, or back to its start, with all of its memory touched. */
static void scroll_to_edge(const struct session *session, struct buffer *buffer, bool to_end)
{
	const char *edge = (const char *)buffer->real_mmapped + (to_end ? buffer->mmap_size - buffer->size : 0);

	for (int step = 0; step < 200; step++)
		CHECK(scroll(session, buffer, 4));
	while (buffer->mmapped != edge)
		CHECK(scroll(session, buffer, to_end ? 1 : -1));
}

/* Two and two views lie side by side: the memory right before or behind the view is another one's, and stays. */
TEST(a_ring_that_rests_between_others_gives_its_memory_back)
{
	enum { WINDOWS = 4 };
	struct session session = session_start(RELEASE_AT_ONCE);
	struct buffer *windows[WINDOWS];
	struct messages messages;

	messages_catch(&messages);
	for (unsigned i = 0; i < WINDOWS; i++) {
		windows[i] = session_get(&session, WIDTH, HEIGHT, COOKIE + i, true);
		scroll_to_edge(&session, windows[i], i % 2 == 0);
		number_rows(windows[i]);
		session_show(&session, windows[i]);
		CHECK(windows[i]->mmap_size >= 2 * (size_t)FRAME_BYTES);
		CHECK_EQUAL(buffer_resident_pages(windows[i]), windows[i]->mmap_size / (size_t)sysconf(_SC_PAGESIZE));
	}
	clock_put_forward(UNTIL_RINGS_REST_MS);
	for (int frame = 0; frame < 100; frame++)
		for (unsigned i = 0; i < WINDOWS; i++) {
			CHECK(session_get(&session, WIDTH, HEIGHT, COOKIE + i, true) == windows[i]);
			CHECK(buffer_row(windows[i], 0)[0] == 1);
			CHECK(buffer_row(windows[i], HEIGHT - 1)[WIDTH - 1] == WIDTH * HEIGHT);
			session_show(&session, windows[i]);
		}
	for (unsigned i = 0; i < WINDOWS; i++)
		CHECK_EQUAL(buffer_resident_pages(windows[i]), buffer_view_pages(windows[i]));
	CHECK_EQUAL(messages.errors + messages.warnings, 0); /* above all none that holes cannot be made */
	messages_stop();
	session_stop(&session);
}
