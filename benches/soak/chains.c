/* The newer face: buffers in chains. */
#include "shm.h"
#include "soak/face.h"

static struct group chains_open(struct wl_shm *shm, unsigned number)
{
	(void)number;
	return (struct group){ .shm = shm, .chain = shm_chain_new(shm, true, 1) };
}

static void *chains_get(const struct group *group, int width, int height)
{
	return shm_get_buffer(group->chain, width, height);
}

static bool chains_scroll(const struct group *group, void *buffer, int rows)
{
	(void)group;
	return shm_scroll(buffer, rows, 0, 0, 0, 0);
}

static uint32_t *chains_pixels(void *buffer)
{
	return ((struct buffer *)buffer)->data;
}

static struct wl_buffer *chains_wl_buffer(void *buffer)
{
	return ((struct buffer *)buffer)->wl_buf;
}

static unsigned chains_age(void *buffer)
{
	return ((struct buffer *)buffer)->age;
}

static void chains_drawn(void *buffer, unsigned scrolls, int top)
{
	struct buffer *drawn = buffer;

	(void)scrolls;
	pixman_region32_union_rect(&drawn->dirty[0], &drawn->dirty[0], 0, top, (unsigned)drawn->width,
				   (unsigned)(drawn->height - top));
	drawn->age = 0;
}

static void chains_purge(const struct group *group)
{
	shm_purge(group->chain);
}

static void chains_close(const struct group *group)
{
	shm_chain_free(group->chain);
}

static void chains_fini(void)
{
	shm_fini();
}

const struct face chains_face = {
	.name = "in chains", .open = chains_open, .get = chains_get, .scroll = chains_scroll, .pixels = chains_pixels,
	.wl_buffer = chains_wl_buffer, .age = chains_age, .drawn = chains_drawn, .purge = chains_purge,
	.close = chains_close, .fini = chains_fini,
};
