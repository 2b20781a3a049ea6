#define _GNU_SOURCE
#include "window.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "xdg-decoration-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#define COMPOSITOR_VERSION_MAX 4

static void toplevel_configure(void *data, struct xdg_toplevel *toplevel, int32_t width, int32_t height,
			       struct wl_array *states)
{
	struct window *window = data;
	(void)toplevel, (void)states;
	/* 0: the size is up to the program */
	if (width > 0)
		window->width = width;
	if (height > 0)
		window->height = height;
}

static void toplevel_close(void *data, struct xdg_toplevel *toplevel)
{
	struct window *window = data;
	(void)toplevel;
	window->is_closed = true;
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = toplevel_configure,
	.close = toplevel_close,
};

static void surface_configure(void *data, struct xdg_surface *xdg_surface, uint32_t serial)
{
	struct window *window = data;
	xdg_surface_ack_configure(xdg_surface, serial);
	window->is_configured = true;
}

static const struct xdg_surface_listener surface_listener = {.configure = surface_configure};

static void wm_base_ping(void *data, struct xdg_wm_base *wm_base, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(wm_base, serial);
}

static const struct xdg_wm_base_listener wm_base_listener = {.ping = wm_base_ping};

static void frame_done(void *data, struct wl_callback *callback, uint32_t time_ms)
{
	struct window *window = data;
	(void)time_ms;
	wl_callback_destroy(callback);
	window->frame = NULL;
}

static const struct wl_callback_listener frame_listener = {.done = frame_done};

static void registry_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface,
			    uint32_t version)
{
	struct window *window = data;
	if (strcmp(interface, wl_compositor_interface.name) == 0) {
		window->compositor = wl_registry_bind(registry, name, &wl_compositor_interface,
			version < COMPOSITOR_VERSION_MAX ? version : COMPOSITOR_VERSION_MAX);
	} else if (strcmp(interface, wl_shm_interface.name) == 0) {
		window->shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
	} else if (strcmp(interface, xdg_wm_base_interface.name) == 0) {
		window->wm_base = wl_registry_bind(registry, name, &xdg_wm_base_interface, 1);
		xdg_wm_base_add_listener(window->wm_base, &wm_base_listener, window);
	} else if (strcmp(interface, zxdg_decoration_manager_v1_interface.name) == 0) {
		window->decorations = wl_registry_bind(registry, name, &zxdg_decoration_manager_v1_interface, 1);
	} else if (window->global != NULL) {
		window->global(window->global_user, registry, name, interface, version);
	}
}

static void registry_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data, (void)registry, (void)name;
}

static const struct wl_registry_listener registry_listener = {
	.global = registry_global,
	.global_remove = registry_global_remove,
};

static bool complain_of_connection(const struct window *window)
{
	const struct wl_interface *interface = NULL;
	uint32_t id = 0;
	int error = wl_display_get_error(window->display);
	uint32_t code = error == EPROTO ? wl_display_get_protocol_error(window->display, &interface, &id) : 0;
	if (error == EPROTO)
		fprintf(stderr, "%s: the compositor refused a request: %s#%u, error %u\n", window->program,
			interface == NULL ? "unknown object" : interface->name, id, code);
	else
		fprintf(stderr, "%s: lost the compositor: %s\n", window->program,
			strerror(error != 0 ? error : errno));
	return false;
}

/*
 * Sends everything; if the compositor is slow to take it, waits, but not past the limit. When it has hung up (EPIPE),
 * its last words are still to be read.
 */
static bool flush(struct window *window, int64_t end_ms)
{
	while (wl_display_flush(window->display) < 0) {
		if (errno == EPIPE)
			return true;
		if (errno != EAGAIN)
			return false;
		if (window->serve != NULL)
			window->serve(window->serve_user);
		int64_t left_ms = end_ms - clock_ms();
		struct pollfd socket = {.fd = wl_display_get_fd(window->display), .events = POLLOUT};
		if (left_ms <= 0)
			return true; /* the rest goes with the next flush */
		if (poll(&socket, 1, (int)left_ms) < 0 && errno != EINTR)
			return false;
	}
	return true;
}

bool window_dispatch(struct window *window, int limit_ms)
{
	int64_t end_ms = clock_ms() + limit_ms;
	bool had_events = false;
	while (wl_display_prepare_read(window->display) != 0) {
		if (wl_display_dispatch_pending(window->display) < 0)
			return complain_of_connection(window);
		had_events = true;
	}
	if (!flush(window, end_ms)) {
		wl_display_cancel_read(window->display);
		return complain_of_connection(window);
	}
	if (window->serve != NULL)
		window->serve(window->serve_user);

	/* the program has to look at what is new before more is waited for */
	int64_t left_ms = had_events ? 0 : end_ms - clock_ms();
	struct pollfd waited[1 + WINDOW_WATCHED_MAX] = {{.fd = wl_display_get_fd(window->display), .events = POLLIN}};
	for (unsigned i = 0; i < window->watched_count; i++) {
		waited[1 + i] = window->watched[i];
		waited[1 + i].revents = 0;
	}
	bool is_ready = poll(waited, 1 + window->watched_count, left_ms > 0 ? (int)left_ms : 0) > 0;
	for (unsigned i = 0; i < window->watched_count; i++)
		window->watched[i].revents = is_ready ? waited[1 + i].revents : 0;
	if (is_ready && waited[0].revents != 0) {
		if (wl_display_read_events(window->display) < 0)
			return complain_of_connection(window);
	} else {
		wl_display_cancel_read(window->display);
	}
	if (wl_display_dispatch_pending(window->display) < 0)
		return complain_of_connection(window);
	return true;
}

