/*
 * A program that never heard of millpond: libwayland-client, and a memory file for each frame that it never closes.
 *
 * What is to be seen: files of one name and size without number, which the compositor has too.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>

#include "leaks/client.h"

#define FRAMES 70
#define WIDTH 400
#define HEIGHT 300
#define BYTES (WIDTH * HEIGHT * 4)

static void draw_and_show(const struct client *client, int frame)
{
	int file = memfd_create("foreign-pixels", MFD_CLOEXEC);

	if (file < 0 || ftruncate(file, BYTES) < 0)
		client_fail("there is no memory");
	uint32_t *pixels = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	if (pixels == MAP_FAILED)
		client_fail("there is no memory");
	client_fill(pixels, WIDTH * HEIGHT, (unsigned)frame);
	struct wl_shm_pool *pool = wl_shm_create_pool(client->shm, file, BYTES);

	client_show(client, wl_shm_pool_create_buffer(pool, 0, WIDTH, HEIGHT, WIDTH * 4, WL_SHM_FORMAT_XRGB8888));
	wl_shm_pool_destroy(pool);
}

int main(void)
{
	struct client client = client_open();
	int frame = 0;

	do
		for (int i = 0; i < FRAMES; i++)
			draw_and_show(&client, frame++);
	while (client_is_asked_for_more());
	client_close(&client);
	return 0;
}
