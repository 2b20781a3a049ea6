/* A frame of the terminal. */
#include <stdlib.h>
#include <string.h>
#include <wayland-client.h>

#include "shm/terminal/terminal.h"
#include "support/call_tracing.h"
#include "support/clock.h"
#include "support/report.h"

#define PIXEL_BYTES 4
#define REQUESTS_PER_FRAME 3 /* attach, commit, and the question whether all is done */

static void note_damage(struct terminal *terminal, int x, int y, int width, int height)
{
	if (terminal->damage_count == DAMAGES_MAX)
		give_up("too much damage in one frame");
	terminal->damages[terminal->damage_count++] = (struct surface_damage){ x, y, width, height };
}

static struct known_view *view_of(struct terminal *terminal, const struct buffer *buffer)
{
	struct known_view *view = terminal->views;

	while (view < terminal->views + VIEWS_KNOWN - 1 && view->buffer && view->buffer != buffer)
		view++;
	if (view->buffer != buffer)
		*view = (struct known_view){ buffer, buffer->mmapped };
	return view;
}

/* A view that scrolls up moves up in memory, until it is carried down; one that scrolls down the other way round. */
static void see_motion(struct terminal *terminal, const struct buffer *buffer)
{
	struct known_view *view = view_of(terminal, buffer);
	const char *pixels = buffer->mmapped;

	if (pixels != view->pixels && (pixels > view->pixels) != (terminal->direction > 0))
		terminal->sample.turns++;
	view->pixels = pixels;
}

static void add_dirty(struct buffer *buffer, int x, int y, int width, int height)
{
	pixman_region32_union_rect(&buffer->dirty, &buffer->dirty, x, y, (unsigned)width, (unsigned)height);
}

static void draw_margins(struct terminal *terminal, struct buffer *buffer, int start, int end, bool is_damage)
{
	const struct layout *layout = &terminal->layout;
	int right = layout->width - layout->right, bottom = layout->height - layout->bottom;
	int top = layout->top + start * layout->cell_height, height = (end - start) * layout->cell_height;

	paint_margins(buffer->pix[0], layout, start, end);
	add_dirty(buffer, 0, 0, layout->width, layout->top);
	add_dirty(buffer, 0, bottom, layout->width, layout->bottom);
	add_dirty(buffer, 0, 0, layout->left, layout->height);
	add_dirty(buffer, right, 0, layout->right, layout->height);
	if (!is_damage)
		return;
	note_damage(terminal, 0, 0, layout->width, layout->top);
	note_damage(terminal, 0, bottom, layout->width, layout->bottom);
	note_damage(terminal, 0, top, layout->left, height);
	note_damage(terminal, right, top, layout->right, height);
}

/* The records of this frame's scrolls are void then: every row is painted where it belongs. */
static void repaint_all(struct terminal *terminal, struct buffer *buffer)
{
	terminal->grid.scroll_count = 0;
	draw_margins(terminal, buffer, 0, terminal->layout.rows, true);
	grid_mark_all(&terminal->grid);
}

static bool scroll_in_library(struct terminal *terminal, struct buffer *buffer, const struct damage *damage)
{
	const struct layout *layout = &terminal->layout;
	const struct variant *variant = terminal->session.variant;
	int direction = damage->type == DAMAGE_SCROLL ? 1 : -1, kept_below = layout->rows - damage->region.end;
	int rows = damage->lines * layout->cell_height;
	size_t kept_rows = (size_t)((damage->region.start + kept_below) * layout->cell_height);

	terminal->direction = direction;
	if (!variant->scroll(terminal->session.shm, buffer, direction * rows, layout->top,
			     damage->region.start * layout->cell_height, layout->bottom,
			     kept_below * layout->cell_height)) {
		terminal->sample.refused_scrolls++;
		return false;
	}
	see_motion(terminal, buffer);
	terminal->sample.scrolled_bytes += (uint64_t)rows * (uint64_t)buffer->stride;
	terminal->sample.kept_bytes += kept_rows * (size_t)buffer->stride;
	return true;
}

