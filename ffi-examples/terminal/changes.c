#include "changes.h"

#include <stdlib.h>
#include <string.h>

bool changes_resize(struct changes *changes, int row_count)
{
	bool *is_stale = realloc(changes->is_stale, (size_t)row_count * sizeof(*is_stale));
	if (is_stale == NULL)
		return false;
	changes->is_stale = is_stale;
	changes->row_count = row_count;
	changes_mark_all(changes);
	return true;
}

void changes_free(struct changes *changes)
{
	free(changes->is_stale);
	*changes = (struct changes){0};
}

void changes_mark(struct changes *changes, int top, int bottom)
{
	if (top < 0)
		top = 0;
	if (bottom > changes->row_count)
		bottom = changes->row_count;
	for (int row = top; row < bottom; row++) {
		changes->is_stale[row] = true;
		changes->is_any = true;
	}
}

void changes_mark_all(struct changes *changes)
{
	/* what is drawn anew need not be moved before */
	changes->scroll_count = 0;
	changes_mark(changes, 0, changes->row_count);
}

/* A stale row that moves is stale where it goes, and the rows that come in are stale too. */
static void move_marks(struct changes *changes, struct scroll scroll)
{
	bool *region = changes->is_stale + scroll.top;
	size_t shift = (size_t)abs(scroll.rows);
	size_t moved = (size_t)(scroll.bottom - scroll.top) - shift;
	if (scroll.rows > 0) {
		memmove(region, region + shift, moved * sizeof(*region));
		changes_mark(changes, scroll.bottom - scroll.rows, scroll.bottom);
	} else {
		memmove(region + shift, region, moved * sizeof(*region));
		changes_mark(changes, scroll.top, scroll.top - scroll.rows);
	}
}

void changes_scroll(struct changes *changes, struct scroll scroll)
{
	int height = scroll.bottom - scroll.top;
	struct scroll *last = changes->scroll_count > 0 ? &changes->scrolls[changes->scroll_count - 1] : NULL;
	bool is_joined = last != NULL && last->top == scroll.top && last->bottom == scroll.bottom;
	int rows = scroll.rows + (is_joined ? last->rows : 0);

	if (abs(scroll.rows) >= height) {
		changes_mark(changes, scroll.top, scroll.bottom);
		return;
	}
	move_marks(changes, scroll);
	/* two scrolls of one region are one; what went out of it with the first, and came back, is marked */
	if (is_joined) {
		last->rows = rows;
		if (rows == 0 || abs(rows) >= height)
			changes->scroll_count--;
		if (abs(rows) >= height)
			changes_mark(changes, scroll.top, scroll.bottom);
	} else if (changes->scroll_count < CHANGES_SCROLLS_MAX) {
		changes->scrolls[changes->scroll_count++] = scroll;
	} else {
		changes_mark(changes, scroll.top, scroll.bottom);
	}
}

bool changes_are_everything(const struct changes *changes)
{
	for (int row = 0; row < changes->row_count; row++) {
		if (!changes->is_stale[row])
			return false;
	}
	return true;
}

void changes_clear(struct changes *changes)
{
	memset(changes->is_stale, 0, (size_t)changes->row_count * sizeof(*changes->is_stale));
	changes->scroll_count = 0;
	changes->is_any = false;
}
