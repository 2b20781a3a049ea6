/* A program with a window on the test compositor that uses shm.h: what the tests of the library have in common. */
#ifndef MILLPOND_TEST_COMPOSITOR_SESSION_H
#define MILLPOND_TEST_COMPOSITOR_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compositor/compositor.h"
#include "compositor/window.h"
#include "shm.h"

/* What the library's images are: the bytes B, G, R, A on every machine. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define PIXEL_FORMAT PIXMAN_b8g8r8a8
#else
#define PIXEL_FORMAT PIXMAN_a8r8g8b8
#endif

struct session {
	struct compositor *compositor;
	struct window window;
	struct wl_shm *shm;
};

struct session session_start(enum release_policy policy);
struct session session_start_with(const struct compositor_options *options);

/*
 * Finishes the library, and everything else. Fails the test if a held buffer was changed, if the compositor had to send
 * a protocol error, or if the library has left pools or buffers on a connection that is alive.
 */
void session_stop(struct session *session);

/* A buffer with one image; fails the test if there is none, or if it is not what was asked for. */
struct buffer *session_get(const struct session *session, int width, int height, unsigned long cookie,
			   bool is_scrollable);

/* Shows the buffer as drawn: age 0, commit, pump. */
void session_show(const struct session *session, struct buffer *buffer);

/* Gets a buffer, fills it with one colour, shows it. */
struct buffer *session_frame(const struct session *session, int width, int height, unsigned long cookie,
			     bool is_scrollable, uint32_t colour);

uint32_t *buffer_row(const struct buffer *buffer, int row);
void buffer_fill(struct buffer *buffer, uint32_t colour);
bool buffer_is_all(const struct buffer *buffer, uint32_t colour);

/* Pages that the buffer's view lies in, as a whole or in part. */
size_t buffer_view_pages(const struct buffer *buffer);

/* Pages of the buffer's memory, its view among them, that are resident. */
size_t buffer_resident_pages(const struct buffer *buffer);

/* The bytes that the library's memory files take: those whose descriptors this process has open. */
size_t memory_file_bytes(void);

/* What the library says, while caught. */
struct messages {
	unsigned errors, warnings, others;
	char last[512];                   /* the last error or warning */
};

void messages_catch(struct messages *messages);
void messages_stop(void);

#endif
