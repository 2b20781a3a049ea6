#include "chain/faults/life.h"

#include <stdlib.h>
#include <string.h>

#include "chain/stage.h"
#include "support/clock_forward.h"
#include "support/random.h"
#include "support/runner.h"

/* A run is to take milliseconds: there are thousands for each scenario. */
#define STEPS 14
#define CHAINS 2
#define PICTURES 24
#define HELD_MAX 12
#define AGE_OF_NEW 1234

/* A buffer, with the pixels that it must have. */
struct picture {
	struct buffer *buffer;             /* NULL: none */
	uint32_t *pixels;
	int width, height;
	unsigned chain, references;
};

struct life {
	struct stage stage;
	struct scenario_report *report;
	uint64_t state;
	struct buffer_chain *chains[CHAINS];
	int widths[CHAINS], heights[CHAINS];
	struct picture pictures[PICTURES];
	struct picture *newest[CHAINS];    /* the last frame; NULL: not known */
};

static unsigned long below(struct life *life, unsigned long limit)
{
	return random_below(&life->state, limit);
}

static void pump(struct life *life)
{
	call_pump(life->report, life->stage.compositor);
}

/* --- pictures ----------------------------------------------------------------------------------------------------- */

static size_t picture_bytes(const struct picture *picture)
{
	return (size_t)picture->width * (size_t)picture->height * sizeof(uint32_t);
}

static void check_picture(const struct picture *picture)
{
	CHECK(picture->buffer->width == picture->width && picture->buffer->height == picture->height);
	CHECK_EQUAL(picture->buffer->stride, picture->width * 4);
	CHECK(picture->buffer->wl_buf != NULL);
	CHECK(memcmp(picture->buffer->data, picture->pixels, picture_bytes(picture)) == 0);
}

/* Whatever was called: what the program has references to has its pixels. */
static void check_referenced(const struct life *life)
{
	for (unsigned i = 0; i < PICTURES; i++)
		if (life->pictures[i].references > 0)
			check_picture(&life->pictures[i]);
}

static void forget(struct life *life, struct picture *picture)
{
	if (life->newest[picture->chain] == picture)
		life->newest[picture->chain] = NULL;
	free(picture->pixels);
	*picture = (struct picture){ .buffer = NULL };
}

/* The buffers of a chain that nobody has references to may have gone. */
static void forget_chain(struct life *life, unsigned chain)
{
	for (unsigned i = 0; i < PICTURES; i++)
		if (life->pictures[i].buffer != NULL && life->pictures[i].chain == chain &&
		    life->pictures[i].references == 0)
			forget(life, &life->pictures[i]);
	life->newest[chain] = NULL;
}

static struct picture *find(struct life *life, const struct buffer *buffer)
{
	for (unsigned i = 0; i < PICTURES; i++)
		if (life->pictures[i].buffer == buffer)
			return &life->pictures[i];
	return NULL;
}

static struct picture *remember_new(struct life *life, struct buffer *buffer, unsigned chain)
{
	struct picture *picture = find(life, buffer);

	if (picture != NULL) {
		CHECK_EQUAL(picture->references, 0);
		forget(life, picture);
	}
	picture = find(life, NULL);
	CHECK(picture != NULL);
	*picture = (struct picture){ .buffer = buffer, .width = buffer->width, .height = buffer->height, .chain = chain };
	picture->pixels = calloc(1, picture_bytes(picture));
	CHECK(picture->pixels != NULL);
	return picture;
}

/* A new buffer is zero; one that is used again has its own pixels, or those of the last frame. */
static struct picture *remember(struct life *life, struct buffer *buffer, unsigned chain)
{
	struct picture *picture = find(life, buffer), *newest = life->newest[chain];

	if (buffer->age == AGE_OF_NEW)
		return remember_new(life, buffer, chain);
	CHECK(picture != NULL && picture->chain == chain);
	if (buffer->age == 0)
		memcpy(picture->pixels, newest != NULL ? newest->pixels : buffer->data, picture_bytes(picture));
	return picture;
}

