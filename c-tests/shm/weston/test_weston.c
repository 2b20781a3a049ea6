/*
 * What a real compositor shows of buffers that were scrolled: weston draws, a screenshot is compared pixel by pixel.
 *
 * The program side does what a terminal does: it brings an older buffer up to date, scrolls, and draws what the
 * scroll exposed. Skipped, with a line that says so, where weston is not installed.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compositor/replay.h"
#include "shm.h"
#include "support/random.h"
#include "support/runner.h"
#include "support/weston_client.h"
#include "support/weston_process.h"

#define OUTPUT_WIDTH 400
#define OUTPUT_HEIGHT 300
#define COOKIE 0x77aUL
#define MAX_POOL_SIZE_BYTES (2 * 1024 * 1024)
#define SCROLLS_PER_FRAME 3
#define LEAST_FRAMES 12
#define MOST_FRAMES 200
#define WRAPS_WANTED 2
#define MOST_BUFFERS 4

struct screen {
	struct weston_process weston;
	struct weston_client client;
	uint32_t *expected;                    /* what the window is to show */
	struct buffer *buffer;
	unsigned frames, scrolls, wraps, buffers_made, buffers_reused;
	uint64_t noise_state;
};

/* How a scroll is asked for: `rows` as in shm_scroll(), and what stays at the top and at the bottom. */
struct scroll {
	int rows, top_margin, top_keep_rows, bottom_margin, bottom_keep_rows;
};

/* Opaque: weston would blend anything else with what is behind the window. */
static uint32_t next_noise(struct screen *screen)
{
	return (uint32_t)random_word(&screen->noise_state) | 0xff000000U;
}

static uint32_t *row_of(uint32_t *pixels, int row)
{
	return pixels + (size_t)row * OUTPUT_WIDTH;
}

static bool buffer_is_as_expected(const struct screen *screen)
{
	return memcmp(screen->buffer->mmapped, screen->expected, screen->buffer->size) == 0;
}

/* Draws through the mapping in even rows and through the image in odd ones, as a program may. */
static void draw_rows(struct screen *screen, int first_row, int rows)
{
	for (int row = first_row; row < first_row + rows; row++) {
		uint32_t *target = row % 2 ? pixman_image_get_data(screen->buffer->pix[0]) : screen->buffer->mmapped;

		for (int column = 0; column < OUTPUT_WIDTH; column++)
			row_of(screen->expected, row)[column] = next_noise(screen);
		memcpy(row_of(target, row), row_of(screen->expected, row), (size_t)screen->buffer->stride);
	}
}

static void begin_frame(struct screen *screen)
{
	struct buffer *buffer = shm_get_buffer(screen->client.shm, OUTPUT_WIDTH, OUTPUT_HEIGHT, COOKIE, true, 1);

	CHECK(buffer != NULL);
	CHECK(buffer->width == OUTPUT_WIDTH && buffer->height == OUTPUT_HEIGHT);
	CHECK(buffer->stride == OUTPUT_WIDTH * 4);
	screen->buffer = buffer;
	if (buffer->age == 1234)
		screen->buffers_made++;
	else
		screen->buffers_reused++;
	if (buffer->age == 0)
		CHECK(buffer_is_as_expected(screen));
	memcpy(buffer->mmapped, screen->expected, buffer->size);
	buffer->age = 0;
}

static void move_expected(struct screen *screen, const struct scroll *scroll)
{
	static uint32_t before[OUTPUT_WIDTH * OUTPUT_HEIGHT];
	int bottom_first = OUTPUT_HEIGHT - scroll->bottom_margin - scroll->bottom_keep_rows;

	memcpy(before, screen->expected, sizeof(before));
	for (int row = 0; row < OUTPUT_HEIGHT; row++) {
		bool is_kept = (row >= scroll->top_margin && row < scroll->top_margin + scroll->top_keep_rows) ||
			       (row >= bottom_first && row < bottom_first + scroll->bottom_keep_rows);
		int source = is_kept ? row : row + scroll->rows;

		if (source >= 0 && source < OUTPUT_HEIGHT)
			memcpy(row_of(screen->expected, row), row_of(before, source), OUTPUT_WIDTH * sizeof(uint32_t));
		else
			memset(row_of(screen->expected, row), 0, OUTPUT_WIDTH * sizeof(uint32_t));
	}
}

/* Rows of zero are transparent, and rows beside a kept region hold leftovers: both are drawn, as a program would. */
static void draw_exposed(struct screen *screen, const struct scroll *scroll)
{
	int rows = abs(scroll->rows);

	if (scroll->rows > 0) {
		draw_rows(screen, OUTPUT_HEIGHT - rows, rows);
		if (scroll->bottom_keep_rows > 0)
			draw_rows(screen, OUTPUT_HEIGHT - scroll->bottom_margin - scroll->bottom_keep_rows - rows,
				  rows);
	} else {
		draw_rows(screen, 0, rows);
		if (scroll->top_keep_rows > 0)
			draw_rows(screen, scroll->top_margin + scroll->top_keep_rows, rows);
	}
}

static void scroll_once(struct screen *screen, const struct scroll *scroll)
{
	const char *before = screen->buffer->mmapped, *after;

	CHECK(shm_can_scroll(screen->buffer));
	CHECK(shm_scroll(screen->client.shm, screen->buffer, scroll->rows, scroll->top_margin, scroll->top_keep_rows,
			 scroll->bottom_margin, scroll->bottom_keep_rows));
	move_expected(screen, scroll);
	CHECK(buffer_is_as_expected(screen));
	after = screen->buffer->mmapped;
	/* The view moves with the text; where it goes the other way, it has been carried round its ring. */
	screen->wraps += scroll->rows > 0 ? after < before : after > before;
	screen->scrolls++;
	draw_exposed(screen, scroll);
}

