/*
 * A window on a Wayland compositor, with wl_compositor, wl_shm and xdg_wm_base. The examples share it; what else they
 * want of the compositor, a seat for one, they bind themselves.
 */
#ifndef EXAMPLE_WINDOW_H
#define EXAMPLE_WINDOW_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include <wayland-client.h>

/* Nothing that a compositor has to answer takes longer. */
#define WINDOW_ANSWER_LIMIT_MS 5000
#define WINDOW_WATCHED_MAX 7

struct window {
	const char *program;             /* its name, which messages begin with */
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct xdg_wm_base *wm_base;
	struct zxdg_decoration_manager_v1 *decorations; /* NULL: the compositor draws no frames around windows */
	struct wl_surface *surface;
	struct xdg_surface *xdg_surface;
	struct xdg_toplevel *toplevel;
	struct zxdg_toplevel_decoration_v1 *decoration;
	struct wl_callback *frame;       /* set from window_commit() until the compositor wants the next frame */

	bool is_fullscreen;              /* set by the program: the window is to fill the screen */
	int width, height;               /* as the compositor wants it, or as it was given to window_open() */
	bool is_configured;
	bool is_closed;                  /* by the person, or by the compositor */

	/* Lets a compositor in this process work on what was sent to it; NULL if it is elsewhere. */
	void (*serve)(void *user);
	void *serve_user;

	/* Called for each global that the window itself does not want; NULL if the program wants none. */
	void (*global)(void *user, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version);
	void *global_user;

	/* What the program waits for besides the compositor; window_dispatch() sets `revents`. */
	struct pollfd *watched;
	unsigned watched_count;          /* at most WINDOW_WATCHED_MAX */
};

/*
 * Opens a window. The caller has set program, display, width, height, and what it needs of serve, global and watched.
 * False, and one line, if that fails. Either way window_close() gives everything back except for the display.
 */
bool window_open(struct window *window, const char *title);

/* After shm_fini(): the buffers are proxies of the same display. */
void window_close(struct window *window);

/* True if the compositor wants a frame. */
bool window_wants_frame(const struct window *window);

/* Shows what was attached to the surface, and asks when to draw the next frame. */
void window_commit(struct window *window);

/* Waits for events of the compositor or for what is watched, at most `limit_ms`, and handles the events. False, and one line, if the connection is broken. */
bool window_dispatch(struct window *window, int limit_ms);

#endif
