/* What a program does to a buffer in its hands, at random. */
#include "shm/parity/hand.h"

#include <limits.h>

#define DRAWN_ROWS_MAX 12

void walk_draw(struct walk *walk, unsigned group)
{
	const struct model_buffer *buffer = side_in_hand(walk_strictest(walk), group);
	struct drawing drawing = { .noise = walk_random(walk, UINT_MAX), .image = SIZE_MAX };
	int rows_max = buffer->height < DRAWN_ROWS_MAX ? buffer->height : DRAWN_ROWS_MAX;

	drawing.width = 1 + (int)walk_random(walk, (unsigned)buffer->width);
	drawing.height = 1 + (int)walk_random(walk, (unsigned)rows_max);
	drawing.x = (int)walk_random(walk, (unsigned)(buffer->width - drawing.width + 1));
	drawing.y = (int)walk_random(walk, (unsigned)(buffer->height - drawing.height + 1));
	if (walk_one_in(walk, 2))
		drawing.image = walk_random(walk, 8);
	FOR_EACH_SIDE(walk, side)
		side_draw(side, group, &drawing);
}

/* Small steps, any step, and the largest, in both directions; with margins and kept rows wherever there is room. */
static struct scroll_step random_step(struct walk *walk, int height)
{
	struct scroll_step step = { .rows = height - 1 };
	int room;

	if (!walk_one_in(walk, 10)) {
		int most = walk_one_in(walk, 3) ? height - 1 : (height + 5) / 6;

		step.rows = 1 + (int)walk_random(walk, (unsigned)most);
	}
	room = height - step.rows;
	if (walk_one_in(walk, 3)) {
		/* Without kept rows a margin means nothing, however large. */
		step.top_margin = (int)walk_random(walk, (unsigned)height + 1);
		step.bottom_margin = (int)walk_random(walk, (unsigned)height + 1);
	}
	if (walk_one_in(walk, 2)) {
		step.top_margin = (int)walk_random(walk, (unsigned)room);
		step.top_keep_rows = (int)walk_random(walk, (unsigned)(room - step.top_margin) + 1);
		room -= step.top_keep_rows > 0 ? step.top_margin + step.top_keep_rows : 0;
	}
	if (room > 0 && walk_one_in(walk, 2)) {
		step.bottom_margin = (int)walk_random(walk, (unsigned)room);
		step.bottom_keep_rows = (int)walk_random(walk, (unsigned)(room - step.bottom_margin) + 1);
	}
	if (walk_one_in(walk, 2))
		step.rows = -step.rows;
	return step;
}

void walk_scroll(struct walk *walk, unsigned group)
{
	int height = side_in_hand(walk_strictest(walk), group)->height;
	struct scroll_step step;

	if (height < 2)
		return;
	step = random_step(walk, height);
	CHECK(model_step_is_legal(height, &step));
	FOR_EACH_SIDE(walk, side)
		side_scroll(side, group, &step);
}

void walk_scroll_badly(struct walk *walk, unsigned group)
{
	const int extremes[] = { INT_MIN, INT_MIN + 1, -1, 0, INT_MAX };
	int height = side_in_hand(walk_strictest(walk), group)->height;
	struct scroll_step step = height > 1 ? random_step(walk, height) : (struct scroll_step){ .rows = 1 };
	int *numbers[] = { &step.rows, &step.top_margin, &step.top_keep_rows, &step.bottom_margin,
			   &step.bottom_keep_rows };
	int *number = numbers[walk_random(walk, 5)];

	*number = walk_one_in(walk, 2) ? extremes[walk_random(walk, 5)] : height + (int)walk_random(walk, 9) - 4;
	if (walk_has_original(walk) || model_step_is_legal(height, &step))
		return;
	side_scroll_badly(&walk->sides[0], group, &step);
}
