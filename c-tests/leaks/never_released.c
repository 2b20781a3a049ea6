/*
 * A compositor that gives nothing back: with each frame the program needs a buffer more. Under a compositor that does give
 * them back it needs one or two.
 *
 * What is to be seen: buffers that are held, all but the newest for longer than any frame takes.
 */
#include <stddef.h>

#include "leaks/client.h"
#include "shm.h"

#define FRAMES 20
#define COOKIE 0x7ea4UL

static void draw_and_show(const struct client *client, int frame)
{
	struct buffer *buffer = shm_get_buffer(client->shm, 64, 48, COOKIE, false, 1);

	client_fill(buffer->mmapped, buffer->width * buffer->height, (unsigned)frame);
	buffer->age = 0;
	client_show(client, buffer->wl_buf);
}

int main(void)
{
	struct client client = client_open();
	int frame = 0;

	do
		for (int i = 0; i < FRAMES; i++)
			draw_and_show(&client, frame++);
	while (client_is_asked_for_more());
	shm_fini();
	client_close(&client);
	return 0;
}
