#define _GNU_SOURCE
#include "view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wayland-client.h>

#include "shared/clock.h"

/* The age that shm_get_buffer() gives to a buffer that did not exist before. */
#define AGE_OF_NEW_BUFFER 1234

void view_resize(struct view *view, int width, int height)
{
	/* Buffers of another size cannot be built on, and shm_get_buffer() lets go of them. */
	view->last_buffer = NULL;
	view->layout = layout_of(view->painter, view->text, width, height);
	view->is_stale = true;
	view_scroll_to(view, view->top_line);
}

void view_scroll_to(struct view *view, size_t top_line)
{
	size_t last_top_line = layout_last_top_line(&view->layout, view->text);
	if (top_line > last_top_line)
		top_line = last_top_line;
	if (top_line != view->top_line)
		view->is_stale = true;
	view->top_line = top_line;
}

void view_scroll_by(struct view *view, long lines)
{
	if (lines >= 0)
		view_scroll_to(view, view->top_line + (size_t)lines);
	else if ((size_t)-lines < view->top_line)
		view_scroll_to(view, view->top_line - (size_t)-lines);
	else
		view_scroll_to(view, 0);
}

/*
 * Records what was drawn. shm_get_buffer() brings the other buffers up to date by it, so all goes in that was changed
 * other than by shm_scroll(). `dirty` comes empty with each buffer.
 */
static void mark_drawn(struct buffer *buffer, int left, int top, int width, int rows)
{
	if (width > 0 && rows > 0)
		pixman_region32_union_rect(&buffer->dirty, &buffer->dirty, left, top, (unsigned)width, (unsigned)rows);
}

/* Tells the compositor what looks different now: also what was scrolled, but not margins drawn again as they were. */
static void damage(const struct view *view, int left, int top, int width, int rows)
{
	if (width <= 0 || rows <= 0)
		return;
	if (wl_surface_get_version(view->surface) >= WL_SURFACE_DAMAGE_BUFFER_SINCE_VERSION)
		wl_surface_damage_buffer(view->surface, left, top, width, rows);
	else
		wl_surface_damage(view->surface, left, top, width, rows);
}

static void draw_all(struct view *view, struct buffer *buffer)
{
	draw_page(view->painter, buffer->pix[0], &view->layout, view->text, view->top_line);
	mark_drawn(buffer, 0, 0, buffer->width, buffer->height);
	damage(view, 0, 0, buffer->width, buffer->height);
	view->statistics->pages_drawn++;
}

/* After this, the buffer shows what the last frame showed. Mostly shm_get_buffer() has done it. */
static void bring_up_to_date(struct view *view, struct buffer *buffer)
{
	if (buffer->age == 0)
		return;
	/* The compositor still holds the last buffer: it may be read, but not written to. */
	memcpy(buffer->mmapped, view->last_buffer->mmapped, buffer->size);
	view->statistics->copied_bytes += buffer->size;
}

/*
 * Moves the rows of the text by `rows` (> 0: up) with shm_scroll(), which moves the whole buffer except for the kept
 * rows. False if it was not done: then nothing has changed.
 */
static bool scroll_with_library(struct view *view, struct buffer *buffer, int rows)
{
	const struct layout *layout = &view->layout;
	int kept_rows = layout->title_rows + layout->status_rows;

	/* Where less than a quarter of the window stays, moving these few rows is less work. */
	if (!shm_can_scroll(buffer) || abs(rows) + kept_rows > buffer->height / 4 * 3)
		return false;
	if (!shm_scroll(view->shm, buffer, rows, layout->top_margin, layout->title_rows, layout->bottom_margin,
			layout->status_rows))
		return false;
	/* How many scrolls were done, not which: this program needs no records of them (`scroll_damage`). */
	buffer->scroll_damage_count++;
	/* The margins have scrolled away with everything else. */
	draw_margins(view->painter, buffer->pix[0], layout);
	mark_drawn(buffer, 0, 0, layout->width, layout->top_margin);
	mark_drawn(buffer, 0, layout->height - layout->bottom_margin, layout->width, layout->bottom_margin);
	return true;
}

