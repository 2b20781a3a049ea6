/* Sees every request before libwayland handles it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "compositor/fail.h"
#include "compositor/rules.h"
#include "compositor/watch.h"

static struct watched_pool *find_pool(struct compositor *compositor, struct wl_resource *resource)
{
	struct wl_client *client = wl_resource_get_client(resource);
	uint32_t id = wl_resource_get_id(resource);
	struct watched_pool *pool;

	wl_list_for_each(pool, &compositor->pools, link)
		if (pool->client == client && pool->id == id)
			return pool;
	return NULL;
}

struct watched_buffer *watch_find_buffer(struct compositor *compositor, struct wl_resource *resource)
{
	struct wl_client *client = wl_resource_get_client(resource);
	uint32_t id = wl_resource_get_id(resource);
	struct watched_buffer *buffer;

	wl_list_for_each(buffer, &compositor->buffers, link)
		if (buffer->client == client && buffer->id == id)
			return buffer;
	return NULL;
}

void watch_unref_pool(struct watched_pool *pool)
{
	if (--pool->users > 0)
		return;
	pool->compositor->counts.pool_bytes -= pool->size_bytes;
	if (pool->memory != NULL && !pool->compositor->options.keeps_memory)
		munmap(pool->memory, pool->size_bytes);
	wl_list_remove(&pool->link);
	free(pool);
}

static void pool_made(struct compositor *compositor, struct wl_client *client, const union wl_argument *arguments)
{
	struct watched_pool *pool = calloc(1, sizeof(*pool));

	rules_check_pool(compositor, arguments[1].h, arguments[2].i);
	if (pool == NULL)
		compositor_fail("no memory for a pool's record");
	pool->compositor = compositor;
	pool->client = client;
	pool->id = arguments[0].n;
	pool->users = 1;
	if (arguments[2].i > 0) {
		pool->size_bytes = (size_t)arguments[2].i;
		pool->memory = mmap(NULL, pool->size_bytes, PROT_READ, MAP_SHARED, arguments[1].h, 0);
		if (pool->memory == MAP_FAILED)
			pool->memory = NULL;
	}
	wl_list_insert(&compositor->pools, &pool->link);
	compositor->counts.pool_bytes += pool->size_bytes;
	compositor->counts.pools_made++;
	compositor->counts.pools_live++;
}

static void pool_destroyed(struct compositor *compositor, struct wl_resource *resource)
{
	struct watched_pool *pool = find_pool(compositor, resource);

	compositor->counts.pools_live--;
	if (pool == NULL)
		rules_broken(compositor, "a pool is destroyed that is not there");
	if (pool != NULL) {
		pool->id = 0;
		watch_unref_pool(pool);
	}
}

static void pool_resized(struct compositor *compositor, struct wl_resource *resource, int32_t size_bytes)
{
	struct watched_pool *pool = find_pool(compositor, resource);

	compositor->counts.pool_resizes++;
	if (pool != NULL)
		rules_check_growth(compositor, pool, size_bytes);
	if (!compositor->options.allows_growing)
		wl_resource_post_error(resource, WL_SHM_ERROR_INVALID_FD, "this compositor refuses pools that grow");
	if (pool == NULL || pool->memory == NULL || size_bytes <= 0 || (size_t)size_bytes <= pool->size_bytes)
		return;
	void *memory = mremap(pool->memory, pool->size_bytes, (size_t)size_bytes, MREMAP_MAYMOVE);
	if (memory == MAP_FAILED)
		compositor_fail("a grown pool cannot be mapped");
	compositor->counts.pool_bytes += (size_t)size_bytes - pool->size_bytes;
	pool->memory = memory;
	pool->size_bytes = (size_t)size_bytes;
}

static void buffer_made(struct compositor *compositor, struct wl_resource *resource, const union wl_argument *arguments)
{
	struct watched_pool *pool = find_pool(compositor, resource);
	struct watched_buffer *buffer = calloc(1, sizeof(*buffer));

	if (buffer == NULL)
		compositor_fail("no memory for a buffer's record");
	if (pool == NULL)
		compositor_fail("a buffer from a pool that was never made");
	buffer->client = wl_resource_get_client(resource);
	buffer->id = arguments[0].n;
	buffer->offset_bytes = arguments[1].i;
	buffer->pool = pool;
	compositor->last_request = (struct compositor_request){
		arguments[1].i, arguments[2].i, arguments[3].i, arguments[4].i, arguments[5].u,
	};
	rules_check_buffer(compositor, pool, &compositor->last_request);
	pool->users++;
	wl_list_insert(&compositor->buffers, &buffer->link);
	compositor->counts.buffers_made++;
	compositor->counts.buffers_live++;
}

static void forget_buffer(struct watched_buffer *buffer)
{
	watch_unref_pool(buffer->pool);
	wl_list_remove(&buffer->link);
	free(buffer);
}

static void end_buffer(struct compositor *compositor, struct wl_resource *resource)
{
	struct watched_buffer *buffer = watch_find_buffer(compositor, resource);

	compositor->counts.buffers_live--;
	if (buffer == NULL)
		rules_broken(compositor, "a buffer is destroyed that is not there");
	else
		forget_buffer(buffer);
}

/*
 * Ends the connection at the request at hand. libwayland goes on to handle this one request, but nothing of that can
 * reach the client any more; an error that is posted here makes it stop there.
 */
