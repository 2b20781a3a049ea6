/*
 * A surface that fills weston's one output, and screenshots of that output.
 *
 * Every wait has a limit; a wait that is over it, and a connection that breaks, ends the process with a message.
 */
#ifndef MILLPOND_WESTON_CLIENT_H
#define MILLPOND_WESTON_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

struct wl_buffer;
struct wl_callback;
struct wl_compositor;
struct wl_display;
struct wl_output;
struct wl_registry;
struct wl_shm;
struct wl_surface;
struct weston_capture_source_v1;
struct weston_capture_v1;
struct weston_screenshooter;
struct zwp_fullscreen_shell_v1;

struct weston_client {
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct wl_output *output;
	struct zwp_fullscreen_shell_v1 *fullscreen_shell;
	struct weston_screenshooter *screenshooter; /* of weston before 12 */
	struct weston_capture_v1 *capture;          /* of newer ones */
	struct weston_capture_source_v1 *capture_source;
	struct wl_surface *surface;
	struct wl_buffer *shot_buffer;
	const uint32_t *shot_pixels;           /* the last screenshot: width x height, rows without a gap */
	uint32_t shot_format;                  /* of wl_shm, with alpha or without */
	int width, height;                     /* of the output, in pixels */
	bool is_shot;
};

/* Connects to $WAYLAND_DISPLAY, makes a surface that fills the output. False if the compositor lacks what is needed. */
bool weston_client_open(struct weston_client *client);

/*
 * Connects to take screenshots alone, of what other programs show. False if the compositor lacks what is needed. Where a
 * weston takes them in another way, the test is skipped.
 */
bool weston_client_open_to_look(struct weston_client *client);

/* Shows a buffer on the whole output and waits until weston has drawn it. */
void weston_client_show(struct weston_client *client, struct wl_buffer *buffer);

/* Reads the screen into shot_pixels. */
void weston_client_take_shot(struct weston_client *client);

/* Sends what is waiting, and handles the events that are there after one round trip. */
void weston_client_roundtrip(struct weston_client *client);

/* Destroys the surface and disconnects; after shm_fini(). */
void weston_client_close(struct weston_client *client);

#endif
