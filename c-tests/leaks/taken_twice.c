/*
 * A reference is taken twice and given back once: a program marks its buffer as busy when it begins to draw, and again when
 * it shows it, without a look whether it is marked already. Each buffer that the window has outgrown stays for ever.
 *
 * What is to be seen: buffers that are live, neither held nor cached, as many as were taken twice.
 */
#include <stddef.h>

#include "leaks/client.h"
#include "shm.h"

#define FRAMES 200

static void set_busy(struct buffer *buffer)
{
	shm_addref(buffer);
}

static void set_idle(struct buffer *buffer, void *data)
{
	(void)data;
	shm_unref(buffer);
}

/* The window gets another size with each frame, as under a mouse. */
static void draw_and_show(const struct client *client, struct buffer_chain *chain, int frame)
{
	struct buffer *buffer = shm_get_buffer(chain, 64 + frame % 32, 48);

	set_busy(buffer);
	client_fill(buffer->data, buffer->width * buffer->height, (unsigned)frame);
	buffer->age = 0;
	set_busy(buffer);
	client_show(client, buffer->wl_buf);
}

int main(void)
{
	struct client client = client_open();
	struct wayland wayland = { .shm = client.shm };
	struct buffer_chain *chain = shm_chain_new(&wayland, false, 1, SHM_BITS_8, set_idle, NULL);
	int frame = 0;

	/* One more: the last one is the compositor's. */
	draw_and_show(&client, chain, frame++);
	do
		for (int i = 0; i < FRAMES; i++)
			draw_and_show(&client, chain, frame++);
	while (client_is_asked_for_more());
	shm_chain_free(chain);
	shm_fini();
	client_close(&client);
	return 0;
}
