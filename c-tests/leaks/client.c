/* A program with a window. */
#include "leaks/client.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wayland-client.h>

void client_fail(const char *reason)
{
	fprintf(stderr, "%s\n", reason);
	exit(EXIT_FAILURE);
}

static void bind_global(void *user, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
	struct client *client = user;

	(void)version;
	if (strcmp(interface, wl_compositor_interface.name) == 0)
		client->compositor = wl_registry_bind(registry, name, &wl_compositor_interface, 4);
	else if (strcmp(interface, wl_shm_interface.name) == 0)
		client->shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
}

static void lose_global(void *user, struct wl_registry *registry, uint32_t name)
{
	(void)user, (void)registry, (void)name;
}

static const struct wl_registry_listener registry_events = {
	.global = bind_global,
	.global_remove = lose_global,
};

struct client client_open(void)
{
	struct client client = { .display = wl_display_connect(NULL) };

	if (client.display == NULL)
		client_fail("there is no compositor");
	client.registry = wl_display_get_registry(client.display);
	wl_registry_add_listener(client.registry, &registry_events, &client);
	client_look(&client);
	if (client.compositor == NULL || client.shm == NULL)
		client_fail("the compositor has no wl_shm");
	client.surface = wl_compositor_create_surface(client.compositor);
	return client;
}

void client_close(struct client *client)
{
	wl_surface_destroy(client->surface);
	wl_shm_destroy(client->shm);
	wl_compositor_destroy(client->compositor);
	wl_registry_destroy(client->registry);
	wl_display_disconnect(client->display);
}

void client_show(const struct client *client, struct wl_buffer *buffer)
{
	wl_surface_attach(client->surface, buffer, 0, 0);
	wl_surface_damage_buffer(client->surface, 0, 0, INT_MAX, INT_MAX);
	wl_surface_commit(client->surface);
	client_look(client);
}

void client_look(const struct client *client)
{
	/* What is sent in answer to the first one comes before the second has its answer. */
	for (int i = 0; i < 2; i++)
		if (wl_display_roundtrip(client->display) < 0)
			client_fail("the connection has broken");
}

bool client_is_asked_for_more(void)
{
	char line[16];

	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	return fgets(line, sizeof(line), stdin) != NULL;
}

void client_fill(void *pixels, int count, unsigned colour)
{
	for (int i = 0; i < count; i++)
		((uint32_t *)pixels)[i] = colour;
}
