/* The client's side of a surface. */
#include "compositor/window.h"

#include <limits.h>
#include <wayland-client.h>

#include "compositor/compositor.h"

struct window window_open(struct compositor *compositor)
{
	struct wl_compositor *global = compositor_wl_compositor(compositor);

	return (struct window){ .compositor = compositor, .surface = wl_compositor_create_surface(global) };
}

void window_close(struct window *window)
{
	wl_surface_destroy(window->surface);
	window->surface = NULL;
}

void window_commit(const struct window *window, struct wl_buffer *buffer)
{
	wl_surface_attach(window->surface, buffer, 0, 0);
	wl_surface_damage_buffer(window->surface, 0, 0, INT_MAX, INT_MAX);
	wl_surface_commit(window->surface);
}

bool window_show(const struct window *window, struct wl_buffer *buffer)
{
	window_commit(window, buffer);
	return compositor_pump(window->compositor);
}
