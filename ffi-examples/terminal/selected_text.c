#include "selected_text.h"

#include <stdlib.h>

#define UTF8_MAX_BYTES 4

static size_t encode(uint32_t code_point, char *bytes)
{
	if (code_point < 0x80) {
		bytes[0] = (char)code_point;
		return 1;
	}
	size_t length = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
	for (size_t i = length - 1; i > 0; i--, code_point >>= 6)
		bytes[i] = (char)(0x80 | (code_point & 0x3f));
	bytes[0] = (char)(0xf00 >> length | code_point);
	return length;
}

/* Writes what is selected of a row. Returns where the text ends; spaces at its end do not count. */
static char *write_row(const struct screen *screen, int row, char *at)
{
	char *end = at;
	for (int column = 0; column < screen->columns; column++) {
		struct shown_cell shown = screen_cell(screen, row, column);
		const uint32_t *chars = shown.cell.chars;
		if (!shown.is_selected || chars[0] == (uint32_t)-1) /* the right half of a wide character */
			continue;
		if (chars[0] == 0)
			*at++ = ' ';
		for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && chars[i] != 0; i++)
			at += encode(chars[i], at);
		if (chars[0] != 0 && chars[0] != ' ')
			end = at;
	}
	return end;
}

char *selected_text(const struct screen *screen)
{
	if (!screen->selection.is_any)
		return NULL;
	long top_line = screen_line_of_row(screen, 0);
	long first_row = selection_first(&screen->selection).line - top_line;
	long last_row = selection_last(&screen->selection).line - top_line;
	/* rows that are not shown: as far back as lines are kept, and down to the last row of the screen */
	long row_min = screen->view_lines - (screen->is_alternate ? 0L : screen->scrollback.line_count);
	long row_max = screen->view_lines + screen->rows - 1L;
	if (first_row < row_min)
		first_row = row_min;
	if (last_row > row_max)
		last_row = row_max;
	if (last_row < first_row)
		return NULL;
	size_t row_bytes = (size_t)screen->columns * VTERM_MAX_CHARS_PER_CELL * UTF8_MAX_BYTES + 1;
	char *text = malloc((size_t)(last_row - first_row + 1) * row_bytes);
	char *at = text;
	for (long row = first_row; text != NULL && row <= last_row; row++) {
		at = write_row(screen, (int)row, at);
		*at++ = row == last_row ? '\0' : '\n';
	}
	return text;
}
