/* What a program does to one buffer, and how it records that. */
#include <stdlib.h>
#include <string.h>

#include "shm/catching_up/draw.h"
#include "support/runner.h"

#define CROWD 100
#define PIECES 12
#define FAR_OUTSIDE 30000

static void unite(struct drawing *drawing, int x, int y, int width, int height)
{
	pixman_region32_t *dirty = &drawing->buffer->dirty;

	pixman_region32_union_rect(dirty, dirty, x, y, (unsigned)width, (unsigned)height);
}

/* A program may record more than it draws: whole rows, everything, and what is not in the window at all. */
static void record(struct drawing *drawing, const struct rectangle *where)
{
	struct program *program = drawing->program;
	int width = drawing->buffer->width, height = drawing->buffer->height;
	unsigned kind = program_below(program, 100);

	if (drawing->conduct == NOTHING_RECORDED)
		return;
	if (drawing->conduct == AGE_LEFT_ALONE && program_happens(program, 300))
		return;
	if (kind < 70)
		unite(drawing, where->x, where->y, where->width, where->height);
	else if (kind < 80)
		unite(drawing, 0, where->y, width, where->height);
	else if (kind < 90)
		unite(drawing, where->x - 5, where->y - 3, where->width + 9, where->height + 7);
	else if (kind < 93)
		unite(drawing, -1, where->y - 1, width + 2, where->height + 1);
	else if (kind < 95)
		unite(drawing, -FAR_OUTSIDE, -FAR_OUTSIDE, 2 * FAR_OUTSIDE, 2 * FAR_OUTSIDE);
	else
		unite(drawing, where->x, where->y, where->width, where->height);
	if (kind >= 95)
		unite(drawing, width + 3, -height - 7, 5, height);
}

static void draw(struct drawing *drawing, const struct rectangle *where)
{
	struct program *program = drawing->program;
	bool records_first = program_happens(program, 500);

	if (records_first)
		record(drawing, where);
	picture_draw(&drawing->pane->picture, &program->random, where, drawing->buffer->mmapped);
	if (!records_first)
		record(drawing, where);
	program->tallies->rectangles++;
}

void drawing_do_all(struct drawing *drawing)
{
	struct rectangle all = picture_all(&drawing->pane->picture);

	draw(drawing, &all);
}

static void draw_some(struct drawing *drawing)
{
	int most_rows = program_happens(drawing->program, 700) ? 6 : drawing->buffer->height;
	struct rectangle where =
		picture_random_rectangle(&drawing->pane->picture, &drawing->program->random, most_rows);

	draw(drawing, &where);
}

static void draw_crowd(struct drawing *drawing)
{
	for (unsigned i = 0; i < CROWD; i++) {
		struct rectangle where =
			picture_random_rectangle(&drawing->pane->picture, &drawing->program->random, 2);

		if (where.width > 3)
			where.width = 3;
		draw(drawing, &where);
	}
}

/* --- scrolls ---------------------------------------------------------------------------------------------------- */

static void note_record(struct drawing *drawing, const struct soak_step *step)
{
	CHECK(drawing->count < STEPS_MAX);
	drawing->records[drawing->count++].step = *step;
}

/* The rows that a step has exposed: those whose old pixels would have been outside. */
static void draw_exposed(struct drawing *drawing, const struct soak_step *step)
{
	int width = drawing->buffer->width, height = drawing->buffer->height, rows = abs(step->rows);
	struct rectangle where = { 0, step->rows > 0 ? height - rows : 0, width, rows };

	/* What a margin names is exposed like the rest; what is kept may lie anywhere and is drawn over. */
	draw(drawing, &where);
}

static bool try_scroll(struct drawing *drawing, const struct soak_step *step)
{
	struct program *program = drawing->program;

	return program->library->scroll(compositor_shm(program->compositor), drawing->buffer, step->rows,
					step->top_margin, step->top_keep_rows, step->bottom_margin,
					step->bottom_keep_rows);
}

static void move_by_hand(struct buffer *buffer, const struct soak_step *step)
{
	picture_scroll(buffer->mmapped, buffer->width, buffer->height, step);
}

/* Where the library does not scroll, or where the program does not want it to, it moves the rows itself. */
static void scroll_by(struct drawing *drawing, const struct soak_step *step, bool by_hand)
{
	struct program *program = drawing->program;
	struct picture *picture = &drawing->pane->picture;
	bool draws_exposed = program_happens(program, 700) || by_hand;

	if (program->habits.scrolls_first) /* a replay would not move these */
		draws_exposed = false;
	if (program->habits.keeps_exposed)
		draws_exposed = true;
	if (!by_hand && try_scroll(drawing, step)) {
		drawing->carried_out++;
		program->tallies->scrolls++;
	} else {
		program->tallies->failed_scrolls += !by_hand;
		drawing->has_failed |= !by_hand;
		program->tallies->own_moves++;
		move_by_hand(drawing->buffer, step);
	}
	note_record(drawing, step);
	picture_scroll(picture->pixels, picture->width, picture->height, step);
	if (draws_exposed)
		draw_exposed(drawing, step);
}

static void scroll(struct drawing *drawing, bool by_hand)
{
	struct soak_step step = soak_random_step(&drawing->program->random, drawing->buffer->height);

	if (program_happens(drawing->program, 400))
		step.rows = -step.rows;
	scroll_by(drawing, &step, by_hand);
}

