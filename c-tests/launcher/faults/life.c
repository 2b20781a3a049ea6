#include "launcher/faults/life.h"

#include <string.h>

#include "compositor/compositor.h"
#include "compositor/window.h"
#include "shm.h"
#include "support/random.h"
#include "support/runner.h"

#define STEPS 24
#define PICTURES 128
#define HELD_MAX 8
/* After so many requests for other sizes, one is not kept. */
#define REQUESTS_UNTIL_SIZE_GOES 64

/* A buffer as the program left it. One that is not busy may have gone, and another have come at its address. */
struct picture {
	const struct buffer *buffer;       /* NULL: none */
	uint32_t colour;
	bool is_busy;
};

struct life {
	struct scenario_report *report;
	struct compositor *compositor;
	struct window window;
	struct wl_shm *shm;
	uint64_t state;
	uint32_t last_colour;
	struct picture pictures[PICTURES];
};

static const int sides[] = { 1, 17, 40, 90, 200 };

static bool is_all(const struct buffer *buffer, uint32_t colour)
{
	const uint32_t *pixels = buffer->mmapped;

	for (size_t i = 0; i < buffer->size / sizeof(*pixels); i++)
		if (pixels[i] != colour)
			return false;
	return true;
}

/* What the program and the compositor have is as it was left. */
static void check_busy(struct life *life)
{
	for (unsigned i = 0; i < PICTURES; i++) {
		struct picture *picture = &life->pictures[i];

		if (picture->is_busy)
			CHECK(is_all(picture->buffer, picture->colour));
		picture->is_busy = picture->is_busy && picture->buffer->busy;
	}
}

static void pump(struct life *life)
{
	call_pump(life->report, life->compositor);
	check_busy(life);
}

static struct picture *find(struct life *life, const struct buffer *buffer)
{
	for (unsigned i = 0; i < PICTURES; i++)
		if (life->pictures[i].buffer == buffer)
			return &life->pictures[i];
	return NULL;
}

/* A new one is zero; one that is used again is as it was left. */
static struct buffer *get(struct life *life, int side)
{
	struct call call = call_begin(life->report);
	struct buffer *buffer = shm_get_buffer(life->shm, side, side + 1);
	struct picture *picture;

	call_end(life->report, &call);
	CHECK(buffer != NULL); /* otherwise it has ended the program */
	CHECK(buffer->busy && buffer->width == side && buffer->height == side + 1 && buffer->wl_buf != NULL);
	CHECK(pixman_image_get_data(buffer->pix) == buffer->mmapped);
	picture = find(life, buffer);
	picture = picture != NULL ? picture : find(life, NULL);
	CHECK(picture != NULL && !picture->is_busy);
	if (picture->buffer != buffer || !is_all(buffer, picture->colour)) {
		CHECK(is_all(buffer, 0));
		picture->colour = 0;
	}
	picture->buffer = buffer;
	picture->is_busy = true;
	check_busy(life);
	return buffer;
}

static void show(struct life *life, int side)
{
	struct buffer *buffer = get(life, side);
	uint32_t colour = life->last_colour += 0x01010101;
	struct compositor_frame frame;

	for (size_t i = 0; i < buffer->size / sizeof(colour); i++)
		((uint32_t *)buffer->mmapped)[i] = colour;
	find(life, buffer)->colour = colour;
	window_commit(&life->window, buffer->wl_buf);
	pump(life);
	frame = compositor_frame(life->compositor);
	CHECK(frame.width == side && frame.height == side + 1);
	CHECK(*(const uint32_t *)frame.pixels == colour);
}

static void give_back(struct life *life, int side)
{
	struct buffer *buffer = get(life, side);

	buffer->busy = false;
	find(life, buffer)->is_busy = false;
}

static void release(struct life *life, bool is_all_of_them)
{
	if (is_all_of_them)
		compositor_release_all(life->compositor);
	else
		compositor_release_oldest(life->compositor);
	pump(life);
}

static void finish(struct life *life)
{
	struct call call = call_begin(life->report);

	shm_fini();
	call_end(life->report, &call);
	memset(life->pictures, 0, sizeof(life->pictures));
	pump(life);
}

static void step(struct life *life)
{
	unsigned long choice = random_below(&life->state, 20);
	int side = sides[random_below(&life->state, sizeof(sides) / sizeof(sides[0]))];

	if (choice < 10)
		show(life, side);
	else if (choice < 13)
		give_back(life, side);
	else if (choice < 18)
		release(life, choice == 17);
	else if (choice < 19)
		finish(life);
	else
		for (unsigned i = 0; i < 4; i++)
			show(life, 30 + (int)i);
	if (compositor_counts(life->compositor).held > HELD_MAX)
		release(life, true);
}

/* Sizes come and go, two buffers alternate, and one is not used; in the end the compositor holds some. */
static void live_as_always(struct life *life)
{
	for (unsigned i = 0; i < 4; i++) {
		show(life, 40);
		if (i > 0)
			release(life, false);
	}
	for (unsigned i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
		show(life, sides[i]);
	release(life, true);
	for (unsigned i = 0; i < REQUESTS_UNTIL_SIZE_GOES + 2; i++)
		give_back(life, 17);
	show(life, 90);
	show(life, 90);
}

static void end(struct life *life, struct runner_resources before)
{
	finish(life);
	compositor_release_all(life->compositor);
	pump(life);
	fault_unmap_refused();
	CHECK_SAME_RESOURCES(before);
	CHECK_EQUAL(compositor_counts(life->compositor).buffers_live, 0);
	CHECK_EQUAL(compositor_counts(life->compositor).pools_live, 0);
}

void life_run(struct scenario_report *report, const struct scenario_options *options)
{
	struct life life = { .report = report, .state = options->seed };
	struct runner_resources before;

	life.compositor = compositor_start(&(struct compositor_options){ .policy = RELEASE_BY_HAND });
	life.window = window_open(life.compositor);
	life.shm = compositor_shm(life.compositor);
	CHECK(compositor_pump(life.compositor));
	before = runner_count_resources();
	if (options->seed == 0)
		live_as_always(&life);
	for (unsigned i = 0; options->seed != 0 && i < STEPS; i++)
		step(&life);
	end(&life, before);
	fault_suspend(true);
	live_as_always(&life);
	end(&life, before);
	report->live_blocks = fault_live_blocks();
	window_close(&life.window);
	compositor_stop(life.compositor);
}
