/* The older part of a program with both faces. */
#include "chain/two_faces/cookies.h"

#include "shm.h"
#include "support/runner.h"

#define COOKIE 77

void *cookies_get(struct wl_shm *shm, int width, int height, uint32_t colour)
{
	struct buffer *buffer = shm_get_buffer(shm, width, height, COOKIE, true, 1);

	CHECK(buffer != NULL && buffer->cookie == COOKIE);
	for (int i = 0; i < width * height; i++)
		((uint32_t *)buffer->mmapped)[i] = colour;
	return buffer;
}

struct wl_buffer *cookies_wl_buffer(const void *buffer)
{
	return ((const struct buffer *)buffer)->wl_buf;
}

bool cookies_is_all(const void *buffer, uint32_t colour)
{
	const struct buffer *public = buffer;

	for (int i = 0; i < public->width * public->height; i++)
		if (((const uint32_t *)public->mmapped)[i] != colour)
			return false;
	return true;
}

bool cookies_can_scroll(const void *buffer)
{
	return shm_can_scroll(buffer);
}

void cookies_purge(struct wl_shm *shm)
{
	shm_purge(shm, COOKIE);
}

void cookies_fini(void)
{
	shm_fini();
}