static void mark_synchronised(void *data, struct wl_callback *callback, uint32_t serial)
{
	bool *is_synchronised = data;
	(void)callback, (void)serial;
	*is_synchronised = true;
}

static const struct wl_callback_listener synchronised_listener = {.done = mark_synchronised};

/* As wl_display_roundtrip(), but with a limit, and for a compositor in this process too. */
static bool synchronise(struct window *window)
{
	bool is_synchronised = false;
	struct wl_callback *callback = wl_display_sync(window->display);
	wl_callback_add_listener(callback, &synchronised_listener, &is_synchronised);
	int64_t end_ms = clock_ms() + WINDOW_ANSWER_LIMIT_MS;
	bool is_alive = true;
	while (is_alive && !is_synchronised && clock_ms() < end_ms)
		is_alive = window_dispatch(window, (int)(end_ms - clock_ms()));
	wl_callback_destroy(callback);
	if (is_alive && !is_synchronised)
		fprintf(stderr, "%s: the compositor does not answer\n", window->program);
	return is_synchronised;
}

static bool find_globals(struct window *window)
{
	window->registry = wl_display_get_registry(window->display);
	wl_registry_add_listener(window->registry, &registry_listener, window);
	if (!synchronise(window))
		return false;
	const char *missing = window->compositor == NULL ? "wl_compositor"
			    : window->shm == NULL ? "wl_shm"
			    : window->wm_base == NULL ? "xdg_wm_base" : NULL;
	if (missing != NULL)
		fprintf(stderr, "%s: the compositor does not have %s\n", window->program, missing);
	return missing == NULL;
}

bool window_open(struct window *window, const char *title)
{
	if (!find_globals(window))
		return false;
	window->surface = wl_compositor_create_surface(window->compositor);
	window->xdg_surface = xdg_wm_base_get_xdg_surface(window->wm_base, window->surface);
	xdg_surface_add_listener(window->xdg_surface, &surface_listener, window);
	window->toplevel = xdg_surface_get_toplevel(window->xdg_surface);
	xdg_toplevel_add_listener(window->toplevel, &toplevel_listener, window);
	xdg_toplevel_set_title(window->toplevel, title);
	xdg_toplevel_set_app_id(window->toplevel, window->program);
	/* A frame to move and size the window by, from compositors that draw one. */
	if (window->decorations != NULL) {
		window->decoration = zxdg_decoration_manager_v1_get_toplevel_decoration(window->decorations,
											window->toplevel);
		zxdg_toplevel_decoration_v1_set_mode(window->decoration,
						     ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE);
	}
	if (window->is_fullscreen)
		xdg_toplevel_set_fullscreen(window->toplevel, NULL);
	/* A first commit, without a buffer, asks for the size. */
	wl_surface_commit(window->surface);

	int64_t end_ms = clock_ms() + WINDOW_ANSWER_LIMIT_MS;
	while (!window->is_configured && clock_ms() < end_ms) {
		if (!window_dispatch(window, (int)(end_ms - clock_ms())))
			return false;
	}
	if (!window->is_configured)
		fprintf(stderr, "%s: the compositor does not show the window\n", window->program);
	return window->is_configured;
}

bool window_wants_frame(const struct window *window)
{
	return window->is_configured && window->frame == NULL;
}

void window_commit(struct window *window)
{
	window->frame = wl_surface_frame(window->surface);
	wl_callback_add_listener(window->frame, &frame_listener, window);
	wl_surface_commit(window->surface);
}

void window_close(struct window *window)
{
	if (window->frame != NULL)
		wl_callback_destroy(window->frame);
	if (window->decoration != NULL)
		zxdg_toplevel_decoration_v1_destroy(window->decoration);
	if (window->toplevel != NULL)
		xdg_toplevel_destroy(window->toplevel);
	if (window->xdg_surface != NULL)
		xdg_surface_destroy(window->xdg_surface);
	if (window->surface != NULL)
		wl_surface_destroy(window->surface);
	if (window->decorations != NULL)
		zxdg_decoration_manager_v1_destroy(window->decorations);
	if (window->wm_base != NULL)
		xdg_wm_base_destroy(window->wm_base);
	if (window->shm != NULL)
		wl_shm_destroy(window->shm);
	if (window->compositor != NULL)
		wl_compositor_destroy(window->compositor);
	if (window->registry != NULL)
		wl_registry_destroy(window->registry);
}
