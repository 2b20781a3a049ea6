#include "support/session.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <wayland-client.h>

#include "support/report.h"

#define EVENT_LIMIT_MS 60000
#define COMPOSITOR_VERSION 4

static void handle_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface,
			  uint32_t version)
{
	struct session *session = data;

	(void)version;
	if (strcmp(interface, wl_compositor_interface.name) == 0)
		session->compositor =
			wl_registry_bind(registry, name, &wl_compositor_interface, COMPOSITOR_VERSION);
	else if (strcmp(interface, wl_shm_interface.name) == 0)
		session->shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
}

static void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data, (void)registry, (void)name;
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

void session_connect(struct session *session, const struct variant *variant, int connection)
{
	static unsigned long cookies;

	session->variant = variant;
	session->cookie = ++cookies * 4096;
	session->display = connection < 0 ? wl_display_connect(NULL) : wl_display_connect_to_fd(connection);
	if (!session->display)
		give_up("no connection to the compositor");
	session->registry = wl_display_get_registry(session->display);
	wl_registry_add_listener(session->registry, &registry_listener, session);
	session_roundtrip(session);
	if (!session->compositor || !session->shm)
		give_up("the compositor has no wl_compositor or no wl_shm");
	session->surface = wl_compositor_create_surface(session->compositor);
	variant_select(variant);
}

void session_open(struct session *session, const struct variant *variant)
{
	*session = (struct session){ 0 };
	server_start(&session->server);
	session_connect(session, variant, session->server.connection);
}

void session_close(struct session *session)
{
	session->variant->fini();
	wl_surface_destroy(session->surface);
	wl_shm_destroy(session->shm);
	wl_compositor_destroy(session->compositor);
	wl_registry_destroy(session->registry);
	wl_display_flush(session->display);
	wl_display_disconnect(session->display);
	if (session->server.process)
		server_stop(&session->server);
}

struct buffer *session_get(struct session *session, int width, int height)
{
	struct buffer *buffer =
		session->variant->get_buffer(session->shm, width, height, session->cookie, true, IMAGES);

	if (!buffer)
		give_up("%s: no buffer of %d x %d", session->variant->name, width, height);
	return buffer;
}

void session_paint(struct session *session, struct buffer *buffer, int top, int rows)
{
	size_t stride = (size_t)buffer->stride;

	memset((char *)buffer->mmapped + (size_t)top * stride, ++session->painted & 0xff, (size_t)rows * stride);
}

void session_commit(struct session *session, struct buffer *buffer, int top, int rows)
{
	wl_surface_attach(session->surface, buffer->wl_buf, 0, 0);
	wl_surface_damage_buffer(session->surface, 0, top, buffer->width, rows);
	wl_surface_commit(session->surface);
}


void session_dispatch(struct session *session)
{
	struct pollfd events = { .fd = wl_display_get_fd(session->display), .events = POLLIN };

	while (wl_display_prepare_read(session->display) != 0)
		wl_display_dispatch_pending(session->display);
	if (wl_display_flush(session->display) < 0 && errno == EAGAIN)
		events.events |= POLLOUT;
	if (poll(&events, 1, EVENT_LIMIT_MS) != 1)
		give_up("nothing comes from the compositor");
	if (events.revents & POLLIN)
		wl_display_read_events(session->display);
	else
		wl_display_cancel_read(session->display);
	if (wl_display_dispatch_pending(session->display) < 0 || (events.revents & (POLLERR | POLLHUP)))
		give_up("the connection is broken: %s", strerror(wl_display_get_error(session->display)));
}

void session_await_release(struct session *session, const struct buffer *buffer)
{
	while (buffer->busy)
		session_dispatch(session);
}

static void handle_done(void *data, struct wl_callback *callback, uint32_t serial)
{
	bool *is_done = data;

	(void)callback, (void)serial;
	*is_done = true;
}

static const struct wl_callback_listener done_listener = { .done = handle_done };

void session_roundtrip(struct session *session)
{
	struct wl_callback *callback = wl_display_sync(session->display);
	bool is_done = false;

	wl_callback_add_listener(callback, &done_listener, &is_done);
	while (!is_done)
		session_dispatch(session);
	wl_callback_destroy(callback);
}

void session_show_first(struct session *session, int width, int height)
{
	struct buffer *buffer = session_get(session, width, height);

	session_paint(session, buffer, 0, height);
	session_commit(session, buffer, 0, height);
	session_await_release(session, buffer);
}
