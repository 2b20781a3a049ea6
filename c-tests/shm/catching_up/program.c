/* Frames: a buffer is asked for, brought up to date, drawn, shown; all is compared. */
#include "shm/catching_up/program.h"

#include <stdio.h>
#include <string.h>

#include "shm/catching_up/draw.h"
#include "support/runner.h"

#define FIRST_COOKIE 0xca7cUL
#define POOL_BYTES (4 << 20)
/* More are given up by the library; that is to happen now and then. */
#define HELD_MOSTLY 5
/* One window rests for a while now and then. What does not scroll may go when 512 requests were for others. */
#define FRAMES_BETWEEN_RESTS 1400
#define REST_FRAMES 600
#define FRAMES_UNTIL_MAY_BE_GONE 400

static const int small_sizes[][2] = {
	{ 24, 32 }, { 33, 40 }, { 64, 96 }, { 48, 64 }, { 24, 33 }, { 1, 50 }, { 70, 2 }, { 7, 3 }, { 40, 1 },
};
/* More than 256 KiB: in the memory file of the large ones. */
static const int large_sizes[][2] = { { 300, 230 }, { 512, 130 }, { 301, 230 }, { 320, 400 }, { 90, 800 } };

static void print_story(const struct pane *pane)
{
	for (unsigned i = 0; i < STORY_FRAMES; i++)
		if (pane->story[(pane->next_in_story + i) % STORY_FRAMES][0] != '\0')
			printf("# %s\n", pane->story[(pane->next_in_story + i) % STORY_FRAMES]);
}

static void note_in_story(const struct drawing *drawing)
{
	static const char *const names[CONDUCTS] = {
		"as the contract says", "nothing recorded", "age left alone", "miscounted", "not drawn", "not shown",
	};
	struct pane *pane = drawing->pane;
	char *story = pane->story[pane->next_in_story++ % STORY_FRAMES];

	snprintf(story, sizeof(pane->story[0]),
		 "frame %u: buffer %p, age %u, %s: %zu scrolls%s, %zu told, %d rectangles, age %u",
		 drawing->program->frame, (void *)drawing->buffer, drawing->age, names[drawing->conduct],
		 drawing->carried_out, drawing->has_failed ? " and one that failed" : "",
		 drawing->buffer->scroll_damage_count, pixman_region32_n_rects(&drawing->buffer->dirty),
		 drawing->buffer->age);
}

static void compare(const struct program *program, const struct pane *pane, const void *pixels, const char *what)
{
	if (picture_is_in(&pane->picture, pixels))
		return;
	picture_print_differences(&pane->picture, pixels);
	print_story(pane);
	program_report(program, what);
	runner_fail(__FILE__, __LINE__, what);
}

/* --- starting and stopping -------------------------------------------------------------------------------------- */

static void set_size(struct pane *pane, int width, int height)
{
	pane->has_other_size = pane->picture.width != width || pane->picture.height != height;
	pane->picture.width = width;
	pane->picture.height = height;
	pane->last = NULL;
}

/* Where sizes do not come back, each is wider than all before. */
static void change_size(struct program *program, struct pane *pane)
{
	bool is_large = program->habits.is_large;
	int least_width = is_large ? 300 : 23, height = is_large ? 230 : 32 + (int)program->seed % 9;
	unsigned count = is_large ? sizeof(large_sizes) / sizeof(large_sizes[0]) :
				    sizeof(small_sizes) / sizeof(small_sizes[0]);
	const int *size = (is_large ? large_sizes : small_sizes)[program_below(program, count)];

	program->tallies->size_changes++;
	pane->size_number++;
	if (program->habits.sizes_come_back)
		set_size(pane, size[0], size[1]);
	else
		set_size(pane, least_width + (int)pane->size_number, height);
}

void program_start(struct program *program, const struct library *library, enum release_policy policy,
		   unsigned late_commits, uint64_t seed, const struct habits *habits, struct tallies *tallies)
{
	struct compositor_options options = { .policy = policy, .late_commits = late_commits };

	memset(program, 0, sizeof(*program));
	program->library = library;
	program->compositor = compositor_start(&options);
	program->random = soak_random_from(seed);
	program->seed = seed;
	program->policy = policy;
	program->habits = *habits;
	program->tallies = tallies;
	library->set_max_pool_size(POOL_BYTES);
	shm_set_clear_exposed(!habits->keeps_exposed);
	for (unsigned i = 0; i < PANES_MAX; i++) {
		struct pane *pane = &program->panes[i];

		pane->window = window_open(program->compositor);
		pane->cookie = FIRST_COOKIE + i;
		pane->is_scrollable = i == 0 || !habits->has_plain_pane;
		change_size(program, pane);
	}
}

