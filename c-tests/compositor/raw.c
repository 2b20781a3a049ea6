/* A client that uses wl_shm by itself. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "compositor/raw.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>

#include "support/runner.h"

static void count_release(void *user, struct wl_buffer *wl_buffer)
{
	struct raw_buffer *buffer = user;

	CHECK(buffer->buffer == wl_buffer);
	buffer->releases++;
	buffer->release_turn = ++*buffer->release_turns;
}

static const struct wl_buffer_listener raw_events = { .release = count_release };

void raw_add_buffer(struct raw_client *client, int index)
{
	struct raw_buffer *buffer = &client->buffers[index];

	buffer->pixels = (void *)(client->memory + index * RAW_SIZE_BYTES);
	buffer->release_turns = &client->release_turns;
	buffer->buffer = wl_shm_pool_create_buffer(client->pool, index * RAW_SIZE_BYTES, RAW_SIDE, RAW_SIDE,
						   RAW_STRIDE_BYTES, WL_SHM_FORMAT_ARGB8888);
	wl_buffer_add_listener(buffer->buffer, &raw_events, buffer);
}

void raw_add_buffers(struct raw_client *client)
{
	for (int i = 0; i < RAW_BUFFERS - 1; i++)
		raw_add_buffer(client, i);
}

void raw_start(struct raw_client *client, const struct compositor_options *options)
{
	memset(client, 0, sizeof(*client));
	client->compositor = compositor_start(options);
	client->window = window_open(client->compositor);
	client->file = memfd_create("raw", MFD_CLOEXEC);
	CHECK(client->file >= 0 && ftruncate(client->file, RAW_BUFFERS * RAW_SIZE_BYTES) == 0);
	client->memory = mmap(NULL, RAW_BUFFERS * RAW_SIZE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, client->file, 0);
	CHECK(client->memory != MAP_FAILED);
	client->pool = wl_shm_create_pool(compositor_shm(client->compositor), client->file,
					  (RAW_BUFFERS - 1) * RAW_SIZE_BYTES);
}

void raw_stop(struct raw_client *client)
{
	for (int i = 0; i < RAW_BUFFERS; i++)
		if (client->buffers[i].buffer != NULL)
			wl_buffer_destroy(client->buffers[i].buffer);
	if (client->pool != NULL)
		wl_shm_pool_destroy(client->pool);
	munmap(client->memory, RAW_BUFFERS * RAW_SIZE_BYTES);
	close(client->file);
	window_close(&client->window);
	compositor_stop(client->compositor);
}