/* The same with memmove(); title, status line and margins stay where they are. */
static void scroll_with_memmove(struct view *view, struct buffer *buffer, int rows)
{
	const struct layout *layout = &view->layout;
	size_t stride_bytes = (size_t)buffer->stride;
	unsigned char *text = (unsigned char *)buffer->mmapped + (size_t)layout->text_top * stride_bytes;
	size_t shift_bytes = (size_t)abs(rows) * stride_bytes;
	size_t moved_bytes = (size_t)layout->text_rows * stride_bytes - shift_bytes;

	if (rows > 0)
		memmove(text, text + shift_bytes, moved_bytes);
	else
		memmove(text + shift_bytes, text, moved_bytes);
	/* No shm_scroll() did it, so it counts as drawn. */
	mark_drawn(buffer, 0, layout->text_top, layout->width, layout->text_rows);
	view->statistics->copied_bytes += moved_bytes;
}

/* Makes the buffer show view->top_line by moving what the last one shows; |lines| < text_lines. */
static void scroll_frame(struct view *view, struct buffer *buffer, int lines, uint64_t start_ns)
{
	struct statistics *statistics = view->statistics;
	const struct layout *layout = &view->layout;
	int line_height = view->painter->line_height;
	int rows = lines * line_height;
	int first_line = lines > 0 ? layout->text_lines - lines : 0;

	bring_up_to_date(view, buffer);
	if (scroll_with_library(view, buffer, rows)) {
		statistics->scrolls_by_library++;
	} else {
		scroll_with_memmove(view, buffer, rows);
		statistics->scrolls_by_program++;
	}

	/* buffer->pix is read only now: a scroll may have changed it. */
	uint64_t moved_ns = clock_thread_ns();
	draw_lines(view->painter, buffer->pix[0], layout, view->text, view->top_line, first_line, abs(lines));
	mark_drawn(buffer, 0, layout->text_top + first_line * line_height, layout->width, abs(rows));
	damage(view, 0, layout->text_top, layout->width, layout->text_rows);
	if (layout->status_rows > 0) {
		int width = layout->width - layout->position_left;

		draw_position(view->painter, buffer->pix[0], layout, view->text, view->top_line);
		mark_drawn(buffer, layout->position_left, layout->status_top, width, layout->status_rows);
		damage(view, layout->position_left, layout->status_top, width, layout->status_rows);
	}
	statistics->moving_ns += moved_ns - start_ns;
	statistics->drawing_ns += clock_thread_ns() - moved_ns;
}

/* How far the text has to move, in lines; text_lines if nothing of what is shown stays. */
static int lines_to_scroll(const struct view *view)
{
	size_t distance = view->top_line > view->shown_top_line ? view->top_line - view->shown_top_line
								 : view->shown_top_line - view->top_line;
	if (distance >= (size_t)view->layout.text_lines)
		return view->layout.text_lines;
	return view->top_line > view->shown_top_line ? (int)distance : -(int)distance;
}

bool view_render(struct view *view)
{
	uint64_t start_ns = clock_thread_ns();
	struct buffer *buffer = shm_get_buffer(view->shm, view->layout.width, view->layout.height, COOKIE_TEXT,
					       view->uses_shm_scroll, 1);
	if (buffer == NULL) {
		fprintf(stderr, "scroller: cannot get a buffer of %d x %d pixels: %s\n", view->layout.width,
			view->layout.height, strerror(errno));
		return false;
	}
	if (buffer->age == AGE_OF_NEW_BUFFER)
		view->statistics->buffers_made++;

	int lines = lines_to_scroll(view);
	bool is_scrolled = view->last_buffer != NULL && lines != 0 && lines < view->layout.text_lines;
	if (is_scrolled)
		scroll_frame(view, buffer, lines, start_ns);
	else
		draw_all(view, buffer);
	/* Here too: buffer->wl_buf is read after all scrolls. */
	wl_surface_attach(view->surface, buffer->wl_buf, 0, 0);

	buffer->age = 0;
	view->last_buffer = buffer;
	view->shown_top_line = view->top_line;
	view->is_stale = false;
	view->statistics->frames++;
	if (is_scrolled)
		view->statistics->whole_ns += clock_thread_ns() - start_ns;
	return true;
}