void program_stop(struct program *program)
{
	struct compositor_counts counts;

	program->library->fini();
	AGREES(program, compositor_pump(program->compositor));
	counts = compositor_counts(program->compositor);
	AGREES(program, counts.held_changed == 0);
	AGREES(program, compositor_protocol_error(program->compositor) == NULL);
	AGREES(program, compositor_broken_rule(program->compositor) == NULL);
	AGREES(program, counts.pools_live == 0 && counts.buffers_live == 0);
	for (unsigned i = 0; i < PANES_MAX; i++)
		window_close(&program->panes[i].window);
	compositor_stop(program->compositor);
	shm_set_clear_exposed(true);
}

/* --- a buffer is asked for -------------------------------------------------------------------------------------- */

static void tally(struct program *program, const struct pane *pane, const struct buffer *buffer)
{
	struct tallies *tallies = program->tallies;

	if (pane->last == NULL)
		tallies->made += buffer->age == 1234;
	else if (buffer == pane->last)
		*(buffer->age == 0 ? &tallies->zero_same : &tallies->old_same) += 1;
	else if (buffer->age == 1234)
		tallies->made++;
	else
		*(buffer->age == 0 ? &tallies->zero_older : &tallies->old_older) += 1;
}

static bool is_zero(const struct buffer *buffer)
{
	const char *bytes = buffer->mmapped;

	return bytes[0] == 0 && memcmp(bytes, bytes + 1, buffer->size - 1) == 0;
}

/* What a get promises, whatever was done to the buffers before. */
static void check_got(struct program *program, const struct pane *pane, const struct buffer *buffer)
{
	AGREES(program, buffer != NULL && buffer->mmapped != NULL && buffer->wl_buf != NULL);
	AGREES(program, buffer->width == pane->picture.width && buffer->height == pane->picture.height);
	AGREES(program, buffer->busy && buffer->scroll_damage == NULL);
	AGREES(program, !pixman_region32_not_empty((pixman_region32_t *)&buffer->dirty));
	AGREES(program, (void *)pixman_image_get_data(buffer->pix[0]) == buffer->mmapped);
	if (program->library->is_original)
		return;
	AGREES(program, buffer->scroll_damage_count == 0);
	AGREES(program, buffer->age != 1);
	/* Pictures of another size were shown in between: these pixels are of no use. */
	AGREES(program, buffer->age != 0 || !pane->has_other_size);
	/* A program that leaves ages alone may have left 1234 in an older buffer. */
	if (buffer->age == 1234 && program->habits.strange == 0)
		AGREES(program, is_zero(buffer));
}

/* A program that does not care begins with what there is: then that is the truth. */
static bool begins_with_what_is_there(struct drawing *drawing)
{
	struct buffer *buffer = drawing->buffer;

	return buffer->age != 0 &&
	       (drawing->conduct == NOT_DRAWN ||
		(drawing->conduct == AGE_LEFT_ALONE && program_happens(drawing->program, 500)));
}

/* The order of the questions is that of a program: the last buffer, then the age. */
static void bring_up_to_date(struct drawing *drawing)
{
	struct pane *pane = drawing->pane;
	struct buffer *buffer = drawing->buffer;
	bool draws_all = program_happens(drawing->program, drawing->program->habits.draws_all);
	bool writes_all = program_happens(drawing->program, 200);

	if (begins_with_what_is_there(drawing)) {
		picture_read(&pane->picture, buffer->mmapped);
	} else if (pane->last == NULL) {
		if (drawing->conduct == NOT_DRAWN)
			picture_read(&pane->picture, buffer->mmapped);
		else
			drawing_do_all(drawing);
	} else if (buffer->age == 0) {
		compare(drawing->program, pane, buffer->mmapped, "age 0: all pixels are those of the last frame");
	} else if (buffer->age == 1) {
		drawing_replay_last(drawing);
		drawing->program->tallies->replays++;
	} else if (draws_all) {
		drawing_do_all(drawing);
	} else if (writes_all || pane->last == buffer) {
		picture_write(&pane->picture, buffer->mmapped);
	} else {
		memcpy(buffer->mmapped, pane->last->mmapped, buffer->size);
	}
	compare(drawing->program, pane, buffer->mmapped, "the buffer is up to date");
}

