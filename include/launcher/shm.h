/*
 * shm.h: pixel buffers for launchers and notifiers on Wayland. Part of millpond; MIT licence.
 *
 * The names, the layout and the results are those of fnott, and of fuzzel up to 1.10 without cairo.
 *
 * Generated from src/c_api/launcher/{types,functions}.rs: change those files and run `make headers`.
 */
#ifndef MILLPOND_LAUNCHER_SHM_H
#define MILLPOND_LAUNCHER_SHM_H

#include <stdbool.h>
#include <stddef.h>

#include <pixman.h>
#include <wayland-client.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A pixel buffer. Made by shm_get_buffer(); the program never frees it. */
struct buffer {
	/** Width, in pixels. */
	int width;
	/** Height, in rows of pixels. */
	int height;
	/** Length of a row, in bytes. */
	int stride;
	/**
	 * True from shm_get_buffer() until the compositor has released the buffer. A program that has not attached it may
	 * write false: then it is used again.
	 */
	bool busy;
	/** Size of the pixels: stride * height, in bytes. */
	size_t size;
	/** The first pixel of the first row. */
	void *mmapped;
	/** The buffer to attach to a surface. */
	struct wl_buffer *wl_buf;
	/**
	 * An image over the same pixels, in PIXMAN_a8r8g8b8 (on big-endian machines in PIXMAN_b8g8r8a8: the bytes are those
	 * of WL_SHM_FORMAT_ARGB8888).
	 */
	pixman_image_t *pix;
};

/**
 * Returns a buffer of width x height pixels that is not busy.
 *
 * One of this size that the compositor has released is used again; otherwise a new one is made, whose pixels are all
 * zero. Buffers of a size that 64 calls for others have not asked for go when they are released.
 *
 * `width` and `height` are in pixels, at least 1, and at most what the wire can say (4 * width * height <= INT32_MAX).
 *
 * Bad arguments: one line, NULL, errno EINVAL or EOVERFLOW. No memory, descriptors or objects to be had: one line, then
 * abort().
 */
struct buffer *millpond_launcher_get_buffer(struct wl_shm *shm, int width, int height);

/**
 * Destroys all buffers, also those that the compositor still holds, and gives all memory back.
 *
 * Call it before wl_display_disconnect().
 */
void millpond_launcher_fini(void);

/* The names that programs use. */
#define shm_get_buffer millpond_launcher_get_buffer
#define shm_fini millpond_launcher_fini

#ifdef __cplusplus
}
#endif

#endif /* MILLPOND_LAUNCHER_SHM_H */
