/* A client of the test compositor that uses wl_shm by itself, well or badly: for tests of the compositor. */
#ifndef MILLPOND_TEST_COMPOSITOR_RAW_H
#define MILLPOND_TEST_COMPOSITOR_RAW_H

#include <stdint.h>

#include "compositor/compositor.h"
#include "compositor/window.h"

#define RAW_SIDE 16                          /* pixels */
#define RAW_STRIDE_BYTES (RAW_SIDE * 4)
#define RAW_SIZE_BYTES (RAW_STRIDE_BYTES * RAW_SIDE)
#define RAW_BUFFERS 6

struct raw_buffer {
	struct wl_buffer *buffer;            /* NULL: not made, or destroyed */
	uint32_t *pixels;
	unsigned releases;
	unsigned release_turn;               /* of the last release, among all of this client; 1 is the first */
	unsigned *release_turns;
};

struct raw_client {
	struct compositor *compositor;
	struct window window;
	int file;
	char *memory;                        /* room for RAW_BUFFERS */
	struct wl_shm_pool *pool;            /* has room for one less, until it is resized */
	struct raw_buffer buffers[RAW_BUFFERS];
	unsigned release_turns;
};

/* The client stays where it is: release events know its address. */
void raw_start(struct raw_client *client, const struct compositor_options *options);
void raw_stop(struct raw_client *client);

/* Makes the first RAW_BUFFERS - 1 buffers, one behind the other. */
void raw_add_buffers(struct raw_client *client);
void raw_add_buffer(struct raw_client *client, int index);

#endif
