/* What a program has in its wayland.h that chain/shm.h of foot 1.21 and later needs. */
#ifndef MILLPOND_TEST_PROGRAM_WAYLAND_H
#define MILLPOND_TEST_PROGRAM_WAYLAND_H

#include <stdbool.h>

struct wl_shm;

struct wayland {
	struct wl_shm *shm;
	bool shm_have_argb2101010;
	bool shm_have_abgr2101010;
	bool shm_have_abgr161616;
#if MILLPOND_FOOT_VERSION < 12600
	bool shm_have_xrgb2101010;
	bool shm_have_xbgr2101010;
	bool shm_have_xbgr161616;
#endif
};

#endif
