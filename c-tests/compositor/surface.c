/* wl_compositor, wl_surface and wl_region: takes buffers, accepts the rest. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdlib.h>
#include <time.h>

#include "compositor/fail.h"
#include "compositor/hold.h"
#include "compositor/rules.h"
#include "compositor/shell.h"
#include "compositor/surface.h"

#define COMPOSITOR_VERSION 4

static void destroy_resource(struct wl_client *client, struct wl_resource *resource)
{
	(void)client;
	wl_resource_destroy(resource);
}

static void region_accept(struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y, int32_t width,
			  int32_t height)
{
	(void)client, (void)resource, (void)x, (void)y, (void)width, (void)height;
}

static const struct wl_region_interface region_requests = {
	.destroy = destroy_resource,
	.add = region_accept,
	.subtract = region_accept,
};

static void attached_destroyed(struct wl_listener *listener, void *data)
{
	struct surface *surface = wl_container_of(listener, surface, attached_destroy);

	(void)data;
	wl_list_remove(&surface->attached_destroy.link);
	surface->attached = NULL;
	surface->has_lost_attached = true;
}

static void set_attached(struct surface *surface, struct wl_resource *buffer)
{
	if (surface->attached != NULL)
		wl_list_remove(&surface->attached_destroy.link);
	surface->attached = buffer;
	surface->has_lost_attached = false;
	if (buffer != NULL) {
		surface->attached_destroy.notify = attached_destroyed;
		wl_resource_add_destroy_listener(buffer, &surface->attached_destroy);
	}
}

static void surface_attach(struct wl_client *client, struct wl_resource *resource, struct wl_resource *buffer, int32_t x,
			   int32_t y)
{
	struct surface *surface = wl_resource_get_user_data(resource);

	(void)client, (void)x, (void)y;
	set_attached(surface, buffer);
	surface->has_attach = true;
}

static void surface_damage(struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y, int32_t width,
			   int32_t height)
{
	(void)client, (void)resource, (void)x, (void)y, (void)width, (void)height;
}

static void forget_callback(struct wl_resource *callback)
{
	wl_list_remove(wl_resource_get_link(callback));
}

static void surface_frame(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct surface *surface = wl_resource_get_user_data(resource);
	struct wl_resource *callback = wl_resource_create(client, &wl_callback_interface, 1, id);

	if (callback == NULL) {
		wl_client_post_no_memory(client);
		return;
	}
	wl_resource_set_implementation(callback, NULL, NULL, forget_callback);
	wl_list_insert(surface->pending_callbacks.prev, wl_resource_get_link(callback));
}

static void surface_set_region(struct wl_client *client, struct wl_resource *resource, struct wl_resource *region)
{
	(void)client, (void)resource, (void)region;
}

static void surface_set_number(struct wl_client *client, struct wl_resource *resource, int32_t number)
{
	(void)client, (void)resource, (void)number;
}

static void surface_commit(struct wl_client *client, struct wl_resource *resource)
{
	struct surface *surface = wl_resource_get_user_data(resource);

	(void)client;
	if (surface->compositor->is_dying)
		return;
	if (surface->has_lost_attached)
		rules_broken(surface->compositor, "a commit of a buffer that was destroyed after it was attached");
	wl_list_insert_list(surface->frame_callbacks.prev, &surface->pending_callbacks);
	wl_list_init(&surface->pending_callbacks);
	shell_surface_committed(surface);
	if (surface->has_attach)
		hold_commit(surface, surface->attached);
	set_attached(surface, NULL);
	surface->has_attach = false;
}

static const struct wl_surface_interface surface_requests = {
	.destroy = destroy_resource,
	.attach = surface_attach,
	.damage = surface_damage,
	.frame = surface_frame,
	.set_opaque_region = surface_set_region,
	.set_input_region = surface_set_region,
	.commit = surface_commit,
	.set_buffer_transform = surface_set_number,
	.set_buffer_scale = surface_set_number,
	.damage_buffer = surface_damage,
};

static void orphan_callbacks(struct wl_list *callbacks)
{
	struct wl_resource *callback, *next;

	wl_resource_for_each_safe(callback, next, callbacks) {
		wl_list_remove(wl_resource_get_link(callback));
		wl_list_init(wl_resource_get_link(callback));
	}
}

static void surface_destroyed(struct wl_resource *resource)
{
	struct surface *surface = wl_resource_get_user_data(resource);

	set_attached(surface, NULL);
	orphan_callbacks(&surface->frame_callbacks);
	orphan_callbacks(&surface->pending_callbacks);
	shell_surface_gone(surface);
	hold_surface_gone(surface);
	wl_list_remove(&surface->link);
	free(surface);
}

static void create_surface(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct compositor *compositor = wl_resource_get_user_data(resource);
	struct surface *surface = calloc(1, sizeof(*surface));

	if (surface == NULL)
		compositor_fail("no memory for a surface");
	surface->compositor = compositor;
	wl_list_init(&surface->frame_callbacks);
	wl_list_init(&surface->pending_callbacks);
	wl_list_insert(&compositor->surfaces, &surface->link);
	surface->resource = wl_resource_create(client, &wl_surface_interface, wl_resource_get_version(resource), id);
	if (surface->resource == NULL)
		compositor_fail("no memory for a wl_surface");
	wl_resource_set_implementation(surface->resource, &surface_requests, surface, surface_destroyed);
}

static void create_region(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct wl_resource *region = wl_resource_create(client, &wl_region_interface, 1, id);

	(void)resource;
	if (region == NULL)
		wl_client_post_no_memory(client);
	else
		wl_resource_set_implementation(region, &region_requests, NULL, NULL);
}

static const struct wl_compositor_interface compositor_requests = {
	.create_surface = create_surface,
	.create_region = create_region,
};

static void bind_compositor(struct wl_client *client, void *user, uint32_t version, uint32_t id)
{
	struct wl_resource *resource = wl_resource_create(client, &wl_compositor_interface, (int)version, id);

	if (resource == NULL)
		wl_client_post_no_memory(client);
	else
		wl_resource_set_implementation(resource, &compositor_requests, user, NULL);
}

void surface_start(struct compositor *compositor)
{
	wl_list_init(&compositor->surfaces);
	if (wl_global_create(compositor->server, &wl_compositor_interface, COMPOSITOR_VERSION, compositor,
			     bind_compositor) == NULL)
		compositor_fail("cannot offer wl_compositor");
}

void surface_send_frame_callbacks(struct compositor *compositor)
{
	struct timespec now;
	struct surface *surface;

	if (compositor->options.sends_no_frame_callbacks)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	uint32_t now_ms = (uint32_t)((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
	wl_list_for_each(surface, &compositor->surfaces, link) {
		struct wl_resource *callback, *next;

		wl_resource_for_each_safe(callback, next, &surface->frame_callbacks) {
			wl_callback_send_done(callback, now_ms);
			wl_resource_destroy(callback);
		}
	}
}
