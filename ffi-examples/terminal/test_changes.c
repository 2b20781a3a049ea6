/*
 * What changes.c notes down, replayed on what was shown before, gives what is to be shown: for every kind of scroll and
 * mark, in random order, on small screens, where everything touches.
 */
#include <stdlib.h>
#include <string.h>

#include "changes.h"
#include "support/runner.h"

#define ROWS_MAX 7
#define FRAMES 20000
#define STEPS_MAX 14

struct model {
	int rows[ROWS_MAX];           /* what is to be shown: each row has a number of its own */
	int shown[ROWS_MAX];
	int next_number;
};

static int below(int limit)
{
	return rand() % limit;
}

static void scroll_rows(int *rows, struct scroll scroll, int *next_number)
{
	int height = scroll.bottom - scroll.top;
	int before[ROWS_MAX];

	memcpy(before, rows, sizeof(before));
	for (int i = 0; i < height; i++) {
		int from = i + scroll.rows;

		rows[scroll.top + i] = from >= 0 && from < height ? before[scroll.top + from] : (*next_number)++;
	}
}

static void do_something(struct model *model, struct changes *changes)
{
	int top = below(changes->row_count);
	int bottom = top + 1 + below(changes->row_count - top);
	int height = bottom - top;

	if (below(4) == 0) {
		for (int row = top; row < bottom; row++)
			model->rows[row] = model->next_number++;
		changes_mark(changes, top, bottom);
	} else {
		/* often the same region again, and sometimes further than it is high */
		struct scroll scroll = { .top = top, .bottom = bottom, .rows = below(2 * height + 3) - height - 1 };

		for (int times = 1 + below(3); times > 0 && scroll.rows != 0; times--) {
			scroll_rows(model->rows, scroll, &model->next_number);
			changes_scroll(changes, scroll);
			scroll.rows = -scroll.rows;
		}
	}
}

static void draw_frame(struct model *model, struct changes *changes)
{
	int lost = -1000000;

	for (int i = 0; i < changes->scroll_count; i++) {
		struct scroll scroll = changes->scrolls[i];

		CHECK(scroll.rows != 0 && abs(scroll.rows) < scroll.bottom - scroll.top);
		scroll_rows(model->shown, scroll, &lost);
	}
	for (int row = 0; row < changes->row_count; row++) {
		if (changes->is_stale[row])
			model->shown[row] = model->rows[row];
		CHECK_EQUAL(model->shown[row], model->rows[row]);
	}
	changes_clear(changes);
}

TEST(replayed_changes_give_the_screen)
{
	unsigned scrolls = 0;

	srand(1);
	for (int row_count = 1; row_count <= ROWS_MAX; row_count++) {
		struct model model = { .next_number = 1 };
		struct changes changes = { 0 };

		CHECK(changes_resize(&changes, row_count));
		for (int frame = 0; frame < FRAMES; frame++) {
			for (int steps = below(STEPS_MAX); steps > 0; steps--)
				do_something(&model, &changes);
			scrolls += (unsigned)changes.scroll_count;
			draw_frame(&model, &changes);
		}
		changes_free(&changes);
	}
	CHECK(scrolls > FRAMES);
}

TEST(a_region_that_goes_back_is_not_scrolled)
{
	struct changes changes = { 0 };

	CHECK(changes_resize(&changes, 5));
	changes_clear(&changes);
	changes_scroll(&changes, (struct scroll){ .top = 1, .bottom = 5, .rows = 1 });
	changes_scroll(&changes, (struct scroll){ .top = 1, .bottom = 5, .rows = -1 });
	CHECK_EQUAL(changes.scroll_count, 0);
	CHECK(!changes.is_stale[0] && changes.is_stale[1] && !changes.is_stale[2] && !changes.is_stale[4]);
	changes_free(&changes);
}
