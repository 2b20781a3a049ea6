/*
 * A weston of our own: headless, drawing with the CPU, in a private folder, gone when the test is.
 */
#ifndef MILLPOND_WESTON_PROCESS_H
#define MILLPOND_WESTON_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct weston_process {
	char folder[64];      /* private XDG_RUNTIME_DIR, with the log and the socket */
	int lifeline;         /* while this descriptor is open, weston lives */
	pid_t guardian;       /* parent of weston; ends it and removes the folder */
};

/* True if a program `weston` is found in PATH. */
bool weston_is_installed(void);

/*
 * Starts weston with one output of width x height pixels and waits, at most 30 s, until its socket is there; sets
 * XDG_RUNTIME_DIR and WAYLAND_DISPLAY for this process. False, with the log on stderr, if it does not come up.
 * However this process ends afterwards, weston ends too, and the folder goes.
 */
bool weston_start(struct weston_process *weston, int width, int height);

/* The same, for programs with windows (xdg_wm_base). A window stands anywhere; one that is to fill the output does. */
bool weston_start_for_windows(struct weston_process *weston, int width, int height);

/* Ends weston, removes its folder, and waits until that is done. */
void weston_stop(struct weston_process *weston);

#endif