/* What was drawn is recorded, or nothing is in this frame. */
static void draw_noise(struct life *life, struct picture *picture, int first_row, int rows)
{
	size_t first = (size_t)first_row * (size_t)picture->width, count = (size_t)rows * (size_t)picture->width;

	for (size_t i = first; i < first + count; i++)
		picture->pixels[i] = (uint32_t)random_word(&life->state);
	memcpy((uint32_t *)picture->buffer->data + first, picture->pixels + first, count * sizeof(uint32_t));
	picture->buffer->age = 0;
	if (below(life, 2) == 0)
		pixman_region32_union_rect(drawn_region(picture->buffer), drawn_region(picture->buffer), 0, first_row,
					   (unsigned)picture->width, (unsigned)rows);
}

/* --- calls -------------------------------------------------------------------------------------------------------- */

static struct picture *get(struct life *life, unsigned chain)
{
	int width = life->widths[chain], height = life->heights[chain];
	struct call call = call_begin(life->report);
	struct buffer *buffer = stage_ask(life->chains[chain], width, height);

	call_end(life->report, &call);
	CHECK(buffer != NULL); /* otherwise it has ended the program */
	CHECK(buffer->width == width && buffer->height == height);
	CHECK(!pixman_region32_not_empty(drawn_region(buffer)));
	struct picture *picture = remember(life, buffer, chain);
	check_picture(picture);
	return picture;
}

/* What a scroll does to the pixels. */
static void scroll_pixels(struct picture *picture, int rows)
{
	size_t row_pixels = (size_t)picture->width, moved = row_pixels * (size_t)abs(rows);
	size_t all = row_pixels * (size_t)picture->height, stay = all - moved;

	if (rows > 0) {
		memmove(picture->pixels, picture->pixels + moved, stay * sizeof(uint32_t));
		memset(picture->pixels + stay, 0, moved * sizeof(uint32_t));
	} else {
		memmove(picture->pixels + moved, picture->pixels, stay * sizeof(uint32_t));
		memset(picture->pixels, 0, moved * sizeof(uint32_t));
	}
}

/* False if the program must draw all of it. */
static bool scroll(struct life *life, struct picture *picture)
{
	int rows = 1 + (int)below(life, (unsigned long)picture->height - 1);
	bool can_scroll = shm_can_scroll(picture->buffer), has_failed;
	struct call call = call_begin(life->report);

	rows = below(life, 3) == 0 ? -rows : rows;
	bool is_scrolled = shm_scroll(picture->buffer, rows, 0, 0, 0, 0);
	has_failed = call_end(life->report, &call);
	if (is_scrolled) {
		scroll_pixels(picture, rows);
		check_picture(picture);
	} else {
		CHECK(has_failed || !can_scroll);
		check_picture(picture); /* nothing has changed */
		life->report->refused_scrolls += has_failed;
	}
	return is_scrolled;
}

static void show(struct life *life, struct picture *picture)
{
	struct compositor_frame frame;

	window_commit(&life->stage.window, picture->buffer->wl_buf);
	pump(life);
	frame = compositor_frame(life->stage.compositor);
	CHECK(frame.width == picture->width && frame.height == picture->height);
	CHECK(memcmp(frame.pixels, picture->pixels, picture_bytes(picture)) == 0);
}

static void take_reference(struct life *life, struct picture *picture)
{
	struct call call = call_begin(life->report);

	shm_addref(picture->buffer);
	call_end(life->report, &call);
	picture->references++;
}

static void draw_frame(struct life *life, unsigned chain)
{
	struct picture *picture = get(life, chain);
	bool draws_all = picture->buffer->age != 0;
	int first_row = (int)below(life, (unsigned long)picture->height);

	if (below(life, 2) == 0)
		for (unsigned long times = 1 + below(life, 4); times > 0; times--)
			draws_all |= !scroll(life, picture);
	if (draws_all)
		draw_noise(life, picture, 0, picture->height);
	else
		draw_noise(life, picture, first_row, picture->height - first_row);
	show(life, picture);
	life->newest[chain] = picture;
	if (below(life, 5) == 0)
		take_reference(life, picture);
}

static void give_reference_back(struct life *life)
{
	for (unsigned i = 0; i < PICTURES; i++) {
		struct picture *picture = &life->pictures[i];
		struct call call;

		if (picture->references == 0)
			continue;
		picture->references--;
		call = call_begin(life->report);
		shm_unref(picture->buffer);
		call_end(life->report, &call);
		return; /* if it was the last one of a chain that has gone, a new buffer may get its address */
	}
}

static void give_back_unused(struct life *life, unsigned chain)
{
	struct picture *picture = get(life, chain);
	struct call call = call_begin(life->report);

	shm_did_not_use_buf(picture->buffer);
	call_end(life->report, &call);
	life->newest[chain] = NULL;
}

