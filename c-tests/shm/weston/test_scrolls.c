/*
 * The same picture, scrolled by shm_scroll() and scrolled by the program with memmove(), looks the same on a real
 * compositor: two screenshots of weston, equal in every pixel, after every frame.
 *
 * Skipped, with a line that says so, where weston is not installed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shm.h"
#include "support/random.h"
#include "support/runner.h"
#include "support/weston_client.h"
#include "support/weston_process.h"

#define OUTPUT_WIDTH 400
#define OUTPUT_HEIGHT 300
#define RING_COOKIE 0x51UL
#define PLAIN_COOKIE 0x52UL
#define POOL_BYTES (16 << 20)
#define FRAMES 2
#define SCROLLS_PER_FRAME 24

/* Parts of the height: what stays, and its distance from the edge. */
struct kept {
	int top_margin, top_rows, bottom_margin, bottom_rows;
};

struct screen {
	struct weston_process weston;
	struct weston_client client;
	uint32_t *ring_shot, *last_shot;
	struct buffer *ring, *plain;
	unsigned frames, moved, turned;
	uint64_t noise;
};

static size_t shot_bytes(void)
{
	return (size_t)OUTPUT_WIDTH * OUTPUT_HEIGHT * sizeof(uint32_t);
}

static uint32_t next_noise(struct screen *screen)
{
	return (uint32_t)random_word(&screen->noise) | 0xff000000U;
}

static char *row_of(const struct buffer *buffer, int row)
{
	return (char *)buffer->mmapped + (size_t)row * (size_t)buffer->stride;
}

/* The same new pixels in both pictures. */
static void draw_rows(struct screen *screen, int first, int count)
{
	for (int y = first; y < first + count; y++) {
		uint32_t *pixels = (uint32_t *)(void *)row_of(screen->ring, y);

		for (int x = 0; x < screen->ring->width; x++)
			pixels[x] = next_noise(screen);
		memcpy(row_of(screen->plain, y), pixels, (size_t)screen->ring->stride);
	}
}

/* What a program does where it may not scroll: all rows go, those that stay are put back, what came in is blank. */
static void scroll_by_memmove(struct buffer *buffer, int rows, const struct kept *kept)
{
	size_t stride = (size_t)buffer->stride, step_bytes = (size_t)abs(rows) * stride;
	size_t top_bytes = (size_t)kept->top_rows * stride, bottom_bytes = (size_t)kept->bottom_rows * stride;
	char *top = row_of(buffer, kept->top_margin), *all = buffer->mmapped;
	char *bottom = row_of(buffer, buffer->height - kept->bottom_margin - kept->bottom_rows);
	char *saved = malloc(top_bytes + bottom_bytes + 1);

	CHECK(saved != NULL);
	memcpy(saved, top, top_bytes);
	memcpy(saved + top_bytes, bottom, bottom_bytes);
	memmove(rows > 0 ? all : all + step_bytes, rows > 0 ? all + step_bytes : all, buffer->size - step_bytes);
	memset(rows > 0 ? all + buffer->size - step_bytes : all, 0, step_bytes);
	memcpy(top, saved, top_bytes);
	memcpy(bottom, saved + top_bytes, bottom_bytes);
	free(saved);
}

static void scroll_both(struct screen *screen, int rows, const struct kept *kept, bool has_no_pool)
{
	struct wl_shm *shm = screen->client.shm;
	const char *before = screen->ring->mmapped, *after;

	CHECK(shm_scroll(shm, screen->ring, rows, kept->top_margin, kept->top_rows, kept->bottom_margin,
			 kept->bottom_rows));
	after = screen->ring->mmapped;
	screen->moved += after != before;
	screen->turned += rows > 0 ? after < before : after > before;
	if (has_no_pool)
		shm_set_max_pool_size(0);
	CHECK(!shm_scroll(shm, screen->plain, rows, kept->top_margin, kept->top_rows, kept->bottom_margin,
			  kept->bottom_rows));
	shm_set_max_pool_size(POOL_BYTES);
	scroll_by_memmove(screen->plain, rows, kept);
}

/* weston blends rows of zeros with what is behind them: some stay, so that they are compared, too. */
static void draw_what_came_in(struct screen *screen, int rows)
{
	int height = screen->ring->height, count = abs(rows), blank = count / 4;

	draw_rows(screen, rows > 0 ? height - count + blank : blank, count - blank);
}

