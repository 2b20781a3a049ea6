/*
 * What a program does with buffers, whichever header it uses: face.c is compiled once for each.
 *
 * FACE is the name of the struct that a compilation defines; FACE_VERSION the foot whose header it is, 10400 for that with
 * cookies. face.rs has these declarations once more.
 */
#ifndef MILLPOND_FUZZ_FACE_H
#define MILLPOND_FUZZ_FACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;
struct wl_buffer;
struct wl_shm;

#define FACE_WINDOWS 3                    /* the last one does not scroll */
#define FACE_MANY 4

struct seen {
	int width, height, stride;
	unsigned age;
	void *data;
	struct wl_buffer *wl_buffer;
	int is_recorded;                  /* something stands in a region, or scrolls are recorded */
};

struct face {
	int has_references;               /* chains of buffers */
	int knows_single_frames;          /* ages are numbers of frames */
	void (*start)(struct wl_shm *shm, long pool_bytes);
	void (*finish)(void);             /* may be started again */
	void (*set_pool_bytes)(long pool_bytes);
	struct buffer *(*get)(unsigned window, int width, int height);
	void (*get_many)(unsigned window, const int *sides, struct buffer **buffers); /* FACE_MANY squares */
	struct seen (*look)(const struct buffer *buffer);
	bool (*can_scroll)(const struct buffer *buffer);
	bool (*scroll)(struct buffer *buffer, int rows, const int *margins_and_kept);
	void (*record)(struct buffer *buffer, int x, int y, int width, int height);
	void (*end_frame)(struct buffer *buffer, unsigned scrolls); /* as drawn */
	void (*purge)(unsigned window);
	void (*did_not_use)(struct buffer *buffer);
	void (*add_reference)(struct buffer *buffer);
	void (*drop_reference)(struct buffer *buffer);
};

#endif
