/* wl_output and xdg_wm_base: one output, windows of the size that the client likes. */
#include <stddef.h>

#include "compositor/fail.h"
#include "compositor/shell.h"
#include "xdg-shell-server-protocol.h"

#define OUTPUT_VERSION 3
#define SHELL_VERSION 1
#define OUTPUT_WIDTH 1920
#define OUTPUT_HEIGHT 1080

static void destroy_resource(struct wl_client *client, struct wl_resource *resource)
{
	(void)client;
	wl_resource_destroy(resource);
}

static struct wl_resource *make_resource(struct wl_client *client, const struct wl_interface *interface, int version,
					 uint32_t id)
{
	struct wl_resource *resource = wl_resource_create(client, interface, version, id);

	if (resource == NULL)
		wl_client_post_no_memory(client);
	return resource;
}

static const struct wl_output_interface output_requests = {
	.release = destroy_resource,
};

static void bind_output(struct wl_client *client, void *user, uint32_t version, uint32_t id)
{
	struct wl_resource *output = make_resource(client, &wl_output_interface, (int)version, id);

	(void)user;
	if (output == NULL)
		return;
	wl_resource_set_implementation(output, &output_requests, NULL, NULL);
	wl_output_send_geometry(output, 0, 0, 530, 300, WL_OUTPUT_SUBPIXEL_UNKNOWN, "millpond", "test",
				WL_OUTPUT_TRANSFORM_NORMAL);
	wl_output_send_mode(output, WL_OUTPUT_MODE_CURRENT | WL_OUTPUT_MODE_PREFERRED, OUTPUT_WIDTH, OUTPUT_HEIGHT,
			    60000);
	if (version >= WL_OUTPUT_SCALE_SINCE_VERSION)
		wl_output_send_scale(output, 1);
	if (version >= WL_OUTPUT_DONE_SINCE_VERSION)
		wl_output_send_done(output);
}

static void accept_object(struct wl_client *client, struct wl_resource *resource, struct wl_resource *object)
{
	(void)client, (void)resource, (void)object;
}

static void accept_text(struct wl_client *client, struct wl_resource *resource, const char *text)
{
	(void)client, (void)resource, (void)text;
}

static void accept_nothing(struct wl_client *client, struct wl_resource *resource)
{
	(void)client, (void)resource;
}

static void accept_number(struct wl_client *client, struct wl_resource *resource, uint32_t number)
{
	(void)client, (void)resource, (void)number;
}

static void accept_pair(struct wl_client *client, struct wl_resource *resource, int32_t first, int32_t second)
{
	(void)client, (void)resource, (void)first, (void)second;
}

static void accept_rectangle(struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y, int32_t width,
			     int32_t height)
{
	(void)client, (void)resource, (void)x, (void)y, (void)width, (void)height;
}

static void accept_menu(struct wl_client *client, struct wl_resource *resource, struct wl_resource *seat, uint32_t serial,
			int32_t x, int32_t y)
{
	(void)client, (void)resource, (void)seat, (void)serial, (void)x, (void)y;
}

static void accept_move(struct wl_client *client, struct wl_resource *resource, struct wl_resource *seat, uint32_t serial)
{
	(void)client, (void)resource, (void)seat, (void)serial;
}

static void accept_resize(struct wl_client *client, struct wl_resource *resource, struct wl_resource *seat,
			  uint32_t serial, uint32_t edges)
{
	(void)client, (void)resource, (void)seat, (void)serial, (void)edges;
}

static const struct xdg_toplevel_interface toplevel_requests = {
	.destroy = destroy_resource,
	.set_parent = accept_object,
	.set_title = accept_text,
	.set_app_id = accept_text,
	.show_window_menu = accept_menu,
	.move = accept_move,
	.resize = accept_resize,
	.set_max_size = accept_pair,
	.set_min_size = accept_pair,
	.set_maximized = accept_nothing,
	.unset_maximized = accept_nothing,
	.set_fullscreen = accept_object,
	.unset_fullscreen = accept_nothing,
	.set_minimized = accept_nothing,
};

static void toplevel_destroyed(struct wl_resource *toplevel)
{
	struct surface *surface = wl_resource_get_user_data(toplevel);

	if (surface != NULL)
		surface->toplevel = NULL;
}