static void die_here(struct compositor *compositor, struct wl_resource *resource)
{
	compositor->is_dying = true;
	shutdown(wl_client_get_fd(wl_resource_get_client(resource)), SHUT_RDWR);
	wl_resource_post_no_memory(resource);
}

static void watch_request(struct compositor *compositor, const struct wl_protocol_logger_message *message)
{
	struct wl_resource *resource = message->resource;
	const char *interface = wl_resource_get_class(resource);
	const char *name = message->message->name;

	compositor->counts.requests++;
	if (compositor->options.dies_at_message != 0 &&
	    compositor->counts.requests == compositor->options.dies_at_message)
		die_here(compositor, resource);
	if (compositor->options.errs_at_message != 0 &&
	    compositor->counts.requests == compositor->options.errs_at_message)
		wl_resource_post_error(resource, WL_DISPLAY_ERROR_IMPLEMENTATION, "this compositor errs");
	if (strcmp(interface, "wl_shm") == 0 && strcmp(name, "create_pool") == 0) {
		pool_made(compositor, wl_resource_get_client(resource), message->arguments);
		if (compositor->options.refuses_pools)
			wl_resource_post_error(resource, WL_SHM_ERROR_INVALID_FD, "this compositor refuses pools");
	} else if (strcmp(interface, "wl_shm_pool") == 0) {
		if (strcmp(name, "create_buffer") == 0) {
			buffer_made(compositor, resource, message->arguments);
			if (compositor->options.refuses_formats)
				wl_resource_post_error(resource, WL_SHM_ERROR_INVALID_FORMAT,
						       "this compositor refuses all formats");
		}
		else if (strcmp(name, "resize") == 0)
			pool_resized(compositor, resource, message->arguments[0].i);
		else if (strcmp(name, "destroy") == 0)
			pool_destroyed(compositor, resource);
	} else if (strcmp(interface, "wl_buffer") == 0 && strcmp(name, "destroy") == 0) {
		end_buffer(compositor, resource);
	}
}

static void watch_event(struct compositor *compositor, const struct wl_protocol_logger_message *message)
{
	const char *interface = wl_resource_get_class(message->resource);

	if (compositor->is_dying || strcmp(interface, "wl_display") != 0 || strcmp(message->message->name, "error") != 0)
		return;
	snprintf(compositor->protocol_error, sizeof(compositor->protocol_error), "%s", message->arguments[2].s);
}

static void watch(void *user, enum wl_protocol_logger_type type, const struct wl_protocol_logger_message *message)
{
	struct compositor *compositor = user;

	if (type == WL_PROTOCOL_LOGGER_EVENT)
		watch_event(compositor, message);
	else if (compositor->is_armed)
		watch_request(compositor, message);
}

void watch_start(struct compositor *compositor)
{
	wl_list_init(&compositor->pools);
	wl_list_init(&compositor->buffers);
	compositor->logger = wl_display_add_protocol_logger(compositor->server, watch, compositor);
	if (compositor->logger == NULL)
		compositor_fail("cannot watch the protocol");
}

void watch_forget_client(struct compositor *compositor, struct wl_client *client)
{
	struct watched_buffer *buffer, *next_buffer;
	struct watched_pool *pool, *next_pool;

	wl_list_for_each_safe(buffer, next_buffer, &compositor->buffers, link)
		if (buffer->client == client)
			forget_buffer(buffer);
	wl_list_for_each_safe(pool, next_pool, &compositor->pools, link) {
		if (pool->client == client && pool->id != 0) {
			pool->id = 0;
			watch_unref_pool(pool);
		}
	}
}
