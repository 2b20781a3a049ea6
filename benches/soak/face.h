/* What a program does with either face of the buffers. The two headers do not go together in one file. */
#ifndef MILLPOND_SOAK_FACE_H
#define MILLPOND_SOAK_FACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wl_buffer;
struct wl_shm;

/* What one window has its buffers from. */
struct group {
	struct wl_shm *shm;
	unsigned long cookie;              /* of the face of cookies */
	void *chain;                       /* of the face of chains */
};

struct face {
	const char *name;
	struct group (*open)(struct wl_shm *shm, unsigned number);
	void *(*get)(const struct group *group, int width, int height);
	bool (*scroll)(const struct group *group, void *buffer, int rows);
	uint32_t *(*pixels)(void *buffer);
	struct wl_buffer *(*wl_buffer)(void *buffer);
	unsigned (*age)(void *buffer);
	/* The program has scrolled so often, and drawn the rows from `top` on. */
	void (*drawn)(void *buffer, unsigned scrolls, int top);
	/* Gives all buffers back; the group may be used on. */
	void (*purge)(const struct group *group);
	void (*close)(const struct group *group);
	void (*fini)(void);
};

extern const struct face cookies_face, chains_face;

#endif
