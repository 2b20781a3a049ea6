/* The buffers that the client may not touch. */
#include <stdlib.h>
#include <string.h>

#include "compositor/fail.h"
#include "compositor/hold.h"
#include "compositor/watch.h"

/*
 * A compositor that never gives anything back holds thousands of buffers. Then each check looks at the newest ones and at
 * the next few of the others, in turn; a pump in which nothing moves looks at all.
 */
#define NEWEST_CHECKED 64
#define OTHERS_CHECKED 32

static uint64_t hash_pixels(const void *pixels, int width, int height, int stride_bytes)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (int y = 0; y < height; y++) {
		const uint32_t *row = (const void *)((const char *)pixels + (size_t)y * (size_t)stride_bytes);

		for (int x = 0; x < width; x++)
			hash = (hash ^ row[x]) * UINT64_C(0x100000001b3);
	}
	return hash;
}

static void read_frame(struct compositor *compositor, struct wl_shm_buffer *pixels)
{
	struct compositor_frame *frame = &compositor->frame;

	frame->width = wl_shm_buffer_get_width(pixels);
	frame->height = wl_shm_buffer_get_height(pixels);
	frame->stride_bytes = wl_shm_buffer_get_stride(pixels);
	size_t size_bytes = (size_t)frame->stride_bytes * (size_t)frame->height;
	if (size_bytes > compositor->frame_capacity_bytes) {
		free(compositor->frame_pixels);
		compositor->frame_pixels = malloc(size_bytes);
		if (compositor->frame_pixels == NULL)
			compositor_fail("no memory for a frame");
		compositor->frame_capacity_bytes = size_bytes;
	}
	wl_shm_buffer_begin_access(pixels);
	memcpy(compositor->frame_pixels, wl_shm_buffer_get_data(pixels), size_bytes);
	wl_shm_buffer_end_access(pixels);
	frame->pixels = compositor->frame_pixels;
	if (compositor->options.hashes_nothing)
		return;
	frame->hash = hash_pixels(frame->pixels, frame->width, frame->height, frame->stride_bytes);
}

static uint64_t hash_of_held(const struct held *held)
{
	uint64_t hash;

	if (held->buffer != NULL) {
		struct wl_shm_buffer *pixels = wl_shm_buffer_get(held->buffer);

		wl_shm_buffer_begin_access(pixels);
		hash = hash_pixels(wl_shm_buffer_get_data(pixels), held->width, held->height, held->stride_bytes);
		wl_shm_buffer_end_access(pixels);
	} else {
		hash = hash_pixels((const char *)held->pool->memory + held->offset_bytes, held->width, held->height,
				   held->stride_bytes);
	}
	return hash;
}

static void check_one(struct held *held)
{
	uint64_t hash;

	if (held->compositor->options.hashes_nothing || (held->buffer == NULL && held->pool->memory == NULL))
		return;
	hash = hash_of_held(held);
	if (hash != held->hash) {
		held->compositor->counts.held_changed++;
		held->hash = hash; /* one fault is counted once */
	}
}

void hold_check(struct compositor *compositor, bool checks_all)
{
	size_t count = compositor->counts.held;
	size_t first = !checks_all && count > NEWEST_CHECKED ? count - NEWEST_CHECKED : 0;

	for (size_t i = first; i < count; i++)
		check_one(compositor->held[i]);
	for (size_t i = 0; first > 0 && i < OTHERS_CHECKED; i++) {
		compositor->held_cursor = (compositor->held_cursor + 1) % first;
		check_one(compositor->held[compositor->held_cursor]);
	}
}

static size_t index_of(const struct held *held)
{
	const struct compositor *compositor = held->compositor;

	for (size_t i = compositor->counts.held; i > 0; i--)
		if (compositor->held[i - 1] == held)
			return i - 1;
	compositor_fail("a held buffer is not in the list");
}

static void let_go(struct held *held)
{
	struct compositor *compositor = held->compositor;
	size_t index = index_of(held);

	compositor->counts.held--;
	memmove(&compositor->held[index], &compositor->held[index + 1],
		(compositor->counts.held - index) * sizeof(compositor->held[0]));
	if (held->buffer != NULL)
		wl_list_remove(&held->buffer_destroy.link);
	watch_unref_pool(held->pool);
	free(held);
}

static void release(struct held *held)
{
	struct compositor *compositor = held->compositor;
	unsigned times = compositor->options.policy == RELEASE_TWICE ? 2 : 1;

	check_one(held);
	for (; held->buffer != NULL && times > 0; times--) {
		wl_buffer_send_release(held->buffer);
		compositor->counts.releases++;
	}
	let_go(held);
}

/* The client has destroyed a wl_buffer before its release: it may, but the storage must stay as it is. */
static void buffer_destroyed(struct wl_listener *listener, void *data)
{
	struct held *held = wl_container_of(listener, held, buffer_destroy);

	(void)data;
	wl_list_remove(&held->buffer_destroy.link);
	held->buffer = NULL;
}

static struct held *find_held(struct compositor *compositor, struct wl_resource *buffer)
{
	for (size_t i = compositor->counts.held; i > 0; i--)
		if (compositor->held[i - 1]->buffer == buffer)
			return compositor->held[i - 1];
	return NULL;
}

