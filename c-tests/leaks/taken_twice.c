/*
 * A reference is taken twice and given back once: a program marks its buffer as busy when it begins to draw, and again when
 * it shows it, without a look whether it is marked already. Each buffer that the window has outgrown stays for ever. With the
 * argument "repaired" it looks.
 *
 * What is to be seen: buffers that are live, neither held nor cached, as many as were taken twice.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "leaks/client.h"
#include "shm.h"

#define FRAMES 200

struct window {
	struct client client;
	struct buffer_chain *chain;
	bool is_repaired;
	struct buffer *busy;
	int frame;
};

static void set_busy(struct window *window, struct buffer *buffer)
{
	if (window->is_repaired && window->busy == buffer)
		return;
	window->busy = buffer;
	shm_addref(buffer);
}

static void set_idle(struct buffer *buffer, void *data)
{
	struct window *window = data;

	if (window->busy == buffer)
		window->busy = NULL;
	shm_unref(buffer);
}

/* The window gets another size with each frame, as under a mouse. */
static void draw_and_show(struct window *window)
{
	int frame = window->frame++;
	struct buffer *buffer = shm_get_buffer(window->chain, 64 + frame % 32, 48);

	set_busy(window, buffer);
	client_fill(buffer->data, buffer->width * buffer->height, (unsigned)frame);
	buffer->age = 0;
	set_busy(window, buffer);
	client_show(&window->client, buffer->wl_buf);
}

int main(int count, char **arguments)
{
	struct window window = {
		.client = client_open(),
		.is_repaired = count > 1 && strcmp(arguments[1], "repaired") == 0,
	};
	struct wayland wayland = { .shm = window.client.shm };

	window.chain = shm_chain_new(&wayland, false, 1, SHM_BITS_8, set_idle, &window);
	/* One more: the last one is the compositor's. */
	draw_and_show(&window);
	do
		for (int i = 0; i < FRAMES; i++)
			draw_and_show(&window);
	while (client_is_asked_for_more());
	shm_chain_free(window.chain);
	shm_fini();
	client_close(&window.client);
	return 0;
}
