/*
 * A program in which nothing is wrong: a window whose size changes now and then, with a reference to what it showed last,
 * as foot has it, and pictures that are used once.
 *
 * What is to be seen: few buffers, all of them held or cached.
 */
#include <stddef.h>

#include "leaks/client.h"
#include "shm.h"

#define FRAMES 200

struct window {
	struct client client;
	struct buffer_chain *chain;
	struct buffer *last;
	int frame;
};

static void draw_and_show(struct window *window)
{
	int frame = window->frame++, width = 16, height = 16;
	struct buffer *buffer = shm_get_buffer(window->chain, 64 + frame / 25 % 4, 48), *label = NULL;

	client_fill(buffer->data, buffer->width * buffer->height, (unsigned)frame);
	shm_unref(window->last);
	shm_addref(buffer);
	window->last = buffer;
	buffer->age = 0;
	client_show(&window->client, buffer->wl_buf);
	if (frame % 10 == 0) {
		shm_get_many(window->chain, 1, &width, &height, &label);
		client_fill(label->data, width * height, (unsigned)frame);
		client_show(&window->client, label->wl_buf);
	}
}

int main(void)
{
	struct window window = { .client = client_open() };
	struct wayland wayland = { .shm = window.client.shm };

	window.chain = shm_chain_new(&wayland, true, 1, SHM_BITS_8, NULL, NULL);
	do
		for (int i = 0; i < FRAMES; i++)
			draw_and_show(&window);
	while (client_is_asked_for_more());
	shm_unref(window.last);
	shm_chain_free(window.chain);
	shm_fini();
	client_close(&window.client);
	return 0;
}
