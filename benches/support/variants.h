/*
 * What is compared: millpond, the original, and what a program does without either. One table of functions each, so
 * that every scenario runs the same lines for all of them, in one process.
 */
#ifndef MILLPOND_BENCH_VARIANTS_H
#define MILLPOND_BENCH_VARIANTS_H

#include <stdbool.h>

#include "shm.h"

enum variant_id {
	OURS,           /* millpond as it comes: exposed rows are zeroed */
	OURS_UNCLEARED, /* millpond after shm_set_clear_exposed(false) */
	ORIGINAL,       /* foot's shm.c, as its release builds compile it */
	PLAIN,          /* memmove in place, and a fresh memory file for each new buffer */
	FLOOR,          /* does not scroll at all: what writing the exposed rows costs */
	VARIANT_COUNT,
};

struct variant {
	const char *name;
	bool is_there;
	struct buffer *(*get_buffer)(struct wl_shm *, int width, int height, unsigned long cookie, bool scrollable,
				     size_t pix_instances);
	void (*fini)(void);
	bool (*scroll)(struct wl_shm *, struct buffer *, int rows, int top_margin, int top_keep_rows, int bottom_margin,
		       int bottom_keep_rows);
	void (*purge)(struct wl_shm *, unsigned long cookie);
	bool (*can_scroll)(const struct buffer *);           /* NULL for PLAIN */
	void (*set_clear_exposed)(bool clear); /* NULL where there is no such choice */
	bool clears_exposed;
	void (*set_log_handler)(shm_log_handler handler, void *user); /* NULL where there is none */
	const char *memory_files;                            /* what their names begin with; NULL where there is no library */
};

/*
 * Loads millpond from the file `library`, and the original from the folder `reference_folder` (NULL: without it).
 * Ends the process with a message when something that was asked for cannot be loaded.
 */
void variants_load(const char *library, const char *reference_folder);

/* One of them; `is_there` is false for the original where none was given. */
const struct variant *variant_get(enum variant_id id);

/* Sets what is global in a library; call it before a variant's turn. */
void variant_select(const struct variant *variant);

#endif
