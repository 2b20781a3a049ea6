/*
 * A program that leaves it to the library to bring the older of two buffers up to date, on a real compositor: weston
 * that draws with the CPU keeps the last buffer until the next, so that two alternate. It types, scrolls, and draws
 * regions before and after; a screenshot of weston shows what it has drawn, in every frame.
 *
 * Skipped, with a line that says so, where weston is not installed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shm.h"
#include "shm/catching_up/picture.h"
#include "support/runner.h"
#include "support/weston_client.h"
#include "support/weston_process.h"

#define OUTPUT_WIDTH 400
#define OUTPUT_HEIGHT 300
#define COOKIE 0xca7UL
#define FRAMES 120

struct screen {
	struct weston_process weston;
	struct weston_client client;
	struct picture picture;
	struct soak_random random;
	struct buffer *buffer, *last;
	size_t scrolls;                        /* in this frame */
	unsigned frames, made, same, caught_up, copied, all_scrolls;
};

static uint32_t *pixel_at(void *pixels, int x, int y)
{
	return (uint32_t *)pixels + (size_t)y * OUTPUT_WIDTH + (size_t)x;
}

/* Opaque: weston would blend anything else with what is behind the window. */
static void draw(struct screen *screen, const struct rectangle *where)
{
	pixman_region32_t *dirty = &screen->buffer->dirty;

	picture_draw(&screen->picture, &screen->random, where, screen->buffer->mmapped);
	for (int y = where->y; y < where->y + where->height; y++)
		for (int x = where->x; x < where->x + where->width; x++) {
			*pixel_at(screen->picture.pixels, x, y) |= 0xff000000U;
			*pixel_at(screen->buffer->mmapped, x, y) |= 0xff000000U;
		}
	pixman_region32_union_rect(dirty, dirty, where->x, where->y, (unsigned)where->width, (unsigned)where->height);
}

static void type(struct screen *screen)
{
	struct rectangle cell = { .width = 9, .height = 17 };

	cell.x = (int)soak_below(&screen->random, OUTPUT_WIDTH / 9) * 9;
	cell.y = (int)soak_below(&screen->random, OUTPUT_HEIGHT / 17) * 17;
	draw(screen, &cell);
}

static void draw_region(struct screen *screen)
{
	struct rectangle where = picture_random_rectangle(&screen->picture, &screen->random, 60);

	draw(screen, &where);
}

/* The rows that come in, and those beside kept ones: as a terminal does. */
static void scroll(struct screen *screen)
{
	struct soak_step step = { .rows = 17 * (1 + (int)soak_below(&screen->random, 3)) };
	struct rectangle exposed = { .width = OUTPUT_WIDTH, .height = step.rows };

	if (soak_happens(&screen->random, 300))
		step.top_keep_rows = 34;
	if (soak_happens(&screen->random, 300))
		step.bottom_keep_rows = 51;
	if (soak_happens(&screen->random, 400))
		step.rows = -step.rows;
	CHECK(shm_scroll(screen->client.shm, screen->buffer, step.rows, 0, step.top_keep_rows, 0,
			 step.bottom_keep_rows));
	picture_scroll(screen->picture.pixels, OUTPUT_WIDTH, OUTPUT_HEIGHT, &step);
	exposed.y = step.rows > 0 ? OUTPUT_HEIGHT - exposed.height - step.bottom_keep_rows : step.top_keep_rows;
	draw(screen, &exposed);
	screen->scrolls++;
	screen->all_scrolls++;
}

static void begin_frame(struct screen *screen)
{
	struct buffer *buffer = shm_get_buffer(screen->client.shm, OUTPUT_WIDTH, OUTPUT_HEIGHT, COOKIE, true, 1);
	struct rectangle all = picture_all(&screen->picture);

	CHECK(buffer != NULL && buffer->age != 1);
	screen->buffer = buffer;
	screen->scrolls = 0;
	screen->made += buffer->age == 1234;
	if (screen->last == NULL) {
		draw(screen, &all);
	} else if (buffer->age == 0) {
		screen->same += buffer == screen->last;
		screen->caught_up += buffer != screen->last;
	} else {
		screen->copied++;
		memcpy(buffer->mmapped, screen->last->mmapped, buffer->size);
	}
	CHECK(picture_is_in(&screen->picture, buffer->mmapped));
}

static bool shot_is_right(const struct screen *screen)
{
	for (size_t i = 0; i < OUTPUT_WIDTH * OUTPUT_HEIGHT; i++) {
		uint32_t shown = screen->client.shot_pixels[i], drawn = screen->picture.pixels[i];

		if (((shown ^ drawn) & 0xffffffU) == 0)
			continue;
		printf("# frame %u: pixel %zu,%zu is %06x on the screen, drawn was %06x\n", screen->frames,
		       i % OUTPUT_WIDTH, i / OUTPUT_WIDTH, shown & 0xffffffU, drawn & 0xffffffU);
		return false;
	}
	return true;
}

static void end_frame(struct screen *screen)
{
	screen->buffer->age = 0;
	screen->buffer->scroll_damage_count = screen->scrolls;
	screen->buffer->scroll_damage = malloc(16);
	weston_client_show(&screen->client, screen->buffer->wl_buf);
	weston_client_take_shot(&screen->client);
	CHECK(shot_is_right(screen));
	screen->last = screen->buffer;
	screen->frames++;
}

static void draw_frame(struct screen *screen)
{
	unsigned kind = soak_below(&screen->random, 100);

	begin_frame(screen);
	if (kind < 40) {
		type(screen);
	} else {
		for (unsigned count = 1 + soak_below(&screen->random, 4); count > 0; count--) {
			if (soak_happens(&screen->random, 500))
				draw_region(screen);
			scroll(screen);
		}
		if (kind < 70)
			draw_region(screen);
	}
	end_frame(screen);
}

TEST(weston_shows_what_the_program_did_not_copy)
{
	static struct screen screen;

	if (!weston_is_installed())
		SKIP("weston is not installed");
	screen.random = soak_random_from(1);
	screen.picture.width = OUTPUT_WIDTH;
	screen.picture.height = OUTPUT_HEIGHT;
	CHECK(weston_start(&screen.weston, OUTPUT_WIDTH, OUTPUT_HEIGHT));
	CHECK(weston_client_open(&screen.client));
	while (screen.frames < FRAMES)
		draw_frame(&screen);
	printf("# %u frames shown as drawn, %u scrolls; %u buffers made, %u times the last one came again, %u times an "
	       "older one was brought up to date, %u times the program copied\n", screen.frames, screen.all_scrolls,
	       screen.made, screen.same, screen.caught_up, screen.copied);
	CHECK_EQUAL(screen.same, 0);
	CHECK(screen.caught_up > FRAMES / 10 * 9);
	shm_fini();
	weston_client_close(&screen.client);
	weston_stop(&screen.weston);
}
