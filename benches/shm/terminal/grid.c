#include "shm/terminal/grid.h"

#include <stdlib.h>
#include <string.h>

#include "support/report.h"

#define LINE_LENGTH_MIN 20
#define LINE_LENGTHS 61

void grid_open(struct grid *grid, int columns, int rows)
{
	size_t cells = (size_t)columns * (size_t)rows;

	*grid = (struct grid){ .columns = columns, .rows = rows, .cursor_is_on = true };
	grid->glyphs = calloc(cells, sizeof(*grid->glyphs));
	grid->is_dirty = calloc(cells, sizeof(*grid->is_dirty));
	grid->row_is_dirty = calloc((size_t)rows, sizeof(*grid->row_is_dirty));
	if (!grid->glyphs || !grid->is_dirty || !grid->row_is_dirty)
		give_up("out of memory");
	grid_rewrite(grid);
}

void grid_close(struct grid *grid)
{
	free(grid->glyphs);
	free(grid->is_dirty);
	free(grid->row_is_dirty);
}

static void mark(struct grid *grid, struct place place)
{
	grid->is_dirty[place.row * grid->columns + place.column] = true;
	grid->row_is_dirty[place.row] = true;
}

static uint32_t next_random(struct grid *grid)
{
	uint32_t x = ++grid->written * 2654435761u;

	x ^= x >> 15;
	x *= 2246822519u;
	return x ^ x >> 13;
}

/* Every sixth cell of a text is blank. */
static void write_cell(struct grid *grid, struct place place)
{
	uint32_t x = next_random(grid) % (GLYPHS * 6 / 5);

	grid->glyphs[place.row * grid->columns + place.column] = (uint8_t)(x < GLYPHS ? x + 1 : 0);
	mark(grid, place);
}

/* Lines as programs write them, for 80 columns: the rest of a wide window is blank, and painted all the same. */
static void write_lines(struct grid *grid, int start, int end)
{
	for (int row = start; row < end; row++) {
		int length = LINE_LENGTH_MIN + (int)(next_random(grid) % LINE_LENGTHS);

		for (int column = 0; column < grid->columns; column++) {
			struct place place = { column, row };

			if (column < length)
				write_cell(grid, place);
			else
				grid->glyphs[row * grid->columns + column] = 0;
			mark(grid, place);
		}
	}
}

void grid_rewrite(struct grid *grid)
{
	write_lines(grid, 0, grid->rows);
}

void grid_type(struct grid *grid)
{
	struct place *cursor = &grid->cursor;

	write_cell(grid, *cursor);
	if (++cursor->column == grid->columns) {
		cursor->column = 0;
		cursor->row = (cursor->row + 1) % grid->rows;
	}
}

static void move_rows(struct grid *grid, int from, int to, int rows)
{
	size_t columns = (size_t)grid->columns, count = (size_t)rows;

	memmove(grid->glyphs + (size_t)to * columns, grid->glyphs + (size_t)from * columns, count * columns);
	memmove(grid->is_dirty + (size_t)to * columns, grid->is_dirty + (size_t)from * columns, count * columns);
	memmove(grid->row_is_dirty + to, grid->row_is_dirty + from, count);
}

/* The cell that shows the cursor moves with its line, and goes with it. */
static void move_drawn_cursor(struct grid *grid, int lines, int start, int end)
{
	struct place *drawn = &grid->drawn_cursor;

	if (drawn->row < start || drawn->row >= end)
		return;
	drawn->row -= lines;
	if (drawn->row < start || drawn->row >= end)
		drawn->row = -1;
}

void grid_scroll(struct grid *grid, int lines, int start, int end)
{
	int distance = abs(lines), rest = end - start - distance;

	if (rest > 0 && lines > 0)
		move_rows(grid, start + distance, start, rest);
	else if (rest > 0)
		move_rows(grid, start, start + distance, rest);
	move_drawn_cursor(grid, lines, start, end);
	if (lines > 0)
		write_lines(grid, end - distance, end);
	else
		write_lines(grid, start, start + distance);
	if (grid->scroll_count == SCROLLS_MAX)
		give_up("too many scrolls in one frame");
	grid->scrolls[grid->scroll_count++] = (struct damage){
		.type = lines > 0 ? DAMAGE_SCROLL : DAMAGE_SCROLL_REVERSE,
		.region = { start, end },
		.lines = distance,
	};
}

void grid_mark_cursor(struct grid *grid)
{
	if (grid->drawn_cursor.row >= 0)
		mark(grid, grid->drawn_cursor);
	mark(grid, grid->cursor);
	grid->drawn_cursor = grid->cursor;
}

void grid_mark_all(struct grid *grid)
{
	memset(grid->is_dirty, true, (size_t)grid->columns * (size_t)grid->rows);
	memset(grid->row_is_dirty, true, (size_t)grid->rows);
}

bool grid_row_is_all_dirty(const struct grid *grid, int row)
{
	return !memchr(grid->is_dirty + (size_t)row * (size_t)grid->columns, false, (size_t)grid->columns);
}
