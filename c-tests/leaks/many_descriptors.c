/*
 * One file, many descriptors: a program duplicates the descriptor of its pixels for a helper with each frame, and forgets
 * to close it.
 *
 * What is to be seen: descriptors of one inode, that of the buffer, without number; the buffers themselves are in order.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "leaks/client.h"
#include "shm.h"

#define FRAMES 60
#define COOKIE 0xfd00UL

/* The descriptor of the memory file that pixels are in. */
static int pixel_file(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int found = -1;

	if (directory == NULL)
		client_fail("/proc cannot be read");
	for (struct dirent *entry; found < 0 && (entry = readdir(directory)) != NULL;) {
		char target[64] = "";

		if (readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1) > 0 &&
		    strcmp(target, "/memfd:millpond (deleted)") == 0)
			found = atoi(entry->d_name);
	}
	closedir(directory);
	return found;
}

static void draw_and_show(const struct client *client, int frame)
{
	struct buffer *buffer = shm_get_buffer(client->shm, 400, 300, COOKIE, true, 1);

	client_fill(buffer->mmapped, buffer->width * buffer->height, (unsigned)frame);
	buffer->age = 0;
	client_show(client, buffer->wl_buf);
	if (fcntl(pixel_file(), F_DUPFD_CLOEXEC, 3) < 0)
		client_fail("no descriptor is left");
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
