/*
 * The six functions that millpond and the original have in common, of one of the two.
 */
#ifndef MILLPOND_PARITY_LIBRARY_H
#define MILLPOND_PARITY_LIBRARY_H

#include "shm.h"

struct library {
	const char *name;
	bool is_original;
	struct buffer *(*get_buffer)(struct wl_shm *shm, int width, int height, unsigned long cookie, bool scrollable,
				     size_t pix_instances);
	bool (*can_scroll)(const struct buffer *buffer);
	bool (*scroll)(struct wl_shm *shm, struct buffer *buffer, int rows, int top_margin, int top_keep_rows,
		       int bottom_margin, int bottom_keep_rows);
	void (*purge)(struct wl_shm *shm, unsigned long cookie);
	void (*set_max_pool_size)(off_t max_pool_size);
	void (*fini)(void);
};

const struct library *library_under_test(void);

/*
 * The original, from libshm_ref.so in the folder that the environment variable MILLPOND_REFERENCE names; NULL if the
 * variable is not set. Fails the test if it is set and the library cannot be used.
 */
const struct library *library_original(void);

#endif
