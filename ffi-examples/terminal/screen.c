#include "screen.h"

#include <stdio.h>
#include <string.h>

#define INK_RGB 0xd3d9e2
#define PAPER_RGB 0x1d2229
#define SELECTED_INK_RGB 0xf0f3f7
#define SELECTED_PAPER_RGB 0x3b5673

static int row_of_cursor(const struct screen *screen)
{
	return screen->cursor.row + screen->view_lines;
}

long screen_line_of_row(const struct screen *screen, int row)
{
	return screen->first_line - screen->view_lines + row;
}

static struct place place_of(const struct screen *screen, int row, int column)
{
	return (struct place){.line = screen_line_of_row(screen, row), .column = column};
}

/* The rows of what is selected look different now. */
static void mark_selected(struct screen *screen)
{
	long top_line = screen_line_of_row(screen, 0);
	long top = selection_first(&screen->selection).line - top_line;
	long bottom = selection_last(&screen->selection).line - top_line + 1;
	if (screen->selection.is_any && top < screen->rows && bottom > 0)
		changes_mark(&screen->changes, top < 0 ? 0 : (int)top, bottom > screen->rows ? screen->rows : (int)bottom);
}

static void unselect(struct screen *screen)
{
	mark_selected(screen);
	screen->selection.is_any = false;
}

void screen_select_from(struct screen *screen, int row, int column)
{
	unselect(screen);
	screen->selection.start = place_of(screen, row, column);
}

void screen_select_to(struct screen *screen, int row, int column)
{
	mark_selected(screen);
	screen->selection.is_any = true;
	screen->selection.end = place_of(screen, row, column);
	mark_selected(screen);
}

static int on_damage(VTermRect rect, void *user)
{
	struct screen *screen = user;
	changes_mark(&screen->changes, rect.start_row + screen->view_lines, rect.end_row + screen->view_lines);
	return 1;
}

/* 0: not taken, libvterm then says that all of the region has changed. */
static int on_move(VTermRect to, VTermRect from, void *user)
{
	struct screen *screen = user;
	struct scroll scroll = {.rows = from.start_row - to.start_row};
	scroll.top = scroll.rows > 0 ? to.start_row : from.start_row;
	scroll.bottom = scroll.rows > 0 ? from.end_row : to.end_row;
	bool is_whole = scroll.top == 0 && scroll.bottom == screen->rows;
	bool keeps_numbers = is_whole && screen->unmoved_lines == scroll.rows;
	screen->unmoved_lines = 0;

	bool is_across = to.start_col != 0 || from.start_col != 0 || to.end_col != screen->columns;
	if (is_across)
		return 0;
	/* lines that move but keep their places on the screen: what is selected of them is not the same any more */
	if (!keeps_numbers && screen->selection.is_any) {
		unselect(screen);
		changes_mark_all(&screen->changes);
	}
	if (screen->view_lines > 0 || scroll.rows == 0)
		return 0;
	changes_scroll(&screen->changes, scroll);
	return 1;
}

static int on_cursor(VTermPos to, VTermPos from, int is_visible, void *user)
{
	struct screen *screen = user;
	(void)is_visible, (void)from;
	changes_mark(&screen->changes, row_of_cursor(screen), row_of_cursor(screen) + 1);
	screen->cursor = to;
	changes_mark(&screen->changes, row_of_cursor(screen), row_of_cursor(screen) + 1);
	return 1;
}

static int on_property(VTermProp property, VTermValue *value, void *user)
{
	struct screen *screen = user;
	switch (property) {
	case VTERM_PROP_CURSORVISIBLE:
		screen->is_cursor_hidden = !value->boolean;
		changes_mark(&screen->changes, row_of_cursor(screen), row_of_cursor(screen) + 1);
		return 1;
	case VTERM_PROP_ALTSCREEN:
		screen->is_alternate = value->boolean;
		screen->view_lines = 0;
		unselect(screen);
		changes_mark_all(&screen->changes);
		return 1;
	case VTERM_PROP_MOUSE: screen->mouse_mode = value->number; return 1;
	case VTERM_PROP_REVERSE: changes_mark_all(&screen->changes); return 1;
	default: return 0;
	}
}

static int on_line_gone(int cell_count, const VTermScreenCell *cells, void *user)
{
	struct screen *screen = user;
	if (!scrollback_push(&screen->scrollback, cells, cell_count))
		return 0;
	screen->first_line++;
	screen->unmoved_lines++;
	if (screen->view_lines > 0) {
		/* goes on showing the same lines, as long as they are kept */
		if (screen->view_lines < screen->scrollback.line_count)
			screen->view_lines++;
		changes_mark_all(&screen->changes);
	}
	return 1;
}

VTermScreenCell screen_empty_cell(const struct screen *screen)
{
	VTermScreenCell cell = {.width = 1};
	vterm_state_get_default_colors(vterm_obtain_state(screen->vterm), &cell.fg, &cell.bg);
	return cell;
}

/* The screen has become higher: a line comes back. */
static int on_line_back(int cell_count, VTermScreenCell *cells, void *user)
{
	struct screen *screen = user;
	if (screen->scrollback.line_count == 0)
		return 0;
	const struct scrollback_line *line = scrollback_line(&screen->scrollback, 0);
	for (int column = 0; column < cell_count; column++)
		cells[column] = column < line->cell_count ? line->cells[column] : screen_empty_cell(screen);
	scrollback_pop(&screen->scrollback);
	screen->first_line--;
	return 1;
}

