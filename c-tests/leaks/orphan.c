/*
 * A window comes and goes, and the program gives back all that it had; a compositor that forgets to unmap keeps the memory.
 *
 * What is to be seen: the program has no memory file, and the compositor has some that nobody else has.
 */
#include <stddef.h>

#include "leaks/client.h"
#include "shm.h"

#define WINDOWS 5
#define FRAMES 3
#define COOKIE 0x0e0aUL

static void open_and_close_window(const struct client *client, int window)
{
	for (int frame = 0; frame < FRAMES; frame++) {
		struct buffer *buffer = shm_get_buffer(client->shm, 400, 300, COOKIE, false, 1);

		client_fill(buffer->mmapped, buffer->width * buffer->height, (unsigned)(window * FRAMES + frame));
		buffer->age = 0;
		client_show(client, buffer->wl_buf);
	}
	shm_purge(client->shm, COOKIE);
	shm_forget(client->shm);
	client_look(client);
}

int main(void)
{
	struct client client = client_open();
	int window = 0;

	do
		for (int i = 0; i < WINDOWS; i++)
			open_and_close_window(&client, window++);
	while (client_is_asked_for_more());
	shm_fini();
	client_close(&client);
	return 0;
}
