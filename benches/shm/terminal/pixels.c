/* That the terminal shows what it should, with either library; otherwise its figures would say nothing. */
#include <string.h>

#include "shm/terminal/pixels.h"
#include "shm/terminal/series.h"
#include "support/report.h"

#define FRAMES 50

/* True if the last picture equals one that was painted from nothing. */
static bool shows_grid(struct terminal *terminal)
{
	const struct layout *layout = &terminal->layout;
	const struct buffer *last = terminal->last;
	pixman_image_t *wanted = pixman_image_create_bits(PIXMAN_a8r8g8b8, layout->width, layout->height, NULL, 0);
	bool is_same = true;

	if (!wanted)
		give_up("out of memory");
	paint_margins(wanted, layout, 0, layout->rows);
	grid_mark_all(&terminal->grid);
	for (int row = 0; row < layout->rows; row++)
		paint_row(wanted, layout, terminal->font, &terminal->grid, row);
	for (int y = 0; y < layout->height && is_same; y++) {
		const char *row = (const char *)pixman_image_get_data(wanted) + y * pixman_image_get_stride(wanted);

		is_same = memcmp((const char *)last->mmapped + y * last->stride, row, (size_t)layout->width * 4) == 0;
	}
	pixman_image_unref(wanted);
	return is_same;
}

static bool is_right(const struct variant *variant, const struct layout *layout, const struct font *font,
		     const struct load *load, const struct policy *policy)
{
	struct terminal terminal;
	bool is_same;

	terminal_open(&terminal, variant, layout, font, policy->late_commits);
	variant_select(variant);
	for (int i = 0; i < FRAMES; i++) {
		load->change(&terminal.grid);
		terminal_frame(&terminal);
	}
	is_same = shows_grid(&terminal);
	/* So that what the library does not say later is known to be nothing. */
	ask_copied(&terminal.session);
	terminal_close(&terminal);
	if (!is_same)
		progress(" wrong with %s: %s, %s;", variant->name, load->name, policy->name);
	return is_same;
}

void check_terminal_pixels(void)
{
	static const enum variant_id ids[] = { OURS, ORIGINAL };
	struct layout layout = layout_of(400, 300, 8, 16);
	struct font font;

	font_open(&font, &layout);
	progress("pixels of a terminal:");
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		unsigned wrong = 0;

		if (!variant_get(ids[i])->is_there)
			continue;
		for (const struct load *load = loads; load->name; load++) {
			for (const struct policy *policy = policies; policy->name; policy++)
				wrong += !is_right(variant_get(ids[i]), &layout, &font, load, policy);
		}
		report_begin("terminal_pixels");
		report_text("variant", variant_get(ids[i])->name);
		report_count("wrong_pictures", wrong);
		report_end();
		progress(" %s %s", variant_get(ids[i])->name, wrong ? "wrong" : "right");
	}
	progress("\n");
	font_close(&font);
}
