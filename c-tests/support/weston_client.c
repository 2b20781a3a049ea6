#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "support/weston_client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <wayland-client.h>

#include "support/runner.h"

#include "fullscreen-shell-unstable-v1-client-protocol.h"
#include "weston-capture-client-protocol.h"
#include "weston-screenshooter-client-protocol.h"

#define WAIT_LIMIT_MS 20000
#define CAPTURE_VERSION 1              /* in version 2 an event has moved */
#define CAPTURE_WHAT_WAS_DRAWN 1
#define DRM_FORMAT_XRGB8888 0x34325258 /* "XR24": what the CPU's renderer has */
#define DRM_FORMAT_ARGB8888 0x34325241 /* "AR24": what the GPU's has */

static void end_with(const char *reason)
{
	fprintf(stderr, "weston client: %s\n", reason);
	abort();
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000;
}

/* Handles the next events, and ends the process if none come before `deadline_ms`. */
static void dispatch_until(struct weston_client *client, long deadline_ms)
{
	struct pollfd socket = { .fd = wl_display_get_fd(client->display), .events = POLLIN };
	long left_ms = deadline_ms - now_ms();
	int ready;

	while (wl_display_prepare_read(client->display) != 0)
		wl_display_dispatch_pending(client->display);
	wl_display_flush(client->display);
	ready = left_ms > 0 ? poll(&socket, 1, (int)left_ms) : 0;
	if (ready <= 0) {
		wl_display_cancel_read(client->display);
		if (ready == 0)
			end_with("weston did not answer in time");
		if (errno == EINTR)
			return;
		end_with("poll() failed");
	}
	if (wl_display_read_events(client->display) < 0 || wl_display_dispatch_pending(client->display) < 0)
		end_with("the connection to weston broke");
}

static void wait_for(struct weston_client *client, const bool *has_happened)
{
	long deadline_ms = now_ms() + WAIT_LIMIT_MS;

	while (!*has_happened) {
		if (wl_display_dispatch_pending(client->display) < 0)
			end_with("the connection to weston broke");
		if (!*has_happened)
			dispatch_until(client, deadline_ms);
	}
}

static void on_callback_done(void *data, struct wl_callback *callback, uint32_t serial)
{
	(void)callback;
	(void)serial;
	*(bool *)data = true;
}

static const struct wl_callback_listener callback_listener = { .done = on_callback_done };

static void wait_for_callback(struct weston_client *client, struct wl_callback *callback)
{
	bool is_done = false;

	wl_callback_add_listener(callback, &callback_listener, &is_done);
	wait_for(client, &is_done);
	wl_callback_destroy(callback);
}

void weston_client_roundtrip(struct weston_client *client)
{
	wait_for_callback(client, wl_display_sync(client->display));
}

static void on_geometry(void *data, struct wl_output *output, int32_t x, int32_t y, int32_t width_mm,
			int32_t height_mm, int32_t subpixel, const char *maker, const char *model, int32_t transform)
{
	(void)data, (void)output, (void)x, (void)y, (void)width_mm, (void)height_mm;
	(void)subpixel, (void)maker, (void)model, (void)transform;
}

static void on_mode(void *data, struct wl_output *output, uint32_t flags, int32_t width, int32_t height,
		    int32_t refresh_mhz)
{
	struct weston_client *client = data;

	(void)output;
	(void)refresh_mhz;
	if (flags & WL_OUTPUT_MODE_CURRENT) {
		client->width = width;
		client->height = height;
	}
}

static const struct wl_output_listener output_listener = { .geometry = on_geometry, .mode = on_mode };

static void on_shot_done(void *data, struct weston_screenshooter *screenshooter)
{
	struct weston_client *client = data;

	(void)screenshooter;
	client->is_shot = true;
}

static const struct weston_screenshooter_listener screenshooter_listener = { .done = on_shot_done };

static void on_capture_format(void *data, struct weston_capture_source_v1 *source, uint32_t drm_format)
{
	struct weston_client *client = data;

	(void)source;
	if (drm_format == DRM_FORMAT_XRGB8888)
		client->shot_format = WL_SHM_FORMAT_XRGB8888;
	else if (drm_format == DRM_FORMAT_ARGB8888)
		client->shot_format = WL_SHM_FORMAT_ARGB8888;
	else
		end_with("weston takes pictures in a format that is not known here");
}

static void on_capture_size(void *data, struct weston_capture_source_v1 *source, int32_t width, int32_t height)
{
	(void)data, (void)source, (void)width, (void)height; /* the output's, which says it too */
}

static void on_capture_complete(void *data, struct weston_capture_source_v1 *source)
{
	struct weston_client *client = data;

	(void)source;
	client->is_shot = true;
}

static void on_capture_retry(void *data, struct weston_capture_source_v1 *source)
{
	(void)data, (void)source;
	end_with("weston takes no pictures of this size and format");
}

static void on_capture_failed(void *data, struct weston_capture_source_v1 *source, const char *message)
{
	(void)data, (void)source;
	end_with(message ? message : "weston takes no picture");
}

static const struct weston_capture_source_v1_listener capture_listener = {
	.format = on_capture_format,
	.size = on_capture_size,
	.complete = on_capture_complete,
	.retry = on_capture_retry,
	.failed = on_capture_failed,
};

