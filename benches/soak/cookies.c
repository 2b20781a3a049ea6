/* The older face: buffers by cookies. */
#include <stdlib.h>

#include "shm.h"
#include "soak/face.h"

#define DAMAGE_BYTES 16

static struct group cookies_open(struct wl_shm *shm, unsigned number)
{
	return (struct group){ .shm = shm, .cookie = 100 + number };
}

static void *cookies_get(const struct group *group, int width, int height)
{
	return shm_get_buffer(group->shm, width, height, group->cookie, true, 1);
}

static bool cookies_scroll(const struct group *group, void *buffer, int rows)
{
	return shm_scroll(group->shm, buffer, rows, 0, 0, 0, 0);
}

static uint32_t *cookies_pixels(void *buffer)
{
	return ((struct buffer *)buffer)->mmapped;
}

static struct wl_buffer *cookies_wl_buffer(void *buffer)
{
	return ((struct buffer *)buffer)->wl_buf;
}

static unsigned cookies_age(void *buffer)
{
	return ((struct buffer *)buffer)->age;
}

static void cookies_drawn(void *buffer, unsigned scrolls, int top)
{
	struct buffer *drawn = buffer;

	pixman_region32_union_rect(&drawn->dirty, &drawn->dirty, 0, top, (unsigned)drawn->width,
				   (unsigned)(drawn->height - top));
	if (scrolls > 0) {
		drawn->scroll_damage = malloc((size_t)scrolls * DAMAGE_BYTES);
		drawn->scroll_damage_count = scrolls;
	}
	drawn->age = 0;
}

static void cookies_purge(const struct group *group)
{
	shm_purge(group->shm, group->cookie);
}

static void cookies_fini(void)
{
	shm_fini();
}

const struct face cookies_face = {
	.name = "by cookies", .open = cookies_open, .get = cookies_get, .scroll = cookies_scroll,
	.pixels = cookies_pixels, .wl_buffer = cookies_wl_buffer, .age = cookies_age, .drawn = cookies_drawn,
	.purge = cookies_purge, .close = cookies_purge, .fini = cookies_fini,
};
