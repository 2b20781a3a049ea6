/*
 * One buffer is lost with each frame: a program has a new one for each, keeps it for a recorder of the screen, and never
 * says that the recorder has it no more.
 *
 * What is to be seen: buffers that are live, neither held nor cached, one more for each frame; none was taken twice.
 */
#include <stddef.h>

#include "leaks/client.h"
#include "shm.h"

#define FRAMES 100

static void draw_and_show(const struct client *client, struct buffer_chain *chain, int frame)
{
	int width = 64, height = 48;
	struct buffer *buffer = NULL;

	shm_get_many(chain, 1, &width, &height, &buffer);
	client_fill(buffer->data, width * height, (unsigned)frame);
	shm_addref(buffer); /* for the recorder */
	client_show(client, buffer->wl_buf);
}

int main(void)
{
	struct client client = client_open();
	struct wayland wayland = { .shm = client.shm };
	struct buffer_chain *chain = shm_chain_new(&wayland, false, 1, SHM_BITS_8, NULL, NULL);
	int frame = 0;

	do
		for (int i = 0; i < FRAMES; i++)
			draw_and_show(&client, chain, frame++);
	while (client_is_asked_for_more());
	shm_chain_free(chain);
	shm_fini();
	client_close(&client);
	return 0;
}
