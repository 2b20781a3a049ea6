/* One of the headers, as a program uses it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "face.h"

#include <stdlib.h>

#if FACE_VERSION == 10400
#define HAS_CHAINS 0
#else
#define HAS_CHAINS 1
#define MILLPOND_FOOT_VERSION FACE_VERSION
#endif

#if HAS_CHAINS
#include "chain/shm.h"
#else
#include "shm.h"
#endif

#define HAS_SCROLL_DAMAGE (FACE_VERSION < 11400)
#define HAS_REGIONS (FACE_VERSION >= 11600)
#define IMAGES 1
#define SCROLL_RECORD_BYTES 16

static struct wl_shm *shm_in_use;

static pixman_region32_t *region_of(const struct buffer *buffer)
{
#if HAS_REGIONS
	return &buffer->dirty[0];
#else
	return (pixman_region32_t *)&buffer->dirty;
#endif
}

static struct seen look(const struct buffer *buffer)
{
	struct seen seen = { .width = buffer->width, .height = buffer->height, .stride = buffer->stride,
			     .age = buffer->age, .wl_buffer = buffer->wl_buf };

#if HAS_CHAINS
	seen.data = buffer->data;
#else
	seen.data = buffer->mmapped;
#endif
	seen.is_recorded = pixman_region32_not_empty(region_of(buffer));
#if HAS_SCROLL_DAMAGE
	seen.is_recorded |= buffer->scroll_damage != NULL || buffer->scroll_damage_count != 0;
#endif
	return seen;
}

static void record(struct buffer *buffer, int x, int y, int width, int height)
{
	pixman_region32_t *region = region_of(buffer);

	pixman_region32_union_rect(region, region, x, y, (unsigned)width, (unsigned)height);
}

static void end_frame(struct buffer *buffer, unsigned scrolls)
{
	buffer->age = 0;
#if HAS_SCROLL_DAMAGE
	free(buffer->scroll_damage);
	buffer->scroll_damage = scrolls > 0 ? calloc(scrolls, SCROLL_RECORD_BYTES) : NULL;
	buffer->scroll_damage_count = scrolls;
#else
	(void)scrolls;
#endif
}

static bool can_scroll(const struct buffer *buffer)
{
	return shm_can_scroll(buffer);
}

#if HAS_CHAINS

static struct buffer_chain *chains[FACE_WINDOWS];

static void start(struct wl_shm *shm, long pool_bytes)
{
	shm_in_use = shm;
	shm_set_max_pool_size(pool_bytes);
	for (unsigned window = 0; window < FACE_WINDOWS; window++)
		chains[window] = shm_chain_new(shm, window + 1 < FACE_WINDOWS, IMAGES);
}

static void finish(void)
{
	for (unsigned window = 0; window < FACE_WINDOWS; window++)
		shm_chain_free(chains[window]);
	shm_fini();
}

static struct buffer *get(unsigned window, int width, int height)
{
	return shm_get_buffer(chains[window], width, height);
}

static void get_many(unsigned window, const int *sides, struct buffer **buffers)
{
	int widths[FACE_MANY], heights[FACE_MANY];

	for (unsigned i = 0; i < FACE_MANY; i++)
		widths[i] = heights[i] = sides[i];
	shm_get_many(chains[window], FACE_MANY, widths, heights, buffers);
}

static bool scroll(struct buffer *buffer, int rows, const int *numbers)
{
	return shm_scroll(buffer, rows, numbers[0], numbers[1], numbers[2], numbers[3]);
}

static void purge(unsigned window)
{
	shm_purge(chains[window]);
}

static void did_not_use(struct buffer *buffer)
{
	shm_did_not_use_buf(buffer);
}

static void add_reference(struct buffer *buffer)
{
	shm_addref(buffer);
}

static void drop_reference(struct buffer *buffer)
{
	shm_unref(buffer);
}

#else

static void ignore_message(int level, const char *message, void *user)
{
	(void)level, (void)message, (void)user;
}

static void start(struct wl_shm *shm, long pool_bytes)
{
	shm_in_use = shm;
	shm_set_max_pool_size(pool_bytes);
	shm_set_log_handler(ignore_message, NULL);
}

static void finish(void)
{
	shm_fini();
}

static struct buffer *get(unsigned window, int width, int height)
{
	return shm_get_buffer(shm_in_use, width, height, window, window + 1 < FACE_WINDOWS, IMAGES);
}

static void get_many(unsigned window, const int *sides, struct buffer **buffers)
{
	(void)window, (void)sides, (void)buffers;
	abort();
}

static bool scroll(struct buffer *buffer, int rows, const int *numbers)
{
	return shm_scroll(shm_in_use, buffer, rows, numbers[0], numbers[1], numbers[2], numbers[3]);
}

static void purge(unsigned window)
{
	shm_purge(shm_in_use, window);
}

/* There are none, and nobody asks for them. */
static void did_not_use(struct buffer *buffer)
{
	(void)buffer;
	abort();
}

static void add_reference(struct buffer *buffer)
{
	did_not_use(buffer);
}

static void drop_reference(struct buffer *buffer)
{
	did_not_use(buffer);
}

#endif

static void set_pool_bytes(long pool_bytes)
{
	shm_set_max_pool_size(pool_bytes);
}

const struct face FACE = {
	.has_references = HAS_CHAINS, .knows_single_frames = HAS_CHAINS,
	.start = start, .finish = finish, .set_pool_bytes = set_pool_bytes, .get = get, .get_many = get_many,
	.look = look, .can_scroll = can_scroll, .scroll = scroll, .record = record, .end_frame = end_frame,
	.purge = purge, .did_not_use = did_not_use, .add_reference = add_reference, .drop_reference = drop_reference,
};