static const VTermScreenCallbacks callbacks = {
	.damage = on_damage,
	.moverect = on_move,
	.movecursor = on_cursor,
	.settermprop = on_property,
	.sb_pushline = on_line_gone,
	.sb_popline = on_line_back,
};

static VTermColor colour_of(unsigned rgb)
{
	VTermColor colour;
	vterm_color_rgb(&colour, (uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8), (uint8_t)rgb);
	return colour;
}

bool screen_open(struct screen *screen, int rows, int columns, VTermOutputCallback *output, void *user)
{
	memset(screen, 0, sizeof(*screen));
	screen->rows = rows;
	screen->columns = columns;
	screen->vterm = vterm_new(rows, columns);
	if (screen->vterm == NULL || !changes_resize(&screen->changes, rows)) {
		fprintf(stderr, "terminal: not enough memory\n");
		return false;
	}
	vterm_set_utf8(screen->vterm, 1);
	vterm_output_set_callback(screen->vterm, output, user);
	VTermColor ink = colour_of(INK_RGB);
	VTermColor paper = colour_of(PAPER_RGB);
	vterm_state_set_default_colors(vterm_obtain_state(screen->vterm), &ink, &paper);
	screen->vterm_screen = vterm_obtain_screen(screen->vterm);
	vterm_screen_set_callbacks(screen->vterm_screen, &callbacks, screen);
	vterm_screen_enable_altscreen(screen->vterm_screen, 1);
	/* rows: moves and changes then come in the order in which they were done */
	vterm_screen_set_damage_merge(screen->vterm_screen, VTERM_DAMAGE_ROW);
	vterm_screen_reset(screen->vterm_screen, 1);
	return true;
}

void screen_close(struct screen *screen)
{
	if (screen->vterm != NULL)
		vterm_free(screen->vterm);
	scrollback_free(&screen->scrollback);
	changes_free(&screen->changes);
}

bool screen_resize(struct screen *screen, int rows, int columns)
{
	unselect(screen);
	screen->view_lines = 0;
	if (!changes_resize(&screen->changes, rows)) {
		fprintf(stderr, "terminal: not enough memory\n");
		return false;
	}
	screen->rows = rows;
	screen->columns = columns;
	vterm_set_size(screen->vterm, rows, columns);
	vterm_screen_flush_damage(screen->vterm_screen);
	screen->unmoved_lines = 0;
	changes_mark_all(&screen->changes);
	return true;
}

void screen_write(struct screen *screen, const char *bytes, size_t byte_count)
{
	vterm_input_write(screen->vterm, bytes, byte_count);
	vterm_screen_flush_damage(screen->vterm_screen);
}

void screen_scroll_view(struct screen *screen, int lines)
{
	int most = screen->is_alternate ? 0 : screen->scrollback.line_count;
	int wanted = screen->view_lines + lines;
	int view_lines = wanted < 0 ? 0 : wanted > most ? most : wanted;
	int rows = screen->view_lines - view_lines;
	if (rows == 0)
		return;
	screen->view_lines = view_lines;
	changes_scroll(&screen->changes, (struct scroll){.top = 0, .bottom = screen->rows, .rows = rows});
}

struct shown_cell screen_cell(const struct screen *screen, int row, int column)
{
	struct shown_cell shown = {.cell = screen_empty_cell(screen)};
	VTermPos place = {.row = row - screen->view_lines, .col = column};
	if (place.row >= 0) {
		vterm_screen_get_cell(screen->vterm_screen, place, &shown.cell);
	} else {
		const struct scrollback_line *line = scrollback_line(&screen->scrollback, -place.row - 1);
		if (column < line->cell_count)
			shown.cell = line->cells[column];
	}
	shown.is_cursor = !screen->is_cursor_hidden && place.row == screen->cursor.row && column == screen->cursor.col;
	shown.is_selected = selection_has(&screen->selection, place_of(screen, row, column));
	return shown;
}

static unsigned rgb_of(const struct screen *screen, VTermColor colour)
{
	vterm_screen_convert_color_to_rgb(screen->vterm_screen, &colour);
	return (unsigned)colour.rgb.red << 16 | (unsigned)colour.rgb.green << 8 | colour.rgb.blue;
}

void screen_colours(const struct screen *screen, const struct shown_cell *shown, unsigned *ink, unsigned *paper)
{
	bool is_reverse = shown->cell.attrs.reverse != shown->is_cursor;
	*ink = rgb_of(screen, is_reverse ? shown->cell.bg : shown->cell.fg);
	*paper = rgb_of(screen, is_reverse ? shown->cell.fg : shown->cell.bg);
	if (shown->is_selected && !shown->is_cursor) {
		*ink = SELECTED_INK_RGB;
		*paper = SELECTED_PAPER_RGB;
	}
}

void screen_begin_frame(struct screen *screen)
{
	/* rows may have moved under the cursor */
	changes_mark(&screen->changes, row_of_cursor(screen), row_of_cursor(screen) + 1);
}

void screen_end_frame(struct screen *screen)
{
	changes_clear(&screen->changes);
	/* the cursor that is drawn now moves with the rows, and has to go with the next frame */
	changes_mark(&screen->changes, row_of_cursor(screen), row_of_cursor(screen) + 1);
	screen->changes.is_any = false;
}
