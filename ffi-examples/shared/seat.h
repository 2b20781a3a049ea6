/*
 * A seat: what a person does with a wheel, a keyboard and a pointer. Works, and does nothing, on a compositor without
 * one. Keys come as evdev codes, by their place on the keyboard.
 */
#ifndef EXAMPLE_SEAT_H
#define EXAMPLE_SEAT_H

#include <stdbool.h>
#include <stdint.h>

#include <wayland-client.h>

/* The buffer of the pointer's picture; a program's own cookies are others. */
enum { COOKIE_CURSOR = 2 };

/* Linux's codes, which wl_pointer.button sends on all systems. */
enum { SEAT_BUTTON_LEFT = 0x110, SEAT_BUTTON_MIDDLE = 0x112 };

/* What a program wants to be told; NULL where it does not. */
struct seat_events {
	void (*wheel)(void *user, int lines);    /* > 0: down */
	void (*motion)(void *user);
	void (*button)(void *user, uint32_t button, bool is_pressed, uint32_t serial);
	bool (*key)(void *user, uint32_t key);   /* pressed, or still held; true if it repeats while it is held */
	void (*keymap)(void *user, int32_t fd, uint32_t size_bytes); /* the file is closed by the seat */
	void (*modifiers)(void *user, uint32_t depressed, uint32_t latched, uint32_t locked, uint32_t group);
};

struct seat {
	/* Set by the program before seat_bind(). */
	const struct seat_events *events;
	void *user;
	int line_rows;                /* how far a touchpad scrolls one line, in rows of pixels */

	struct wl_seat *seat;         /* NULL: there is none */
	struct wl_pointer *pointer;
	struct wl_keyboard *keyboard;
	struct wl_shm *shm;
	struct wl_surface *cursor;
	uint32_t serial;              /* of the last press of a key or button */

	int pointer_x, pointer_y;
	double wheel_pixels;          /* what a touchpad has scrolled and was not acted on yet */
	int wheel_steps;              /* what a wheel has scrolled in this wl_pointer.frame */
	uint32_t held_key;            /* 0: none that repeats */
	int64_t repeat_at_ms;
	int repeat_delay_ms, repeat_interval_ms;
};

/* Binds the seat with this name, unless there is one already. */
void seat_bind(struct seat *seat, struct wl_registry *registry, uint32_t name, uint32_t version);

/* Gives the seat a picture of the pointer, when the window is open. */
void seat_prepare_cursor(struct seat *seat, struct wl_compositor *compositor, struct wl_shm *shm);

/* How long to wait for events: `limit_ms`, or less if a key is held that repeats before. */
int seat_wait_limit_ms(const struct seat *seat, int limit_ms);

/* Acts for a key that is held down. */
void seat_repeat_key(struct seat *seat);

void seat_close(struct seat *seat);

#endif