/* Through the library where that touches fewer rows than half of the window has, otherwise by memmove. */
static void scroll(struct terminal *terminal, struct buffer *buffer, const struct damage *damage)
{
	const struct layout *layout = &terminal->layout;
	int start = damage->region.start, end = damage->region.end, lines = damage->lines;
	int height = (end - start - lines) * layout->cell_height;
	int high = layout->top + start * layout->cell_height, low = high + lines * layout->cell_height;
	bool is_up = damage->type == DAMAGE_SCROLL;
	char *pixels;

	if (height <= 0)
		return;
	if (terminal->session.variant->can_scroll(buffer) && lines + start + (layout->rows - end) < layout->rows / 2 &&
	    scroll_in_library(terminal, buffer, damage)) {
		draw_margins(terminal, buffer, is_up ? end - lines : start, is_up ? layout->rows : start + lines, false);
	} else {
		pixels = buffer->mmapped;
		memmove(pixels + (is_up ? high : low) * buffer->stride, pixels + (is_up ? low : high) * buffer->stride,
			(size_t)height * (size_t)buffer->stride);
		terminal->sample.caller_bytes += (uint64_t)height * (uint64_t)buffer->stride;
	}
	note_damage(terminal, layout->left, is_up ? high : low, layout->width - layout->left - layout->right, height);
}

static uint64_t region_bytes(pixman_region32_t *region)
{
	uint64_t pixels = 0;
	int count;
	const pixman_box32_t *box = pixman_region32_rectangles(region, &count);

	for (; count > 0; count--, box++)
		pixels += (uint64_t)(box->x2 - box->x1) * (uint64_t)(box->y2 - box->y1);
	return pixels * PIXEL_BYTES;
}

/* Rows that are painted anyway, all of their cells. Returns whether these are all rows. */
static bool find_rows_to_paint(const struct terminal *terminal, pixman_region32_t *rows)
{
	const struct layout *layout = &terminal->layout;
	bool is_everything = true;

	for (int row = 0; row < layout->rows; row++) {
		if (grid_row_is_all_dirty(&terminal->grid, row))
			pixman_region32_union_rect(rows, rows, layout->left, layout->top + row * layout->cell_height,
						   (unsigned)(layout->width - layout->left - layout->right),
						   (unsigned)layout->cell_height);
		else
			is_everything = false;
	}
	return is_everything;
}

/* One frame behind: what the last frame did is done again, and what it painted is copied. */
static void repeat_last_frame(struct terminal *terminal, struct buffer *buffer)
{
	struct buffer *last = terminal->last;
	pixman_region32_t copied;

	pixman_region32_init(&copied);
	if (find_rows_to_paint(terminal, &copied)) {
		repaint_all(terminal, buffer);
		pixman_region32_fini(&copied);
		return;
	}
	for (size_t i = 0; i < last->scroll_damage_count; i++)
		scroll(terminal, buffer, &last->scroll_damage[i]);
	/* With scrolls still to come, the rows of this frame are not yet where they will be. */
	if (terminal->grid.scroll_count == 0)
		pixman_region32_subtract(&copied, &last->dirty, &copied);
	else
		pixman_region32_copy(&copied, &last->dirty);
	pixman_image_set_clip_region32(buffer->pix[0], &copied);
	pixman_image_composite32(PIXMAN_OP_SRC, last->pix[0], NULL, buffer->pix[0], 0, 0, 0, 0, 0, 0,
				 terminal->layout.width, terminal->layout.height);
	pixman_image_set_clip_region32(buffer->pix[0], NULL);
	terminal->sample.caller_bytes += region_bytes(&copied);
	pixman_region32_fini(&copied);
}

static void catch_up(struct terminal *terminal, struct buffer *buffer)
{
	struct buffer *last = terminal->last;

	if (!last || last->width != buffer->width || last->height != buffer->height) {
		repaint_all(terminal, buffer);
	} else if (buffer->age > 1) {
		memcpy(buffer->mmapped, last->mmapped, buffer->size);
		terminal->sample.caller_bytes += buffer->size;
	} else if (buffer->age == 1) {
		repeat_last_frame(terminal, buffer);
	}
}

/* The records of this frame go into the buffer, and those of the last one go. */
static void change_buffers(struct terminal *terminal, struct buffer *buffer)
{
	const struct grid *grid = &terminal->grid;
	size_t bytes = grid->scroll_count * sizeof(grid->scrolls[0]);

	if (terminal->last) {
		free(terminal->last->scroll_damage);
		terminal->last->scroll_damage = NULL;
	}
	terminal->last = buffer;
	buffer->age = 0;
	buffer->scroll_damage_count = grid->scroll_count;
	buffer->scroll_damage = malloc(bytes ? bytes : 1);
	if (!buffer->scroll_damage)
		give_up("out of memory");
	memcpy(buffer->scroll_damage, grid->scrolls, bytes);
}

static void note_rows(struct terminal *terminal, struct buffer *buffer, int start, int end)
{
	const struct layout *layout = &terminal->layout;
	int top = layout->top + start * layout->cell_height, height = (end - start) * layout->cell_height;

	note_damage(terminal, layout->left, top, layout->width - layout->left - layout->right, height);
	add_dirty(buffer, 0, top, buffer->width, height);
}

