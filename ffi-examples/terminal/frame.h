/*
 * The part to copy from: how a terminal draws a frame with shm_get_buffer() and shm_scroll().
 *
 * Each frame: get a buffer, bring it up to date with the last one if shm_get_buffer() has not (`age`), move the rows
 * that were scrolled (`scroll_damage_count`), draw the rows that are stale with several threads, each into an image of
 * its own over the same pixels (`pix`), record what was drawn (`dirty`), attach.
 */
#ifndef TERMINAL_FRAME_H
#define TERMINAL_FRAME_H

#include <stdbool.h>

#include "draw.h"
#include "screen.h"
#include "shm.h"
#include "workers.h"

struct frame {
	struct wl_shm *shm;
	struct wl_surface *surface;
	const struct painter *painter;
	struct screen *screen;
	struct workers *workers;
	unsigned long cookie;
	bool uses_shm_scroll;

	int width, height;           /* in pixels */
	struct buffer *last_buffer;  /* NULL if there is nothing to build on: the next frame is drawn as a whole */

	unsigned frames, whole_frames;
	unsigned scrolls_by_library, scrolls_by_program;
	unsigned long rows_drawn;
};

/* The window has another size. */
void frame_resize(struct frame *frame, int width, int height);

/* Draws what has changed and attaches it. The caller commits. False, and one line, without a buffer. */
bool frame_render(struct frame *frame);

/* True if the last frame is what drawing everything gives. Otherwise one line. */
bool frame_is_right(const struct frame *frame);

#endif
