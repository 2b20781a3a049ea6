#include "bars.h"

#include <stdio.h>
#include <string.h>

#define PROGRESS_PIXELS 64

/* Draws the label so that it ends at `right`, and returns where it begins. */
static int draw_label_left_of(const struct painter *painter, pixman_image_t *image, enum ink ink, int right, int top,
			      const char *label)
{
	int left = right - (int)strlen(label) * painter->cell_width;
	draw_label(painter, image, false, ink, left, top, label);
	return left;
}

static int draw_sample(const struct painter *painter, pixman_image_t *image, enum ink paper, int right, int top,
		       const char *label)
{
	int width = (int)(strlen(label) + 2) * painter->cell_width;
	draw_fill(image, paper, right - width, top, width, painter->line_height);
	draw_label_left_of(painter, image, INK_BAR_TEXT, right - painter->cell_width, top, label);
	return right - width - 2 * painter->cell_width;
}

void draw_title(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
		const struct page *page)
{
	if (!layout->has_bars)
		return;
	const struct text *text = page->text;
	int top = layout->title_top;
	int right = layout->width - LAYOUT_SIDE_PIXELS;
	char size[64];
	snprintf(size, sizeof(size), "%zu %s%s", text->line_count, text->line_count == 1 ? "line" : "lines",
		 text->is_binary ? ", a binary file" : "");

	draw_clip(image, 0, 0, layout->width, layout->title_rows);
	draw_fill(image, INK_BAR, 0, 0, layout->width, layout->title_rows);
	int left = draw_label(painter, image, true, INK_BAR_TEXT, LAYOUT_SIDE_PIXELS, top, text->name);
	draw_label(painter, image, false, INK_BAR_HINT, left + 2 * painter->cell_width, top, size);
	if (page->is_tinted) {
		right = draw_sample(painter, image, INK_DRAWN, right, top, "drawn in this frame");
		right = draw_sample(painter, image, INK_MOVED, right, top, "moved");
	}
	draw_label_left_of(painter, image, INK_BAR_HINT, right, top, page->hints);
	draw_unclip(image);
}

void draw_status(const struct painter *painter, pixman_image_t *image, const struct layout *layout,
		 const struct page *page)
{
	if (!layout->has_bars) {
		draw_fill(image, INK_PAPER, 0, layout->status_top, layout->width, layout->status_rows);
		return;
	}
	int top = layout->status_text_top;
	size_t line_count = page->text->line_count;
	/* The last line that is shown. */
	size_t line = page->place_count == 0 ? 0 : page->places[page->place_count - 1].line + 1;
	double share = line_count == 0 ? 1 : (double)line / (double)line_count;
	char label[64];
	snprintf(label, sizeof(label), "line %zu of %zu ", line, line_count);

	draw_clip(image, 0, layout->status_top, layout->width, layout->status_rows);
	draw_fill(image, INK_BAR, 0, layout->status_top, layout->width, layout->status_rows);
	int bar_left = layout->width - LAYOUT_SIDE_PIXELS - PROGRESS_PIXELS;
	int bar_rows = painter->line_height / 4;
	int bar_top = top + (painter->line_height - bar_rows) / 2;
	draw_fill(image, INK_GROOVE, bar_left, bar_top, PROGRESS_PIXELS, bar_rows);
	draw_fill(image, INK_ACCENT, bar_left, bar_top, (int)(share * PROGRESS_PIXELS), bar_rows);
	draw_label_left_of(painter, image, INK_BAR_TEXT, bar_left, top, label);
	draw_label(painter, image, false, INK_BAR_TEXT, LAYOUT_SIDE_PIXELS, top, page->costs);
	draw_unclip(image);
}
