#include "shm/terminal/loads.h"

#define KEPT_ABOVE 2
#define KEPT_BELOW 3

static void type(struct grid *grid)
{
	grid_type(grid);
}

/* Output at the end of the screen; the cursor stands at the beginning of the last line. */
static void put_lines(struct grid *grid, int lines)
{
	grid->cursor = (struct place){ 0, grid->rows - 1 };
	grid_scroll(grid, lines, 0, grid->rows);
}

static void put_line(struct grid *grid)
{
	put_lines(grid, 1);
}

static void put_three_lines(struct grid *grid)
{
	put_lines(grid, 3);
}

static void put_line_in_region(struct grid *grid)
{
	grid->cursor = (struct place){ 0, grid->rows - KEPT_BELOW - 1 };
	grid_scroll(grid, 1, KEPT_ABOVE, grid->rows - KEPT_BELOW);
}

static void put_line_above(struct grid *grid)
{
	grid->cursor = (struct place){ 0, 0 };
	grid_scroll(grid, -1, 0, grid->rows);
}

static void put_half_a_page(struct grid *grid)
{
	put_lines(grid, grid->rows / 2);
}

static void put_page(struct grid *grid)
{
	put_lines(grid, grid->rows);
}

static void clear(struct grid *grid)
{
	grid->cursor = (struct place){ 0, 0 };
	grid_rewrite(grid);
}

static void blink(struct grid *grid)
{
	grid->cursor_is_on = !grid->cursor_is_on;
}

const struct load loads[] = {
	{ .name = "typing", .change = type },
	{ .name = "one line", .change = put_line, .lines = 1 },
	{ .name = "three lines", .change = put_three_lines, .lines = 3 },
	{ .name = "scroll region", .change = put_line_in_region, .lines = 1 },
	{ .name = "reverse", .change = put_line_above, .lines = -1 },
	{ .name = "half a page", .change = put_half_a_page, .is_dear = true },
	{ .name = "page", .change = put_page, .is_dear = true },
	{ .name = "clear", .change = clear, .is_dear = true },
	{ .name = "idle", .change = blink, .is_at_rest = true },
	{ 0 },
};

const struct policy policies[] = {
	{ "early", 0 },
	{ "one late", 1 },
	{ "two late", 2 },
	{ 0 },
};

const struct window windows[] = {
	{ 800, 600, 8, 16, false },
	{ 1920, 1080, 10, 20, true },
	{ 3840, 2160, 20, 40, false },
	{ 0 },
};

bool window_is_wanted(const struct window *window, const struct effort *effort)
{
	if (effort->only_width)
		return window->width == effort->only_width;
	return window->is_in_quick || !effort->is_quick;
}