static void show_labels(struct life *life, unsigned chain)
{
	int widths[] = { 20, 0, 7, 30 }, heights[] = { 10, 5, 7, 30 };
	struct buffer *labels[4];
	struct call call = call_begin(life->report);

	stage_ask_many(life->chains[chain], 4, widths, heights, labels);
	call_end(life->report, &call);
	for (int i = 0; i < 4; i++) {
		CHECK((labels[i] == NULL) == (i == 1));
		if (labels[i] == NULL)
			continue;
		CHECK(is_all(labels[i], 0));
		fill(labels[i], 0x01020304);
		window_commit(&life->stage.window, labels[i]->wl_buf);
	}
	pump(life);
	life->newest[chain] = NULL;
}

static void make_chain(struct life *life, unsigned chain)
{
	struct call call = call_begin(life->report);

	life->chains[chain] = stage_chain_of(&life->stage, below(life, 4) != 0, 1 + below(life, 2));
	call_end(life->report, &call);
	life->widths[chain] = 3 + (int)below(life, 90);
	life->heights[chain] = 3 + (int)below(life, 90);
}

static void end_chain(struct life *life, unsigned chain, bool is_freed)
{
	struct call call = call_begin(life->report);

	if (is_freed)
		shm_chain_free(life->chains[chain]);
	else
		shm_purge(life->chains[chain]);
	call_end(life->report, &call);
	forget_chain(life, chain);
	pump(life);
}

static void end_all(struct life *life, struct runner_resources before)
{
	struct call call;

	for (unsigned chain = 0; chain < CHAINS; chain++)
		end_chain(life, chain, true);
	call = call_begin(life->report);
	shm_fini();
	call_end(life->report, &call);
	for (unsigned i = 0; i < PICTURES; i++)
		forget(life, &life->pictures[i]);
	compositor_release_all(life->stage.compositor);
	pump(life);
	fault_unmap_refused();
	CHECK_SAME_RESOURCES(before);
}

static void release(struct life *life, bool is_all_of_them)
{
	if (is_all_of_them)
		compositor_release_all(life->stage.compositor);
	else
		compositor_release_oldest(life->stage.compositor);
	pump(life);
}

static void step(struct life *life)
{
	unsigned long choice = below(life, 24);
	unsigned chain = (unsigned)below(life, CHAINS);

	if (choice < 11)
		draw_frame(life, chain);
	else if (choice < 16)
		release(life, choice == 15);
	else if (choice < 18)
		give_reference_back(life);
	else if (choice < 19)
		give_back_unused(life, chain);
	else if (choice < 20)
		show_labels(life, chain);
	else if (choice < 21)
		end_chain(life, chain, false);
	else if (choice < 22) {
		end_chain(life, chain, true);
		make_chain(life, chain);
	} else if (choice < 23) {
		forget_chain(life, chain); /* those of another size go */
		life->widths[chain] = 3 + (int)below(life, 90);
		life->heights[chain] += 1;
	} else
		clock_put_forward(UNTIL_RINGS_REST_MS);
	if (compositor_counts(life->stage.compositor).held > HELD_MAX)
		release(life, true);
	check_referenced(life);
}

/* With nothing failing any more, everything works. */
static void check_recovery(struct life *life)
{
	unsigned refused = life->report->refused_scrolls;

	for (unsigned chain = 0; chain < CHAINS; chain++) {
		make_chain(life, chain);
		for (unsigned frame = 0; frame < 3; frame++)
			draw_frame(life, chain);
	}
	CHECK_EQUAL(life->report->refused_scrolls, refused);
}

void life_run(struct scenario_report *report, const struct scenario_options *options)
{
	struct life life = { .state = options->seed, .report = report };
	struct runner_resources before;

	stage_start_with(&life.stage, &(struct compositor_options){ .policy = RELEASE_BY_HAND });
	before = runner_count_resources();
	for (unsigned chain = 0; chain < CHAINS; chain++)
		make_chain(&life, chain);
	draw_frame(&life, 0);
	for (unsigned i = 0; i < STEPS; i++)
		step(&life);
	end_all(&life, before);
	fault_suspend(true);
	check_recovery(&life);
	end_all(&life, before);
	report->live_blocks = fault_live_blocks();
	stage_stop(&life.stage);
}
