/* What a terminal has on its screen: characters in cells, which of them are to be painted, and what was scrolled. */
#ifndef MILLPOND_BENCH_TERMINAL_GRID_H
#define MILLPOND_BENCH_TERMINAL_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCROLLS_MAX 32
#define GLYPHS 24

enum damage_type { DAMAGE_SCROLL, DAMAGE_SCROLL_REVERSE };

/* One record of what was scrolled, laid out as foot's. */
struct damage {
	enum damage_type type;
	struct {
		int start, end;
	} region;
	int lines;
};

struct place {
	int column, row;
};

struct grid {
	int columns, rows;
	uint8_t *glyphs;              /* of each cell; 0: blank, else one of GLYPHS */
	bool *is_dirty;               /* of each cell */
	bool *row_is_dirty;           /* has a cell that is dirty */
	struct place cursor;
	struct place drawn_cursor;    /* where the picture has it; row -1: it has been scrolled away */
	bool cursor_is_on;            /* it blinks */
	uint32_t written;             /* cells so far: no two lines are alike */
	struct damage scrolls[SCROLLS_MAX];
	size_t scroll_count;          /* since the last frame */
};

void grid_open(struct grid *grid, int columns, int rows);
void grid_close(struct grid *grid);

/* Moves the lines from `start` up to `end` by `lines`, down if negative, and writes those that come in. */
void grid_scroll(struct grid *grid, int lines, int start, int end);

/* Writes a character where the cursor is, and moves the cursor on. */
void grid_type(struct grid *grid);

/* Writes every cell anew. */
void grid_rewrite(struct grid *grid);

/* Marks the cell of the cursor in the picture, and the one where it is now, as a terminal does for each frame. */
void grid_mark_cursor(struct grid *grid);

void grid_mark_all(struct grid *grid);

/* True if all cells of the row are to be painted. */
bool grid_row_is_all_dirty(const struct grid *grid, int row);

#endif