static struct drawing begin(struct program *program, struct pane *pane, enum conduct conduct)
{
	struct drawing drawing = { .program = program, .pane = pane, .conduct = conduct };

	drawing.buffer = program->library->get_buffer(compositor_shm(program->compositor), pane->picture.width,
						      pane->picture.height, pane->cookie, pane->is_scrollable, 1);
	check_got(program, pane, drawing.buffer);
	tally(program, pane, drawing.buffer);
	drawing.age = drawing.buffer->age;
	if (pane->last != NULL && pane->last != drawing.buffer)
		compare(program, pane, pane->last->mmapped, "the last buffer is as it was");
	bring_up_to_date(&drawing);
	return drawing;
}

/* --- a frame ---------------------------------------------------------------------------------------------------- */

static void show(struct program *program, struct pane *pane, struct buffer *buffer)
{
	struct compositor_frame frame;

	AGREES(program, window_show(&pane->window, buffer->wl_buf));
	frame = compositor_frame(program->compositor);
	AGREES(program, frame.width == pane->picture.width && frame.height == pane->picture.height);
	compare(program, pane, frame.pixels, "the compositor sees what the program has drawn");
	AGREES(program, compositor_counts(program->compositor).held_changed == 0);
}

static enum conduct choose_conduct(struct program *program)
{
	if (!program_happens(program, program->habits.strange))
		return HONEST;
	/* What is never shown is never released: a few of these. */
	return program_happens(program, 20) ? NOT_SHOWN : (enum conduct)(1 + program_below(program, CONDUCTS - 2));
}

static void show_frame(struct program *program, struct pane *pane)
{
	enum conduct conduct = choose_conduct(program);
	struct drawing drawing = begin(program, pane, conduct);

	if (conduct != NOT_DRAWN)
		drawing_do(&drawing);
	compare(program, pane, drawing.buffer->mmapped, "the buffer is as the program has drawn it");
	drawing_end(&drawing);
	note_in_story(&drawing);
	if (conduct != NOT_SHOWN)
		show(program, pane, drawing.buffer);
	pane->last = drawing.buffer;
	pane->shown_at = program->frame;
	pane->has_other_size = false;
	program->tallies->conducts[conduct]++;
	program->tallies->frames++;
	program->frame++;
}

static void release_by_hand(struct program *program)
{
	struct compositor *compositor = program->compositor;

	if (program_happens(program, 450))
		compositor_release_oldest(compositor);
	if (program_happens(program, 250))
		compositor_release_newest(compositor);
	if (program_happens(program, 30))
		compositor_release_all(compositor);
	while (compositor_counts(compositor).held > HELD_MOSTLY && !program_happens(program, 20))
		if (!compositor_release_oldest(compositor))
			break;
}

static void end_all(struct program *program)
{
	program->library->fini();
	for (unsigned i = 0; i < PANES_MAX; i++)
		program->panes[i].last = NULL;
}

static void disturb(struct program *program, struct pane *pane)
{
	static const off_t pool_sizes[] = { 0, 1 << 12, 1 << 16, 1 << 19, POOL_BYTES };

	if (program_happens(program, program->habits.size_changes))
		change_size(program, pane);
	if (program_happens(program, program->habits.purges)) {
		program->library->purge(compositor_shm(program->compositor), pane->cookie);
		pane->last = NULL;
		program->tallies->purges++;
	}
	if (program_happens(program, program->habits.ends))
		end_all(program);
	if (program_happens(program, program->habits.pool_sizes))
		program->library->set_max_pool_size(
			pool_sizes[program_below(program, sizeof(pool_sizes) / sizeof(pool_sizes[0]))]);
	if (program->policy == RELEASE_BY_HAND)
		release_by_hand(program);
}

void program_step(struct program *program)
{
	bool has_rest = program->frame % FRAMES_BETWEEN_RESTS >= FRAMES_BETWEEN_RESTS - REST_FRAMES;
	unsigned number = program->habits.has_two_panes && !has_rest ? program_below(program, PANES_MAX) : 0;
	struct pane *pane = &program->panes[number];

	if (!pane->is_scrollable && program->frame - pane->shown_at > FRAMES_UNTIL_MAY_BE_GONE)
		pane->last = NULL;
	disturb(program, pane);
	show_frame(program, pane);
}
