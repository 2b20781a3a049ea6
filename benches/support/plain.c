#include "support/plain.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shm.h"
#include "support/report.h"

#define PIXEL_BYTES 4

struct plain_buffer {
	struct buffer buffer;         /* first: the program sees a pointer to it */
	struct wl_shm *shm;
	struct plain_buffer *next;
};

static struct plain_buffer *all;

static void handle_release(void *data, struct wl_buffer *wl_buffer)
{
	struct buffer *buffer = data;

	(void)wl_buffer;
	buffer->busy = false;
}

static const struct wl_buffer_listener listener = { .release = handle_release };

static void destroy(struct plain_buffer *plain)
{
	struct buffer *buffer = &plain->buffer;

	for (size_t i = 0; i < buffer->pix_instances; i++)
		pixman_image_unref(buffer->pix[i]);
	free(buffer->pix);
	wl_buffer_destroy(buffer->wl_buf);
	wl_shm_pool_destroy(buffer->pool);
	munmap(buffer->mmapped, buffer->size);
	close(buffer->fd);
	pixman_region32_fini(&buffer->dirty);
	free(plain);
}

/* Destroys the buffers of a cookie, or of all (cookie 0): those marked so, or every one. */
static void destroy_some(unsigned long cookie, bool only_marked)
{
	struct plain_buffer **link = &all;

	while (*link) {
		struct plain_buffer *plain = *link;
		bool is_meant = (cookie == 0 || plain->buffer.cookie == cookie) &&
				(!only_marked || (plain->buffer.purge && !plain->buffer.busy));

		if (is_meant) {
			*link = plain->next;
			destroy(plain);
		} else {
			link = &plain->next;
		}
	}
}

static void map_file(struct buffer *buffer)
{
	buffer->fd = memfd_create("plain", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (buffer->fd < 0 || ftruncate(buffer->fd, (off_t)buffer->size) != 0)
		give_up("no memory file of %zu bytes", buffer->size);
	buffer->mmap_size = buffer->size;
	buffer->mmapped = mmap(NULL, buffer->size, PROT_READ | PROT_WRITE, MAP_SHARED, buffer->fd, 0);
	if (buffer->mmapped == MAP_FAILED)
		give_up("%zu bytes cannot be mapped", buffer->size);
}

static struct buffer *make(struct wl_shm *shm, int width, int height, unsigned long cookie, size_t pix_instances)
{
	struct plain_buffer *plain = calloc(1, sizeof(*plain));
	struct buffer *buffer = &plain->buffer;

	if (!plain)
		give_up("out of memory");
	plain->shm = shm;
	plain->next = all;
	all = plain;
	buffer->cookie = cookie;
	buffer->width = width;
	buffer->height = height;
	buffer->stride = width * PIXEL_BYTES;
	buffer->size = (size_t)buffer->stride * (size_t)height;
	buffer->busy = true;
	pixman_region32_init(&buffer->dirty);
	map_file(buffer);
	buffer->pool = wl_shm_create_pool(shm, buffer->fd, (int32_t)buffer->size);
	buffer->wl_buf = wl_shm_pool_create_buffer(buffer->pool, 0, width, height, buffer->stride,
						   WL_SHM_FORMAT_ARGB8888);
	wl_buffer_add_listener(buffer->wl_buf, &listener, buffer);
	buffer->pix_instances = pix_instances;
	buffer->pix = calloc(pix_instances, sizeof(pixman_image_t *));
	if (!buffer->pix)
		give_up("out of memory");
	for (size_t i = 0; i < pix_instances; i++)
		buffer->pix[i] = pixman_image_create_bits_no_clear(PIXMAN_a8r8g8b8, width, height, buffer->mmapped,
								   buffer->stride);
	return buffer;
}

struct buffer *plain_get_buffer(struct wl_shm *shm, int width, int height, unsigned long cookie, bool scrollable,
				size_t pix_instances)
{
	struct buffer *found = NULL;

	(void)scrollable;
	destroy_some(cookie, true);
	for (struct plain_buffer *plain = all; plain; plain = plain->next) {
		struct buffer *buffer = &plain->buffer;

		if (plain->shm != shm || buffer->cookie != cookie || buffer->busy)
			continue;
		if (buffer->width == width && buffer->height == height && !found)
			found = buffer;
		else
			buffer->purge = true;
	}
	if (!found)
		return make(shm, width, height, cookie, pix_instances);
	found->busy = true;
	found->purge = false;
	return found;
}

void plain_fini(void)
{
	destroy_some(0, false);
}

void plain_purge(struct wl_shm *shm, unsigned long cookie)
{
	(void)shm;
	destroy_some(cookie, false);
}

bool plain_scroll(struct wl_shm *shm, struct buffer *buffer, int rows, int top_margin, int top_keep_rows,
		  int bottom_margin, int bottom_keep_rows)
{
	int top = top_margin + top_keep_rows, bottom = buffer->height - bottom_margin - bottom_keep_rows;
	int distance = rows > 0 ? rows : -rows;
	size_t stride = (size_t)buffer->stride;
	char *low = (char *)buffer->mmapped + (size_t)top * stride;
	char *high = low + (size_t)distance * stride;
	size_t moved_bytes = (size_t)(bottom - top - distance) * stride;

	(void)shm;
	if (rows > 0)
		memmove(low, high, moved_bytes);
	else
		memmove(high, low, moved_bytes);
	return true;
}