static void append(struct compositor *compositor, struct held *held)
{
	if (compositor->counts.held == compositor->held_capacity) {
		compositor->held_capacity = compositor->held_capacity == 0 ? 64 : compositor->held_capacity * 2;
		compositor->held = realloc(compositor->held, compositor->held_capacity * sizeof(compositor->held[0]));
		if (compositor->held == NULL)
			compositor_fail("no memory for the list of held buffers");
	}
	compositor->held[compositor->counts.held++] = held;
}

static void hold(struct surface *surface, struct wl_resource *buffer)
{
	struct compositor *compositor = surface->compositor;
	struct watched_buffer *watched = watch_find_buffer(compositor, buffer);
	struct held *held = find_held(compositor, buffer);

	if (watched == NULL)
		compositor_fail("a committed buffer was never made");
	if (held != NULL) /* committed again before its release */
		let_go(held);
	held = calloc(1, sizeof(*held));
	if (held == NULL)
		compositor_fail("no memory for a held buffer's record");
	*held = (struct held){
		.compositor = compositor, .surface = surface, .buffer = buffer,
		.client = wl_resource_get_client(buffer), .pool = watched->pool, .offset_bytes = watched->offset_bytes,
		.width = compositor->frame.width, .height = compositor->frame.height,
		.stride_bytes = compositor->frame.stride_bytes, .hash = compositor->frame.hash,
		.commit = surface->commits,
	};
	held->pool->users++;
	held->buffer_destroy.notify = buffer_destroyed;
	wl_resource_add_destroy_listener(buffer, &held->buffer_destroy);
	append(compositor, held);
}

static bool is_due(const struct held *held)
{
	const struct compositor_options *options = &held->compositor->options;
	uint64_t later_commits = held->surface == NULL ? UINT64_MAX : held->surface->commits - held->commit;

	switch (options->policy) {
	case RELEASE_AT_ONCE:
		return true;
	case RELEASE_ON_REPLACE:
	case RELEASE_TWICE:
		return later_commits >= 1;
	case RELEASE_LATE:
		return later_commits >= options->late_commits;
	case RELEASE_OUT_OF_ORDER:
	case RELEASE_NEVER:
	case RELEASE_BY_HAND:
		break;
	}
	return held->surface == NULL && options->policy == RELEASE_OUT_OF_ORDER;
}

static void release_what_is_due(struct compositor *compositor)
{
	for (size_t i = 0; i < compositor->counts.held;) {
		if (is_due(compositor->held[i]))
			release(compositor->held[i]);
		else
			i++;
	}
}

static void release_out_of_order(struct surface *surface)
{
	struct compositor *compositor = surface->compositor;
	unsigned collected = 0;

	for (size_t i = 0; i < compositor->counts.held; i++)
		collected += compositor->held[i]->surface == surface;
	for (size_t i = compositor->counts.held; collected >= 3 && i > 0; i--)
		if (compositor->held[i - 1]->surface == surface)
			release(compositor->held[i - 1]);
}

void hold_commit(struct surface *surface, struct wl_resource *buffer)
{
	struct compositor *compositor = surface->compositor;
	enum release_policy policy = compositor->options.policy;

	surface->commits++;
	if (buffer != NULL) {
		struct wl_shm_buffer *pixels = wl_shm_buffer_get(buffer);

		if (pixels == NULL)
			compositor_fail("a committed buffer is not of wl_shm");
		compositor->counts.commits++;
		read_frame(compositor, pixels);
		hold(surface, buffer);
	}
	if (policy == RELEASE_OUT_OF_ORDER)
		release_out_of_order(surface);
	else if (policy != RELEASE_NEVER && policy != RELEASE_BY_HAND)
		release_what_is_due(compositor);
}

void hold_surface_gone(struct surface *surface)
{
	struct compositor *compositor = surface->compositor;

	for (size_t i = 0; i < compositor->counts.held; i++)
		if (compositor->held[i]->surface == surface)
			compositor->held[i]->surface = NULL;
	release_what_is_due(compositor);
}

void hold_forget_client(struct compositor *compositor, struct wl_client *client)
{
	for (size_t i = compositor->counts.held; i > 0; i--)
		if (compositor->held[i - 1]->client == client)
			let_go(compositor->held[i - 1]);
}

void hold_stop(struct compositor *compositor)
{
	while (compositor->counts.held > 0)
		let_go(compositor->held[compositor->counts.held - 1]);
	free(compositor->held);
	free(compositor->frame_pixels);
}

bool compositor_release_oldest(struct compositor *compositor)
{
	for (size_t i = 0; i < compositor->counts.held; i++) {
		if (compositor->held[i]->buffer != NULL) {
			release(compositor->held[i]);
			return true;
		}
	}
	return false;
}

bool compositor_release_newest(struct compositor *compositor)
{
	for (size_t i = compositor->counts.held; i > 0; i--) {
		if (compositor->held[i - 1]->buffer != NULL) {
			release(compositor->held[i - 1]);
			return true;
		}
	}
	return false;
}

bool compositor_release_all(struct compositor *compositor)
{
	bool is_any = compositor->counts.held > 0;

	while (compositor->counts.held > 0)
		release(compositor->held[0]);
	return is_any;
}

bool compositor_release(struct compositor *compositor, uint32_t buffer_id)
{
	for (size_t i = 0; compositor->first != NULL && i < compositor->counts.held; i++) {
		struct held *held = compositor->held[i];

		if (held->buffer != NULL && held->client == compositor->first->server_half &&
		    wl_resource_get_id(held->buffer) == buffer_id) {
			release(held);
			return true;
		}
	}
	return false;
}
