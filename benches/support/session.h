/*
 * One client of one compositor, drawing with one variant. Several live side by side in this process, each with a
 * compositor process of its own.
 */
#ifndef MILLPOND_BENCH_SESSION_H
#define MILLPOND_BENCH_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "support/server.h"
#include "support/variants.h"

/* Each buffer has so many images: a program with two worker threads. */
#define IMAGES 3

struct session {
	const struct variant *variant;
	struct server server;
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct wl_surface *surface;
	unsigned long cookie;         /* differs from session to session: the original knows no displays */
	int painted;                  /* changes with each painting, so that no picture equals the last one */
};

/* Starts a compositor and connects to it. Ends the process with a message when that fails. */
void session_open(struct session *session, const struct variant *variant);

/* Connects over a socket that is already there: `connection` as for wl_display_connect_to_fd(), or -1: $WAYLAND_DISPLAY. */
void session_connect(struct session *session, const struct variant *variant, int connection);

/* Destroys the variant's buffers, all of them, disconnects, and ends the compositor if session_open() started it. */
void session_close(struct session *session);

/* A buffer that scrolls. */
struct buffer *session_get(struct session *session, int width, int height);

/* Writes rows of a buffer, all pixels alike. */
void session_paint(struct session *session, struct buffer *buffer, int top, int rows);

/* Hands a buffer to the compositor, with damage, without waiting. */
void session_commit(struct session *session, struct buffer *buffer, int top, int rows);

/* Waits until the compositor has given it back. */
void session_await_release(struct session *session, const struct buffer *buffer);

/* Sends what is waiting and handles what comes; one wait at the most, and not for ever. */
void session_dispatch(struct session *session);

void session_roundtrip(struct session *session);

/* A first picture: got, painted, committed, given back. */
void session_show_first(struct session *session, int width, int height);

#endif
