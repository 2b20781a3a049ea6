/* The client's side of a surface: shows buffers on the test compositor. */
#ifndef MILLPOND_TEST_COMPOSITOR_WINDOW_H
#define MILLPOND_TEST_COMPOSITOR_WINDOW_H

#include <stdbool.h>

struct compositor;
struct wl_buffer;
struct wl_surface;

struct window {
	struct compositor *compositor;
	struct wl_surface *surface;
};

struct window window_open(struct compositor *compositor);
void window_close(struct window *window);

/* Attaches, damages all, commits; nothing moves until the compositor is pumped. */
void window_commit(const struct window *window, struct wl_buffer *buffer);

/* Commits, and pumps the compositor. False if the connection is dead. */
bool window_show(const struct window *window, struct wl_buffer *buffer);

#endif
