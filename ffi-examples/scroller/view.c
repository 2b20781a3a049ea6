#define _GNU_SOURCE
#include "view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <wayland-client.h>

#include "bars.h"
#include "draw.h"
#include "shared/clock.h"

/* The age that shm_get_buffer() gives to a buffer that did not exist before. */
#define AGE_OF_NEW_BUFFER 1234

static void scroll_to(struct view *view, struct place top)
{
	if (!place_is_equal(top, view->top))
		view->is_stale = true;
	view->top = top;
}

void view_resize(struct view *view, int width, int height)
{
	view->layout = layout_of(view->painter, view->page.text, width, height);
	view->last_top = place_last_top(view->page.text, view->layout.columns, view->layout.text_lines);
	view->top.part = 0;    /* lines are wrapped elsewhere now */
	view_scroll_by(view, 0);
	view->page.place_count = 0;
	/* Buffers of another size cannot be built on, and shm_get_buffer() lets go of them. */
	view_draw_anew(view);
}

void view_draw_anew(struct view *view)
{
	view->last_buffer = NULL;
	view->is_stale = true;
}

void view_scroll_by(struct view *view, long rows)
{
	struct place top = place_move(view->page.text, view->layout.columns, view->top, rows);
	struct place last = view->last_top;
	bool is_behind = top.line > last.line || (top.line == last.line && top.part > last.part);
	scroll_to(view, is_behind ? last : top);
}

void view_scroll_to_start(struct view *view)
{
	scroll_to(view, (struct place){0});
}

void view_scroll_to_end(struct view *view)
{
	scroll_to(view, view->last_top);
}

/*
 * Records what was drawn. shm_get_buffer() brings the other buffers up to date by it, so all goes in that was changed
 * other than by shm_scroll(). `dirty` comes empty with each buffer.
 */
static void mark_drawn(struct buffer *buffer, int top, int rows)
{
	if (rows > 0)
		pixman_region32_union_rect(&buffer->dirty, &buffer->dirty, 0, top, (unsigned)buffer->width,
					   (unsigned)rows);
}

/* Tells the compositor what looks different now: also what was scrolled. */
static void damage(const struct view *view, int top, int rows)
{
	if (rows <= 0)
		return;
	if (wl_surface_get_version(view->surface) >= WL_SURFACE_DAMAGE_BUFFER_SINCE_VERSION)
		wl_surface_damage_buffer(view->surface, 0, top, view->layout.width, rows);
	else
		wl_surface_damage(view->surface, 0, top, view->layout.width, rows);
}

static void draw_all(struct view *view, struct buffer *buffer)
{
	uint64_t start_ns = clock_thread_ns();
	view->page.drawn_first = 0;
	view->page.drawn_count = view->layout.text_lines;
	draw_page(view->painter, buffer->pix[0], &view->layout, &view->page);
	/* Known only now, so the bar comes once more. */
	snprintf(view->page.costs, sizeof(view->page.costs), "all drawn in %.1f ms; scroll on",
		 (double)(clock_thread_ns() - start_ns) / 1e6);
	draw_status(view->painter, buffer->pix[0], &view->layout, &view->page);
	mark_drawn(buffer, 0, buffer->height);
	damage(view, 0, buffer->height);
	view->statistics->pages_drawn++;
}

