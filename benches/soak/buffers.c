#include "soak/buffers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compositor/compositor.h"
#include "compositor/window.h"
#include "soak/face.h"
#include "support/random.h"

#define FACES 2
#define WINDOWS 2
#define SCROLLS_PER_FRAME 10
#define ROWS_MAX 24
#define MEMMOVES 21
#define ALLOWED_BESIDE_NS 1000000
#define FRAMES_BETWEEN_PURGES 4000
#define SIDE_MIN 40
#define SIDE_MAX 200

struct scrolling {
	struct group group;
	struct window window;
	int width, height;
	uint64_t limit_ns;
};

/* One face with a compositor of its own. */
struct side {
	const struct face *face;
	struct compositor *compositor;
	struct scrolling windows[WINDOWS];
	struct group dragged;
	struct window dragged_window;
	unsigned frames;
};

static const int sizes[WINDOWS][2] = { { 640, 384 }, { 960, 540 } };

static uint64_t random_state = 1;

static int below(int limit)
{
	return (int)random_below(&random_state, (unsigned long)limit);
}

static void give_up(const char *what)
{
	fprintf(stderr, "soak: %s\n", what);
	exit(2);
}

static int compare(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

/* What one memmove of a view takes in the middle of some, by CPU time. */
static uint64_t memmove_ns(size_t bytes)
{
	int64_t taken[MEMMOVES];
	char *pixels = calloc(2, bytes);

	if (pixels == NULL)
		give_up("no memory");
	memset(pixels, 1, 2 * bytes);
	for (int i = 0; i < MEMMOVES; i++) {
		int64_t began_ns = latency_now().cpu_ns;

		memmove(pixels + bytes / 8, pixels, bytes);
		taken[i] = latency_now().cpu_ns - began_ns;
	}
	free(pixels);
	qsort(taken, MEMMOVES, sizeof(*taken), compare);
	return (uint64_t)taken[MEMMOVES / 2];
}

static void open_side(struct side *side, const struct face *face, enum release_policy policy)
{
	const struct compositor_options options = { .policy = policy, .hashes_nothing = true };

	*side = (struct side){ .face = face, .compositor = compositor_start(&options) };
	for (unsigned i = 0; i < WINDOWS; i++) {
		struct scrolling *window = &side->windows[i];

		window->width = sizes[i][0];
		window->height = sizes[i][1];
		window->group = face->open(compositor_shm(side->compositor), i);
		window->window = window_open(side->compositor);
		window->limit_ns = memmove_ns((size_t)window->width * (size_t)window->height * 4) + ALLOWED_BESIDE_NS;
	}
	side->dragged = face->open(compositor_shm(side->compositor), WINDOWS);
	side->dragged_window = window_open(side->compositor);
}

static void show(struct side *side, const struct window *window, void *buffer)
{
	if (!window_show(window, side->face->wl_buffer(buffer)))
		give_up("the compositor has gone");
}

/* A row that is known by a number goes where it must. */
static void scroll(struct buffers_work *work, struct side *side, const struct scrolling *window, void *buffer)
{
	const int rows = 1 + below(ROWS_MAX);
	const size_t width = (size_t)window->width, bottom = (size_t)(window->height - 1);
	const uint32_t number = (uint32_t)random_word(&random_state);
	struct moment began;
	bool is_done;

	side->face->pixels(buffer)[bottom * width] = number;
	began = latency_now();
	is_done = side->face->scroll(&window->group, buffer, rows);
	latency_end(&work->scroll, began, work->is_steady ? window->limit_ns : 0);
	work->refused += !is_done;
	if (is_done) {
		const uint32_t *pixels = side->face->pixels(buffer);

		work->wrong += pixels[(bottom - (size_t)rows) * width] != number || pixels[bottom * width + width - 1] != 0;
		work->scrolls++;
	}
}

static void show_scrolled(struct buffers_work *work, struct side *side, const struct scrolling *window)
{
	struct moment began = latency_now();
	void *buffer = side->face->get(&window->group, window->width, window->height);
	int top = window->height - 1;

	if (buffer == NULL)
		give_up("no buffer");
	latency_end(&work->get, began, work->is_steady ? window->limit_ns : 0);
	if (side->face->age(buffer) != 0) {
		top = 0;
		memset(side->face->pixels(buffer), 0x55, (size_t)window->width * (size_t)window->height * 4);
	}
	for (int i = 0; i < SCROLLS_PER_FRAME; i++)
		scroll(work, side, window, buffer);
	memset(side->face->pixels(buffer) + (size_t)window->width * (size_t)(window->height - 1), 0x33,
	       (size_t)window->width * 4);
	side->face->drawn(buffer, SCROLLS_PER_FRAME, top);
	show(side, &window->window, buffer);
}

static void show_resized(struct buffers_work *work, struct side *side)
{
	const int width = SIDE_MIN + below(SIDE_MAX - SIDE_MIN), height = SIDE_MIN + below(SIDE_MAX - SIDE_MIN);
	struct moment began = latency_now();
	void *buffer = side->face->get(&side->dragged, width, height);

	if (buffer == NULL)
		give_up("no buffer of another size");
	latency_end(&work->get_new_size, began, 0);
	memset(side->face->pixels(buffer), 0x44, (size_t)width * (size_t)height * 4);
	side->face->drawn(buffer, 0, 0);
	show(side, &side->dragged_window, buffer);
	work->resizes++;
}

static void take_turn(struct buffers_work *work, struct side *side)
{
	show_scrolled(work, side, &side->windows[side->frames % WINDOWS]);
	show_resized(work, side);
	if (++side->frames % FRAMES_BETWEEN_PURGES == 0)
		side->face->purge(&side->dragged);
}

static void close_side(struct side *side)
{
	for (unsigned i = 0; i < WINDOWS; i++) {
		side->face->close(&side->windows[i].group);
		window_close(&side->windows[i].window);
	}
	side->face->close(&side->dragged);
	window_close(&side->dragged_window);
	side->face->fini();
	compositor_stop(side->compositor);
}

void *buffers_run(void *argument)
{
	struct buffers_work *work = argument;
	struct side sides[FACES];

	/* Two buffers shown in turn, and one that is given back at once. */
	open_side(&sides[0], &cookies_face, RELEASE_ON_REPLACE);
	open_side(&sides[1], &chains_face, RELEASE_AT_ONCE);
	while (!work->is_over)
		for (int i = 0; i < FACES; i++)
			take_turn(work, &sides[i]);
	for (int i = 0; i < FACES; i++)
		close_side(&sides[i]);
	return NULL;
}