static size_t wrong_pixels(const struct screen *screen)
{
	size_t wrong = 0;

	for (size_t i = 0; i < OUTPUT_WIDTH * OUTPUT_HEIGHT; i++) {
		uint32_t shown = screen->client.shot_pixels[i], expected = screen->expected[i];

		if (((shown ^ expected) & 0xffffffU) == 0)
			continue;
		if (wrong++ == 0)
			fprintf(stderr, "frame %u: pixel %zu,%zu is %06x on the screen, drawn was %06x\n",
				screen->frames, i % OUTPUT_WIDTH, i / OUTPUT_WIDTH, shown & 0xffffffU,
				expected & 0xffffffU);
	}
	return wrong;
}

static void end_frame(struct screen *screen)
{
	weston_client_show(&screen->client, screen->buffer->wl_buf);
	weston_client_take_shot(&screen->client);
	screen->frames++;
	CHECK(wrong_pixels(screen) == 0);
}

static void open_screen(struct screen *screen)
{
	memset(screen, 0, sizeof(*screen));
	screen->noise_state = 0x2545f491;
	screen->expected = calloc(OUTPUT_WIDTH * OUTPUT_HEIGHT, sizeof(uint32_t));
	CHECK(screen->expected != NULL);
	CHECK(weston_start(&screen->weston, OUTPUT_WIDTH, OUTPUT_HEIGHT));
	CHECK(weston_client_open(&screen->client));
	CHECK(screen->client.width == OUTPUT_WIDTH && screen->client.height == OUTPUT_HEIGHT);
	shm_set_max_pool_size(MAX_POOL_SIZE_BYTES);
	begin_frame(screen);
	draw_rows(screen, 0, OUTPUT_HEIGHT);
	end_frame(screen);
}

static void close_screen(struct screen *screen)
{
	printf("# %u frames shown as drawn, %u scrolls, %u wraps, %u buffers made, %u releases used\n", screen->frames,
	       screen->scrolls, screen->wraps, screen->buffers_made, screen->buffers_reused);
	/* weston releases what a newer commit replaces: without releases there would be a buffer for every frame. */
	CHECK(screen->buffers_made <= MOST_BUFFERS);
	CHECK(screen->buffers_reused >= screen->frames - MOST_BUFFERS);
	shm_fini();
	weston_client_close(&screen->client);
	weston_stop(&screen->weston);
	free(screen->expected);
}

/* Scrolls frame by frame until the ring has been gone round. */
static void scroll_until_wrapped(struct screen *screen, const struct scroll *scroll)
{
	unsigned first_wraps = screen->wraps;

	for (int frame = 0; frame < MOST_FRAMES; frame++) {
		if (frame >= LEAST_FRAMES && screen->wraps >= first_wraps + WRAPS_WANTED)
			return;
		begin_frame(screen);
		for (int i = 0; i < SCROLLS_PER_FRAME; i++)
			scroll_once(screen, scroll);
		end_frame(screen);
	}
	CHECK(!"the view has not gone round its ring");
}

static void run_on_screen(const struct scroll *scroll)
{
	struct screen screen;

	if (!weston_is_installed())
		SKIP("weston is not installed");
	open_screen(&screen);
	scroll_until_wrapped(&screen, scroll);
	close_screen(&screen);
}

TEST(weston_shows_what_was_scrolled_forward)
{
	run_on_screen(&(struct scroll){ .rows = 17 });
}

TEST(weston_shows_what_was_scrolled_in_reverse)
{
	run_on_screen(&(struct scroll){ .rows = -37 });
}

TEST(weston_shows_kept_rows_where_they_were)
{
	run_on_screen(&(struct scroll){
		.rows = 28, .top_margin = 5, .top_keep_rows = 32, .bottom_margin = 7, .bottom_keep_rows = 48 });
}

TEST(weston_shows_kept_rows_where_they_were_in_reverse)
{
	run_on_screen(&(struct scroll){
		.rows = -28, .top_margin = 5, .top_keep_rows = 32, .bottom_margin = 7, .bottom_keep_rows = 48 });
}

/* What the client sends to weston, and what weston gives back, played once more to the compositor that knows the rules. */
TEST(the_log_of_a_window_on_weston_keeps_the_rules)
{
	FILE *log = replay_new_log();
	struct runner_outcome outcome;
	struct replay replay;

	if (!weston_is_installed())
		SKIP("weston is not installed");
	IN_CHILD(&outcome, 120) {
		replay_write_log(log);
		run_on_screen(&(struct scroll){ .rows = 17 });
	}
	CHECK_CHILD_WELL(&outcome);
	replay = replay_log(log);
	printf("# %u commits, %u releases%s%s\n", replay.counts.commits, replay.counts.releases,
	       replay.broken_rule[0] == '\0' ? "" : ", ", replay.broken_rule);
	CHECK(replay.broken_rule[0] == '\0');
	CHECK(replay.counts.commits > LEAST_FRAMES && replay.counts.releases > LEAST_FRAMES - MOST_BUFFERS);
	CHECK_EQUAL(replay.stray_releases, 0);
	CHECK_EQUAL(replay.counts.pools_live, 0);
	CHECK_EQUAL(replay.counts.buffers_live, 0);
	fclose(log);
}