/* Small steps that keep rows in other places each time: the picture comes to consist of many pieces. */
static void scroll_in_pieces(struct drawing *drawing)
{
	struct program *program = drawing->program;
	int height = drawing->buffer->height;

	if (height < 20)
		return;
	for (unsigned i = 0; i < PIECES && drawing->count + 2 < STEPS_MAX; i++) {
		struct soak_step step = { .rows = program_happens(program, 500) ? 1 : -1 };

		step.top_margin = (int)program_below(program, (unsigned)height / 4);
		step.top_keep_rows = 1 + (int)program_below(program, 3);
		step.bottom_margin = (int)program_below(program, (unsigned)height / 4);
		step.bottom_keep_rows = 1 + (int)program_below(program, 3);
		scroll_by(drawing, &step, false);
	}
}

/* A step that makes no sense; some programs then move something by hand. */
static void scroll_badly(struct drawing *drawing)
{
	struct program *program = drawing->program;
	struct soak_step step = soak_bad_step(&program->random, drawing->buffer->height);

	AGREES(program, !try_scroll(drawing, &step));
	drawing->has_failed = true;
	program->tallies->bad_scrolls++;
	if (program_happens(program, 500))
		scroll(drawing, true);
}

/* --- a frame ---------------------------------------------------------------------------------------------------- */

static bool may_scroll(const struct drawing *drawing)
{
	/* Room is left for the one that a bad step may bring along. */
	return !drawing->program->habits.never_scrolls && drawing->buffer->height >= 2 &&
	       drawing->count + 2 < STEPS_MAX;
}

static void do_something(struct drawing *drawing)
{
	struct program *program = drawing->program;
	unsigned own_moves = program->habits.own_moves;

	if (program_happens(program, program->habits.crowds))
		draw_crowd(drawing);
	else if (program_happens(program, 15))
		drawing_do_all(drawing);
	else if (may_scroll(drawing) && program_happens(program, own_moves / 2))
		scroll_badly(drawing);
	else if (may_scroll(drawing) && program_happens(program, own_moves))
		scroll(drawing, true);
	else if (may_scroll(drawing) && program_happens(program, own_moves))
		note_record(drawing, &(struct soak_step){ .rows = 1 }); /* the view is scrolled back: nothing moves */
	else if (may_scroll(drawing) && !program->habits.scrolls_first && program_happens(program, 10))
		scroll_in_pieces(drawing);
	else if (may_scroll(drawing) && !program->habits.scrolls_first && program_happens(program, 450))
		scroll(drawing, false);
	else
		draw_some(drawing);
}

void drawing_do(struct drawing *drawing)
{
	struct program *program = drawing->program;
	unsigned count = 1 + program_below(program, program_happens(program, 30) ? 40 : 4);

	if (program->habits.scrolls_first && may_scroll(drawing))
		for (unsigned scrolls = program_below(program, 4); scrolls > 0; scrolls--)
			scroll(drawing, false);
	for (; count > 0; count--)
		do_something(drawing);
	if (drawing->conduct == HONEST && !pixman_region32_not_empty(&drawing->buffer->dirty))
		draw_some(drawing);
}

/*
 * A count that is wrong in either direction. Where a scroll failed, the right number of those that did not is wrong,
 * too: the program may have moved its pixels itself.
 */
static size_t miscount(struct drawing *drawing)
{
	size_t count = program_below(drawing->program, 5);

	if (drawing->has_failed && program_happens(drawing->program, 700))
		return drawing->carried_out;
	return count == drawing->carried_out ? count + 1 : count;
}

void drawing_end(struct drawing *drawing)
{
	struct buffer *buffer = drawing->buffer;
	struct program *program = drawing->program;

	if (drawing->conduct == AGE_LEFT_ALONE && buffer->age == 0)
		buffer->age = 2 + program_below(program, 2000);
	else if (drawing->conduct == NOT_DRAWN)
		buffer->age = program_happens(program, 500) ? 0 : buffer->age;
	else if (drawing->conduct != AGE_LEFT_ALONE)
		buffer->age = 0;
	if (drawing->conduct == NOT_DRAWN)
		return;
	buffer->scroll_damage_count = drawing->conduct == MISCOUNTED ? miscount(drawing) : drawing->count;
	/* foot allocates a record of nothing, too. */
	buffer->scroll_damage = malloc(STEPS_MAX * sizeof(drawing->records[0]));
	CHECK(buffer->scroll_damage != NULL);
	memcpy(buffer->scroll_damage, drawing->records, sizeof(drawing->records));
}

void drawing_replay_last(struct drawing *drawing)
{
	struct buffer *last = drawing->pane->last, *buffer = drawing->buffer;
	size_t stride = (size_t)buffer->stride;
	pixman_box32_t *boxes;
	int count;

	for (size_t i = 0; i < last->scroll_damage_count; i++)
		if (!try_scroll(drawing, &last->scroll_damage[i].step))
			move_by_hand(buffer, &last->scroll_damage[i].step);
	pixman_region32_intersect_rect(&last->dirty, &last->dirty, 0, 0, (unsigned)buffer->width,
				       (unsigned)buffer->height);
	boxes = pixman_region32_rectangles(&last->dirty, &count);
	for (; count > 0; boxes++, count--) {
		size_t length = (size_t)(boxes->x2 - boxes->x1) * sizeof(uint32_t);

		for (int y = boxes->y1; y < boxes->y2; y++) {
			size_t offset = (size_t)y * stride + (size_t)boxes->x1 * sizeof(uint32_t);

			memcpy((char *)buffer->mmapped + offset, (const char *)last->mmapped + offset, length);
		}
	}
}