static void show_both(struct screen *screen)
{
	weston_client_show(&screen->client, screen->ring->wl_buf);
	weston_client_take_shot(&screen->client);
	memcpy(screen->ring_shot, screen->client.shot_pixels, shot_bytes());
	weston_client_show(&screen->client, screen->plain->wl_buf);
	weston_client_take_shot(&screen->client);
	CHECK(memcmp(screen->ring_shot, screen->client.shot_pixels, shot_bytes()) == 0);
	CHECK(memcmp(screen->ring_shot, screen->last_shot, shot_bytes()) != 0);
	memcpy(screen->last_shot, screen->ring_shot, shot_bytes());
	screen->frames++;
}

static struct buffer *next_buffer(struct screen *screen, struct buffer *last, int width, int height,
				  unsigned long cookie, bool is_scrollable)
{
	struct buffer *buffer = shm_get_buffer(screen->client.shm, width, height, cookie, is_scrollable, 1);

	CHECK(buffer != NULL && buffer->width == width && buffer->height == height);
	if (last != NULL && buffer->age > 0)
		memcpy(buffer->mmapped, last->mmapped, buffer->size);
	buffer->age = 0;
	return buffer;
}

static void begin_frame(struct screen *screen, int width, int height, bool has_no_pool)
{
	screen->ring = next_buffer(screen, screen->ring, width, height, RING_COOKIE, true);
	screen->plain = next_buffer(screen, screen->plain, width, height, PLAIN_COOKIE, has_no_pool);
	CHECK(shm_can_scroll(screen->ring) && shm_can_scroll(screen->plain) == has_no_pool);
}

/* One size and one step; `has_no_pool`: the plain buffer would scroll, but the program has set the pool size to 0. */
static void compare(struct screen *screen, int width, int height, int rows, const struct kept *kept, bool has_no_pool)
{
	screen->ring = screen->plain = NULL;
	shm_purge(screen->client.shm, RING_COOKIE);
	shm_purge(screen->client.shm, PLAIN_COOKIE);
	begin_frame(screen, width, height, has_no_pool);
	draw_rows(screen, 0, height);
	show_both(screen);
	for (int frame = 0; frame < FRAMES; frame++) {
		begin_frame(screen, width, height, has_no_pool);
		for (int i = 0; i < SCROLLS_PER_FRAME; i++) {
			scroll_both(screen, rows, kept, has_no_pool);
			draw_what_came_in(screen, rows);
		}
		show_both(screen);
	}
}

static void compare_all(int direction, bool keeps_rows)
{
	static const int sizes[][2] = { { OUTPUT_WIDTH, OUTPUT_HEIGHT }, { 333, 211 }, { 64, 48 } };
	static struct screen screen;
	unsigned cases = 0;

	if (!weston_is_installed())
		SKIP("weston is not installed");
	screen.noise = 0x2545f491;
	screen.ring_shot = calloc(1, shot_bytes());
	screen.last_shot = calloc(1, shot_bytes());
	CHECK(screen.ring_shot != NULL && screen.last_shot != NULL);
	CHECK(weston_start(&screen.weston, OUTPUT_WIDTH, OUTPUT_HEIGHT));
	CHECK(weston_client_open(&screen.client));
	shm_set_max_pool_size(POOL_BYTES);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int height = sizes[i][1];
		const struct kept none = { 0, 0, 0, 0 };
		const struct kept some = { height / 40, height / 9, height / 30, height / 7 };
		const int steps[] = { height / 24, height / 12 + 1, height / 3 };

		for (size_t j = 0; j < sizeof(steps) / sizeof(steps[0]); j++)
			compare(&screen, sizes[i][0], height, direction * steps[j], keeps_rows ? &some : &none,
				cases++ % 2 == 0);
	}
	printf("# %u frames looked the same, %u scrolls moved the view, %u turned it\n", screen.frames, screen.moved,
	       screen.turned);
	CHECK(screen.moved > cases * SCROLLS_PER_FRAME && screen.turned > cases);
	shm_fini();
	weston_client_close(&screen.client);
	weston_stop(&screen.weston);
	free(screen.ring_shot);
	free(screen.last_shot);
}

TEST(scrolled_by_the_ring_and_by_memmove_looks_the_same)
{
	compare_all(1, false);
}

TEST(scrolled_by_the_ring_and_by_memmove_looks_the_same_in_reverse)
{
	compare_all(-1, false);
}

TEST(scrolled_by_the_ring_and_by_memmove_looks_the_same_with_kept_rows)
{
	compare_all(1, true);
}

TEST(scrolled_by_the_ring_and_by_memmove_looks_the_same_with_kept_rows_in_reverse)
{
	compare_all(-1, true);
}
