#include "layout.h"

#define BAR_PADDING_ROWS 4

int layout_digits(size_t number)
{
	int digits = 1;
	for (; number >= 10; number /= 10)
		digits++;
	return digits;
}

struct layout layout_of(const struct painter *painter, const struct text *text, int width, int height)
{
	int line_height = painter->line_height;
	int bar_rows = 2 * BAR_PADDING_ROWS + line_height;
	bool has_bars = height >= 4 * bar_rows;
	struct layout layout = {.width = width, .height = height, .has_bars = has_bars};
	layout.text_lines = (height - (has_bars ? 2 * bar_rows : 0)) / line_height;
	if (layout.text_lines > PAGE_LINES_MAX)
		layout.text_lines = PAGE_LINES_MAX;
	layout.text_rows = layout.text_lines * line_height;
	if (has_bars) {
		layout.title_rows = bar_rows;
		layout.title_top = BAR_PADDING_ROWS;
	}
	/* what is left over goes to the status line, which is drawn with each frame anyway */
	layout.status_top = layout.title_rows + layout.text_rows;
	layout.status_rows = height - layout.status_top;
	layout.status_text_top = layout.status_top + (layout.status_rows - line_height) / 2;

	layout.text_left = LAYOUT_SIDE_PIXELS + (layout_digits(text->line_count) + 2) * painter->cell_width;
	layout.columns = (width - layout.text_left) / painter->cell_width;
	if (layout.columns < 1)
		layout.columns = 1;
	return layout;
}
