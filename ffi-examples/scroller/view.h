/*
 * The part to copy from: how a program keeps a scrolling surface up to date with shm_get_buffer() and shm_scroll().
 *
 * Each frame: get a buffer, bring it up to date with the last one if shm_get_buffer() has not (`age`), move the pixels
 * that stay (`scroll_damage_count`), draw what is new (`dirty`), attach. The buffer is then the last one, that the next
 * frame builds on. What is recorded is what makes shm_get_buffer() able to bring buffers up to date.
 */
#ifndef SCROLLER_VIEW_H
#define SCROLLER_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "explaining.h"
#include "layout.h"
#include "painter.h"
#include "shm.h"
#include "statistics.h"
#include "text.h"

/* The number by which shm_get_buffer() tells these buffers from others, as that of the pointer (COOKIE_CURSOR). */
enum { COOKIE_TEXT = 1 };

struct view {
	struct wl_shm *shm;
	struct wl_surface *surface;
	const struct painter *painter;
	struct statistics *statistics;
	bool uses_shm_scroll;

	struct layout layout;
	struct page page;            /* what last_buffer shows */
	struct place top;            /* what is to be at the top */
	struct place last_top;       /* the greatest place that can be there */
	struct buffer *last_buffer;  /* NULL if there is nothing to build on: the next frame is drawn as a whole */
	bool is_stale;               /* the window does not show what it should */
	struct explaining explaining;
};

void view_resize(struct view *view, int width, int height);

/* Go to another place; what the window shows follows with view_render(). */
void view_scroll_by(struct view *view, long rows);
void view_scroll_to_start(struct view *view);
void view_scroll_to_end(struct view *view);

/* The next frame is drawn as a whole. Due after a change of uses_shm_scroll or of page.is_tinted. */
void view_draw_anew(struct view *view);

/* Draws what the window should show and attaches it. The caller commits. False, and one line, without a buffer. */
bool view_render(struct view *view);

#endif
