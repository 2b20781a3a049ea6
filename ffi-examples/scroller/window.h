/* A window on a Wayland compositor, with wl_compositor, wl_shm and xdg_wm_base; wl_seat if there is one. */
#ifndef SCROLLER_WINDOW_H
#define SCROLLER_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include <wayland-client.h>

#include "input.h"

/* Nothing that a compositor has to answer takes longer. */
#define WINDOW_ANSWER_LIMIT_MS 5000

struct window {
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct xdg_wm_base *wm_base;
	struct wl_surface *surface;
	struct xdg_surface *xdg_surface;
	struct xdg_toplevel *toplevel;
	struct wl_callback *frame;       /* set from window_commit() until the compositor wants the next frame */
	struct input input;

	int width, height;               /* as the compositor wants it, or as it was given to window_open() */
	bool is_configured;
	bool is_closed;                  /* by the person, or by the compositor */

	/* Lets a compositor in this process work on what was sent to it; NULL if it is elsewhere. */
	void (*serve)(void *user);
	void *serve_user;
};

/*
 * Opens a window. The caller has set display, width, height, input.act, input.user, and serve. False, and one line, if
 * that fails. Either way window_close() gives everything back except for the display.
 */
bool window_open(struct window *window, const char *title);

void window_close(struct window *window);

/* True if the compositor wants a frame. */
bool window_wants_frame(const struct window *window);

/* Shows what was attached to the surface, and asks when to draw the next frame. */
void window_commit(struct window *window);

/* Waits for events, at most `limit_ms`, and handles them. False, and one line, if the connection is broken. */
bool window_dispatch(struct window *window, int limit_ms);

#endif