static void on_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
	struct weston_client *client = data;

	if (strcmp(interface, wl_compositor_interface.name) == 0)
		client->compositor = wl_registry_bind(registry, name, &wl_compositor_interface, 1);
	else if (strcmp(interface, wl_shm_interface.name) == 0)
		client->shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
	else if (strcmp(interface, wl_output_interface.name) == 0)
		client->output = wl_registry_bind(registry, name, &wl_output_interface, 1);
	else if (strcmp(interface, zwp_fullscreen_shell_v1_interface.name) == 0)
		client->fullscreen_shell = wl_registry_bind(registry, name, &zwp_fullscreen_shell_v1_interface, 1);
	else if (strcmp(interface, weston_screenshooter_interface.name) == 0)
		client->screenshooter = wl_registry_bind(registry, name, &weston_screenshooter_interface, 1);
	else if (strcmp(interface, weston_capture_v1_interface.name) == 0 && version == CAPTURE_VERSION)
		client->capture = wl_registry_bind(registry, name, &weston_capture_v1_interface, CAPTURE_VERSION);
}

static void on_global_removed(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data;
	(void)registry;
	(void)name;
}

static const struct wl_registry_listener registry_listener = {
	.global = on_global,
	.global_remove = on_global_removed,
};

/* Memory of our own, not of the library under test: what proves it must not depend on it. */
static void make_shot_buffer(struct weston_client *client)
{
	size_t size_bytes = (size_t)client->width * (size_t)client->height * sizeof(uint32_t);
	int file = memfd_create("screenshot", MFD_CLOEXEC);
	struct wl_shm_pool *pool;
	void *pixels;

	if (file < 0 || ftruncate(file, (off_t)size_bytes) != 0)
		end_with("no memory file for the screenshot");
	pixels = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (pixels == MAP_FAILED)
		end_with("no mapping for the screenshot");
	pool = wl_shm_create_pool(client->shm, file, (int32_t)size_bytes);
	client->shot_buffer = wl_shm_pool_create_buffer(pool, 0, client->width, client->height, client->width * 4,
							client->shot_format);
	client->shot_pixels = pixels;
	wl_shm_pool_destroy(pool);
	close(file);
}

static void make_window(struct weston_client *client)
{
	client->surface = wl_compositor_create_surface(client->compositor);
	zwp_fullscreen_shell_v1_present_surface(client->fullscreen_shell, client->surface,
						ZWP_FULLSCREEN_SHELL_V1_PRESENT_METHOD_DEFAULT, client->output);
}

bool weston_client_open_to_look(struct weston_client *client)
{
	memset(client, 0, sizeof(*client));
	client->shot_format = WL_SHM_FORMAT_XRGB8888;
	client->display = wl_display_connect(NULL);
	if (!client->display)
		return false;
	client->registry = wl_display_get_registry(client->display);
	wl_registry_add_listener(client->registry, &registry_listener, client);
	weston_client_roundtrip(client);
	if (!client->screenshooter && !client->capture)
		SKIP("this weston takes pictures in no way that is known here (it is newer than 14)");
	if (!client->compositor || !client->shm || !client->output)
		return false;
	wl_output_add_listener(client->output, &output_listener, client);
	if (client->capture) {
		client->capture_source =
			weston_capture_v1_create(client->capture, client->output, CAPTURE_WHAT_WAS_DRAWN);
		weston_capture_source_v1_add_listener(client->capture_source, &capture_listener, client);
	} else {
		weston_screenshooter_add_listener(client->screenshooter, &screenshooter_listener, client);
	}
	weston_client_roundtrip(client);
	if (client->width <= 0 || client->height <= 0)
		return false;
	make_shot_buffer(client);
	return true;
}

bool weston_client_open(struct weston_client *client)
{
	if (!weston_client_open_to_look(client) || !client->fullscreen_shell)
		return false;
	make_window(client);
	return true;
}

void weston_client_show(struct weston_client *client, struct wl_buffer *buffer)
{
	struct wl_callback *frame = wl_surface_frame(client->surface);

	wl_surface_attach(client->surface, buffer, 0, 0);
	wl_surface_damage(client->surface, 0, 0, client->width, client->height);
	wl_surface_commit(client->surface);
	wait_for_callback(client, frame);
}

void weston_client_take_shot(struct weston_client *client)
{
	client->is_shot = false;
	if (client->capture)
		weston_capture_source_v1_capture(client->capture_source, client->shot_buffer);
	else
		weston_screenshooter_take_shot(client->screenshooter, client->output, client->shot_buffer);
	wait_for(client, &client->is_shot);
}

void weston_client_close(struct weston_client *client)
{
	munmap((void *)client->shot_pixels, (size_t)client->width * (size_t)client->height * sizeof(uint32_t));
	wl_buffer_destroy(client->shot_buffer);
	if (client->surface)
		wl_surface_destroy(client->surface);
	if (client->screenshooter)
		weston_screenshooter_destroy(client->screenshooter);
	if (client->capture) {
		weston_capture_source_v1_destroy(client->capture_source);
		weston_capture_v1_destroy(client->capture);
	}
	if (client->fullscreen_shell)
		zwp_fullscreen_shell_v1_release(client->fullscreen_shell);
	wl_output_destroy(client->output);
	wl_shm_destroy(client->shm);
	wl_compositor_destroy(client->compositor);
	wl_registry_destroy(client->registry);
	wl_display_disconnect(client->display);
}
