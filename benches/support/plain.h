/*
 * What a program does that has no library for its buffers, behind the same functions: a memory file, a mapping and a
 * wl_buffer for each new size, and scrolling by memmove in place. Exposed rows keep what stood there.
 */
#ifndef MILLPOND_BENCH_PLAIN_H
#define MILLPOND_BENCH_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;
struct wl_shm;

struct buffer *plain_get_buffer(struct wl_shm *shm, int width, int height, unsigned long cookie, bool scrollable,
				size_t pix_instances);
void plain_fini(void);
bool plain_scroll(struct wl_shm *shm, struct buffer *buffer, int rows, int top_margin, int top_keep_rows,
		  int bottom_margin, int bottom_keep_rows);
void plain_purge(struct wl_shm *shm, unsigned long cookie);

#endif
