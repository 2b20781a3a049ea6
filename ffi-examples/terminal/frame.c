#include "frame.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wayland-client.h>

void frame_resize(struct frame *frame, int width, int height)
{
	/* Buffers of another size cannot be built on, and shm_get_buffer() lets go of them. */
	frame->last_buffer = NULL;
	frame->width = width;
	frame->height = height;
}

/* Records what was drawn or moved other than by shm_scroll(): shm_get_buffer() brings other buffers up to date by it. */
static void record(struct buffer *buffer, int top, int rows)
{
	pixman_region32_union_rect(&buffer->dirty, &buffer->dirty, 0, top, (unsigned)buffer->width, (unsigned)rows);
}

/* Tells the compositor what looks different now. */
static void damage(const struct frame *frame, int top, int rows)
{
	if (wl_surface_get_version(frame->surface) >= WL_SURFACE_DAMAGE_BUFFER_SINCE_VERSION)
		wl_surface_damage_buffer(frame->surface, 0, top, frame->width, rows);
	else
		wl_surface_damage(frame->surface, 0, top, frame->width, rows);
}

/* Moves the rows of a region with shm_scroll(). False if it was not done: then nothing has changed. */
static bool scroll_with_library(struct frame *frame, struct buffer *buffer, struct scroll scroll)
{
	int line_height = frame->painter->line_height;
	/* shm_scroll() moves the whole buffer; what is above and below the region is kept, that is, copied back */
	int kept_above = scroll.top * line_height;
	int kept_below = frame->height - scroll.bottom * line_height;
	int rows = scroll.rows * line_height;
	int moved = (scroll.bottom - scroll.top) * line_height - abs(rows);

	/* where less moves than is kept, moving is less work */
	if (!shm_can_scroll(buffer) || moved < kept_above + kept_below)
		return false;
	if (!shm_scroll(frame->shm, buffer, rows, 0, kept_above, 0, kept_below))
		return false;
	/* How many scrolls were done, not which: this program needs no records of them (`scroll_damage`). */
	buffer->scroll_damage_count++;
	frame->scrolls_by_library++;
	return true;
}

static void scroll_with_memmove(struct frame *frame, struct buffer *buffer, struct scroll scroll)
{
	size_t line_bytes = (size_t)frame->painter->line_height * (size_t)buffer->stride;
	unsigned char *region = (unsigned char *)buffer->mmapped + (size_t)scroll.top * line_bytes;
	size_t shift_bytes = (size_t)abs(scroll.rows) * line_bytes;
	size_t moved_bytes = (size_t)(scroll.bottom - scroll.top) * line_bytes - shift_bytes;

	if (scroll.rows > 0)
		memmove(region, region + shift_bytes, moved_bytes);
	else
		memmove(region + shift_bytes, region, moved_bytes);
	/* No shm_scroll() did it, so it counts as drawn. */
	record(buffer, scroll.top * frame->painter->line_height,
	       (scroll.bottom - scroll.top) * frame->painter->line_height);
	frame->scrolls_by_program++;
}

static void scroll_rows(struct frame *frame, struct buffer *buffer)
{
	int line_height = frame->painter->line_height;
	const struct changes *changes = &frame->screen->changes;
	for (int i = 0; i < changes->scroll_count; i++) {
		struct scroll scroll = changes->scrolls[i];
		if (!scroll_with_library(frame, buffer, scroll))
			scroll_with_memmove(frame, buffer, scroll);
		damage(frame, scroll.top * line_height, (scroll.bottom - scroll.top) * line_height);
	}
}

struct row_work {
	const struct frame *frame;
	struct buffer *buffer;
	int *rows;
};

/* Runs in any of the threads. Each has an image of its own: the clip is a part of the image. */
static void draw_one(void *user, int worker, int item)
{
	const struct row_work *work = user;
	draw_row(work->frame->painter, work->buffer->pix[worker], work->frame->screen, work->rows[item]);
}

/* After the scrolls: `mmapped` and `pix` may have changed. False, and one line, if there is no memory. */
static bool draw_stale_rows(struct frame *frame, struct buffer *buffer)
{
	int line_height = frame->painter->line_height;
	const struct screen *screen = frame->screen;
	struct row_work work = {.frame = frame, .buffer = buffer};
	int count = 0;

	work.rows = malloc((size_t)screen->rows * sizeof(*work.rows));
	if (work.rows == NULL) {
		fprintf(stderr, "terminal: not enough memory\n");
		return false;
	}
	for (int row = 0; row < screen->rows; row++) {
		if (!screen->changes.is_stale[row])
			continue;
		work.rows[count++] = row;
		record(buffer, row * line_height, line_height);
		damage(frame, row * line_height, line_height);
	}
	workers_run(frame->workers, draw_one, &work, count);
	frame->rows_drawn += (unsigned long)count;
	free(work.rows);
	return true;
}

/* True if the buffer shows what the last frame showed; mostly shm_get_buffer() has seen to it. */
static bool bring_up_to_date(struct frame *frame, struct buffer *buffer)
{
	if (frame->last_buffer == NULL)
		return false;
	/* The compositor may still hold the last buffer: it may be read, but not written to. */
	if (buffer->age != 0)
		memcpy(buffer->mmapped, frame->last_buffer->mmapped, buffer->size);
	return true;
}

bool frame_render(struct frame *frame)
{
	struct screen *screen = frame->screen;
	struct buffer *buffer = shm_get_buffer(frame->shm, frame->width, frame->height, frame->cookie,
					       frame->uses_shm_scroll, (size_t)frame->workers->count);
	if (buffer == NULL) {
		fprintf(stderr, "terminal: cannot get a buffer of %d x %d pixels: %s\n", frame->width, frame->height,
			strerror(errno));
		return false;
	}
	screen_begin_frame(screen);
	if (changes_are_everything(&screen->changes) || !bring_up_to_date(frame, buffer)) {
		changes_mark_all(&screen->changes);
		draw_rest(frame->painter, buffer->pix[0], screen);
		record(buffer, 0, frame->height);
		damage(frame, 0, frame->height);
		frame->whole_frames++;
	} else {
		scroll_rows(frame, buffer);
	}
	if (!draw_stale_rows(frame, buffer))
		return false;
	/* Only here: the scrolls may have changed buffer->wl_buf. */
	wl_surface_attach(frame->surface, buffer->wl_buf, 0, 0);

	buffer->age = 0;
	frame->last_buffer = buffer;
	frame->frames++;
	screen_end_frame(screen);
	return true;
}

bool frame_is_right(const struct frame *frame)
{
	pixman_image_t *whole = pixman_image_create_bits(PIXMAN_a8r8g8b8, frame->width, frame->height, NULL, 0);
	if (whole == NULL) {
		fprintf(stderr, "terminal: not enough memory\n");
		return false;
	}
	draw_all(frame->painter, whole, frame->screen);
	const struct buffer *buffer = frame->last_buffer;
	const unsigned char *expected = (const unsigned char *)pixman_image_get_data(whole);
	const unsigned char *drawn = buffer->mmapped;
	int row = 0;
	while (row < frame->height && memcmp(drawn + (size_t)row * (size_t)buffer->stride,
					     expected + (size_t)row * (size_t)pixman_image_get_stride(whole),
					     (size_t)frame->width * 4) == 0)
		row++;
	pixman_image_unref(whole);
	if (row == frame->height)
		return true;
	fprintf(stderr, "terminal: frame %u is wrong: drawing everything gives other pixels in line %d of the screen, "
			"row %d of the window\n", frame->frames, row / frame->painter->line_height, row);
	return false;
}