static void draw_some(struct view *view, struct buffer *buffer, int first, int count)
{
	int line_height = view->painter->line_height;
	draw_lines(view->painter, buffer->pix[0], &view->layout, &view->page, first, count);
	mark_drawn(buffer, view->layout.title_rows + first * line_height, count * line_height);
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
 * Moves the text by `rows` (> 0: up) with shm_scroll(). The title is kept; the status line, which is drawn anew anyway,
 * is a margin, whose pixels may be anything then. False if it was not done: nothing has changed.
 */
static bool scroll_with_library(struct view *view, struct buffer *buffer, int rows)
{
	const struct layout *layout = &view->layout;
	if (!shm_can_scroll(buffer) ||
	    !shm_scroll(view->shm, buffer, rows, 0, layout->title_rows, layout->status_rows, 0))
		return false;
	/* How many scrolls were done, not which: this program needs no records of them (`scroll_damage`). */
	buffer->scroll_damage_count++;
	return true;
}

/* The same with memmove(). */
static void scroll_with_memmove(struct view *view, struct buffer *buffer, int rows)
{
	const struct layout *layout = &view->layout;
	size_t stride_bytes = (size_t)buffer->stride;
	unsigned char *text = (unsigned char *)buffer->mmapped + (size_t)layout->title_rows * stride_bytes;
	size_t shift_bytes = (size_t)abs(rows) * stride_bytes;
	size_t moved_bytes = (size_t)layout->text_rows * stride_bytes - shift_bytes;

	if (rows > 0)
		memmove(text, text + shift_bytes, moved_bytes);
	else
		memmove(text + shift_bytes, text, moved_bytes);
	/* No shm_scroll() did it, so it counts as drawn. */
	mark_drawn(buffer, layout->title_rows, layout->text_rows);
	view->statistics->copied_bytes += moved_bytes;
}

/* Makes the buffer show view->page by moving what the last one shows; |lines| < text_lines. */
static void scroll_frame(struct view *view, struct buffer *buffer, int lines, uint64_t start_ns)
{
	struct statistics *statistics = view->statistics;
	const struct layout *layout = &view->layout;
	struct page *page = &view->page;
	int line_height = view->painter->line_height;
	int last_first = page->drawn_first, last_count = page->drawn_count;

	bring_up_to_date(view, buffer);
	bool is_by_library = view->uses_shm_scroll && scroll_with_library(view, buffer, lines * line_height);
	if (!is_by_library)
		scroll_with_memmove(view, buffer, lines * line_height);

	/* buffer->pix is read only now: a scroll may have changed it. */
	uint64_t moved_ns = clock_thread_ns();
	page->drawn_first = lines > 0 ? layout->text_lines - lines : 0;
	page->drawn_count = abs(lines);
	draw_some(view, buffer, page->drawn_first, page->drawn_count);
	uint64_t drawn_ns = clock_thread_ns();

	if (page->is_tinted) {
		/* No figure counts this: a program without a tint does not draw what it has moved. */
		int first, count = explain_moved(layout, lines, last_first, last_count, &first);
		draw_some(view, buffer, first, count);
	}
	explain_costs(&view->explaining, layout, page, is_by_library, lines * line_height, moved_ns - start_ns,
		      drawn_ns - moved_ns);
	draw_status(view->painter, buffer->pix[0], layout, page);
	mark_drawn(buffer, layout->status_top, layout->status_rows);
	damage(view, layout->title_rows, layout->height - layout->title_rows);
	statistics->scrolls_by_library += is_by_library;
	statistics->scrolls_by_program += !is_by_library;
	statistics->moving_ns += moved_ns - start_ns;
	statistics->drawing_ns += drawn_ns - moved_ns;
}

static long page_faults(void)
{
	struct rusage usage = {0};
	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_minflt;
}

/* Turns to the place that is to be shown. Returns how many lines the text moves; text_lines if it is all another. */
static int turn_page(struct view *view)
{
	struct page *page = &view->page;
	const struct layout *layout = &view->layout;
	int lines = page->place_count == 0 ? layout->text_lines
		  : place_distance(page->text, layout->columns, page->places[0], view->top, layout->text_lines);
	page->place_count = place_rows(page->text, layout->columns, view->top, page->places, layout->text_lines);
	return lines;
}

bool view_render(struct view *view)
{
	int lines = turn_page(view);
	long faults_before = page_faults();
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
	if (view->last_buffer != NULL && lines != 0 && abs(lines) < view->layout.text_lines) {
		scroll_frame(view, buffer, lines, start_ns);
		view->statistics->page_faults += (uint64_t)(page_faults() - faults_before);
	} else {
		draw_all(view, buffer);
	}
	/* Here too: buffer->wl_buf is read after all scrolls. */
	wl_surface_attach(view->surface, buffer->wl_buf, 0, 0);

	buffer->age = 0;
	view->last_buffer = buffer;
	view->is_stale = false;
	view->statistics->frames++;
	return true;
}
