/*
 * A program with a window, in a process of its own: what the programs that leak have in common.
 *
 * Each says "ready PID" when it has done what it is about, and waits for a line on its standard input: then it does that
 * once more, and is ready again. At the end of the input it ends.
 */
#ifndef MILLPOND_LEAKS_CLIENT_H
#define MILLPOND_LEAKS_CLIENT_H

#include <stdbool.h>

struct wl_buffer;
struct wl_compositor;
struct wl_display;
struct wl_registry;
struct wl_shm;
struct wl_surface;

struct client {
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct wl_surface *surface;
};

/* Connects to $WAYLAND_SOCKET or $WAYLAND_DISPLAY. Ends the program if there is no compositor. */
struct client client_open(void);
void client_close(struct client *client);

/* Attaches, damages all, commits, and handles what the compositor sends. */
void client_show(const struct client *client, struct wl_buffer *buffer);

/* Handles what the compositor sends. */
void client_look(const struct client *client);

/* Says that it is ready, and waits. False at the end of the input. */
bool client_is_asked_for_more(void);

/* Fills so many pixels. */
void client_fill(void *pixels, int count, unsigned colour);

/* Ends the program. */
void client_fail(const char *reason) __attribute__((noreturn));

#endif
