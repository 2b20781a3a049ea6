/* A program's older part: it has its buffers by cookies. The two headers do not go together in one file. */
#ifndef MILLPOND_TEST_TWO_FACES_COOKIES_H
#define MILLPOND_TEST_TWO_FACES_COOKIES_H

#include <stdbool.h>
#include <stdint.h>

struct wl_buffer;
struct wl_shm;

/* A buffer of the first face, filled with a colour. */
void *cookies_get(struct wl_shm *shm, int width, int height, uint32_t colour);
struct wl_buffer *cookies_wl_buffer(const void *buffer);
bool cookies_is_all(const void *buffer, uint32_t colour);
bool cookies_can_scroll(const void *buffer);
void cookies_purge(struct wl_shm *shm);
void cookies_fini(void);

#endif