static void get_toplevel(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct surface *surface = wl_resource_get_user_data(resource);
	struct wl_resource *toplevel =
		make_resource(client, &xdg_toplevel_interface, wl_resource_get_version(resource), id);

	if (toplevel == NULL)
		return;
	wl_resource_set_implementation(toplevel, &toplevel_requests, surface, toplevel_destroyed);
	if (surface != NULL) {
		surface->toplevel = toplevel;
		surface->is_configured = false;
	}
}

static void get_popup(struct wl_client *client, struct wl_resource *resource, uint32_t id, struct wl_resource *parent,
		      struct wl_resource *positioner)
{
	(void)client, (void)id, (void)parent, (void)positioner;
	wl_resource_post_error(resource, XDG_WM_BASE_ERROR_INVALID_POPUP_PARENT, "this compositor has no popups");
}

static const struct xdg_surface_interface shell_surface_requests = {
	.destroy = destroy_resource,
	.get_toplevel = get_toplevel,
	.get_popup = get_popup,
	.set_window_geometry = accept_rectangle,
	.ack_configure = accept_number,
};

static void shell_surface_destroyed(struct wl_resource *shell_surface)
{
	struct surface *surface = wl_resource_get_user_data(shell_surface);

	if (surface != NULL)
		surface->shell_surface = NULL;
}

static void get_shell_surface(struct wl_client *client, struct wl_resource *resource, uint32_t id,
			      struct wl_resource *surface_resource)
{
	struct surface *surface = wl_resource_get_user_data(surface_resource);
	struct wl_resource *shell_surface =
		make_resource(client, &xdg_surface_interface, wl_resource_get_version(resource), id);

	if (shell_surface == NULL)
		return;
	if (surface->shell_surface != NULL) {
		wl_resource_post_error(resource, XDG_WM_BASE_ERROR_ROLE, "this surface has an xdg_surface already");
		return;
	}
	wl_resource_set_implementation(shell_surface, &shell_surface_requests, surface, shell_surface_destroyed);
	surface->shell_surface = shell_surface;
}

static const struct xdg_positioner_interface positioner_requests = {
	.destroy = destroy_resource,
	.set_size = accept_pair,
	.set_anchor_rect = accept_rectangle,
	.set_anchor = accept_number,
	.set_gravity = accept_number,
	.set_constraint_adjustment = accept_number,
	.set_offset = accept_pair,
};

static void create_positioner(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct wl_resource *positioner =
		make_resource(client, &xdg_positioner_interface, wl_resource_get_version(resource), id);

	if (positioner != NULL)
		wl_resource_set_implementation(positioner, &positioner_requests, NULL, NULL);
}

static const struct xdg_wm_base_interface shell_requests = {
	.destroy = destroy_resource,
	.create_positioner = create_positioner,
	.get_xdg_surface = get_shell_surface,
	.pong = accept_number,
};

static void bind_shell(struct wl_client *client, void *user, uint32_t version, uint32_t id)
{
	struct wl_resource *shell = make_resource(client, &xdg_wm_base_interface, (int)version, id);

	if (shell != NULL)
		wl_resource_set_implementation(shell, &shell_requests, user, NULL);
}

/* A window is configured once, after its first commit: with no size, so that the client chooses. */
void shell_surface_committed(struct surface *surface)
{
	struct wl_array states;

	if (surface->toplevel == NULL || surface->shell_surface == NULL || surface->is_configured)
		return;
	surface->is_configured = true;
	wl_array_init(&states);
	uint32_t *state = wl_array_add(&states, sizeof(*state));
	if (state == NULL)
		compositor_fail("no memory for a window's state");
	*state = XDG_TOPLEVEL_STATE_ACTIVATED;
	xdg_toplevel_send_configure(surface->toplevel, 0, 0, &states);
	xdg_surface_send_configure(surface->shell_surface, ++surface->compositor->serial);
	wl_array_release(&states);
}

void shell_surface_gone(struct surface *surface)
{
	if (surface->toplevel != NULL)
		wl_resource_set_user_data(surface->toplevel, NULL);
	if (surface->shell_surface != NULL)
		wl_resource_set_user_data(surface->shell_surface, NULL);
}

void shell_start(struct compositor *compositor)
{
	if (wl_global_create(compositor->server, &wl_output_interface, OUTPUT_VERSION, compositor, bind_output) == NULL ||
	    wl_global_create(compositor->server, &xdg_wm_base_interface, SHELL_VERSION, compositor, bind_shell) == NULL)
		compositor_fail("cannot offer wl_output and xdg_wm_base");
}