static void draw_rows(struct terminal *terminal, struct buffer *buffer)
{
	struct grid *grid = &terminal->grid;
	int start = -1;

	for (int row = 0; row < grid->rows; row++) {
		if (!grid->row_is_dirty[row]) {
			if (start >= 0)
				note_rows(terminal, buffer, start, row);
			start = -1;
			continue;
		}
		if (start < 0)
			start = row;
		grid->row_is_dirty[row] = false;
		paint_row(buffer->pix[0], &terminal->layout, terminal->font, grid, row);
	}
	if (start >= 0)
		note_rows(terminal, buffer, start, grid->rows);
}

/* What is measured. */
static struct buffer *draw(struct terminal *terminal)
{
	struct grid *grid = &terminal->grid;
	struct buffer *buffer = session_get(&terminal->session, terminal->layout.width, terminal->layout.height);

	see_motion(terminal, buffer);
	grid_mark_cursor(grid);
	catch_up(terminal, buffer);
	change_buffers(terminal, buffer);
	for (size_t i = 0; i < grid->scroll_count; i++)
		scroll(terminal, buffer, &grid->scrolls[i]);
	grid->scroll_count = 0;
	draw_rows(terminal, buffer);
	return buffer;
}

static void hand_over(struct terminal *terminal, const struct buffer *buffer)
{
	struct session *session = &terminal->session;

	for (size_t i = 0; i < terminal->damage_count; i++) {
		const struct surface_damage *damage = &terminal->damages[i];

		wl_surface_damage_buffer(session->surface, damage->x, damage->y, damage->width, damage->height);
	}
	terminal->own_requests += terminal->damage_count + REQUESTS_PER_FRAME;
	terminal->damage_count = 0;
	wl_surface_attach(session->surface, buffer->wl_buf, 0, 0);
	wl_surface_commit(session->surface);
	session_roundtrip(session);
}

struct frame_sample terminal_frame(struct terminal *terminal)
{
	uint64_t faults = clock_faults();
	int64_t began_ns, ended_ns;
	struct buffer *buffer;

	terminal->sample = (struct frame_sample){ 0 };
	began_ns = clock_cpu_ns();
	/* Inside: reading the clock may be a system call itself. */
	if (terminal->is_traced)
		mark(MARK_BEGIN);
	buffer = draw(terminal);
	if (terminal->is_traced)
		mark(MARK_END);
	ended_ns = clock_cpu_ns();
	terminal->sample.faults = (uint32_t)(clock_faults() - faults);
	terminal->sample.cpu_ns = clock_elapsed_ns(began_ns, ended_ns);
	terminal->sample.buffer = buffer;
	hand_over(terminal, buffer);
	return terminal->sample;
}

void terminal_hurry(struct terminal *terminal, int lines, int count)
{
	struct grid *grid = &terminal->grid;

	for (int i = 0; i < count; i++)
		grid_scroll(grid, lines, 0, grid->rows);
	/* Nothing is left to paint: what a scroll brings in stays empty. */
	memset(grid->is_dirty, false, (size_t)grid->columns * (size_t)grid->rows);
	memset(grid->row_is_dirty, false, (size_t)grid->rows);
	terminal_frame(terminal);
}

void terminal_jump_begin(struct terminal *terminal)
{
	struct buffer *buffer = session_get(&terminal->session, terminal->layout.width, terminal->layout.height);

	change_buffers(terminal, buffer);
}

void terminal_jump(struct terminal *terminal, int rows)
{
	struct session *session = &terminal->session;

	terminal->direction = rows > 0 ? 1 : -1;
	if (!session->variant->scroll(session->shm, terminal->last, rows, 0, 0, 0, 0))
		give_up("%s: a buffer was not scrolled", session->variant->name);
	see_motion(terminal, terminal->last);
}

void terminal_jump_end(struct terminal *terminal)
{
	hand_over(terminal, terminal->last);
}

void terminal_repaint(struct terminal *terminal, unsigned frames)
{
	for (unsigned i = 0; i < frames; i++) {
		grid_mark_all(&terminal->grid);
		terminal_frame(terminal);
	}
}

void terminal_open(struct terminal *terminal, const struct variant *variant, const struct layout *layout,
		   const struct font *font, unsigned late_commits)
{
	*terminal = (struct terminal){ .layout = *layout, .font = font, .direction = 1 };
	session_open(&terminal->session, variant);
	server_hold(&terminal->session.server, late_commits);
	grid_open(&terminal->grid, layout->columns, layout->rows);
}

void terminal_close(struct terminal *terminal)
{
	/* Not every variant frees it. */
	free(terminal->last->scroll_damage);
	terminal->last->scroll_damage = NULL;
	session_close(&terminal->session);
	grid_close(&terminal->grid);
}
