/*
 * Where in a text a window stands. A line that is too long for the window is wrapped into parts, and each part is a row
 * of the window. Only what is looked at is wrapped: a text of a gigabyte costs no more than a short one.
 */
#ifndef SCROLLER_PLACE_H
#define SCROLLER_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

struct place {
	size_t line;
	int part;             /* of the line; 0 is its beginning */
};

/* How many columns a character takes if it stands in `column`. */
int columns_of(uint32_t code_point, int column);

/* The part of a line that begins at `from` ends before the index that is returned: behind a space if there is one. */
size_t part_end(const uint32_t *code_points, size_t count, size_t from, int columns);

bool place_is_equal(struct place a, struct place b);

/* `rows` rows further down (< 0: up), but not beyond the first or the last row of the text. */
struct place place_move(const struct text *text, int columns, struct place place, long rows);

/* The places of `count` rows from `top` on. Returns how many there are before the text ends. */
int place_rows(const struct text *text, int columns, struct place top, struct place *places, int count);

/* The greatest place that can stand at the top of a window of so many rows. */
struct place place_last_top(const struct text *text, int columns, int rows);

/* How many rows lie between two places, > 0 if `to` is the lower one; at most `limit`, if there are more. */
int place_distance(const struct text *text, int columns, struct place from, struct place to, int limit);

#endif
