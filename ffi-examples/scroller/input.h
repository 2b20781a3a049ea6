/*
 * What a person does with a wheel, a keyboard and a pointer. Keys are taken by their place on the keyboard (evdev
 * codes), which needs no keyboard layout. Works, and does nothing, on a compositor without a seat.
 */
#ifndef SCROLLER_INPUT_H
#define SCROLLER_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include <wayland-client.h>

enum action { ACTION_LINES, ACTION_PAGES, ACTION_START, ACTION_END, ACTION_QUIT, ACTION_MOVE_WINDOW };

struct input {
	struct wl_seat *seat;
	struct wl_pointer *pointer;
	struct wl_keyboard *keyboard;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct wl_surface *cursor;

	/* Called for each action; `amount` is for lines and pages (> 0: down), `serial` for moving the window. */
	void (*act)(void *user, enum action action, int amount, uint32_t serial);
	void *user;
	int title_rows;               /* a press on the window above this row moves it */
	int line_rows;

	int pointer_y;
	double wheel_pixels;          /* what a touchpad has scrolled and was not acted on yet */
	int wheel_steps;              /* what a wheel has scrolled in this wl_pointer.frame */
	uint32_t held_key;            /* 0: none that repeats */
	int64_t repeat_at_ms;
	int repeat_delay_ms, repeat_interval_ms;
};

/* Binds the seat with this name, unless there is one already. */
void input_bind_seat(struct input *input, struct wl_registry *registry, uint32_t name, uint32_t version);

/* Milliseconds until input_repeat() has to be called; -1 if no key is held. */
int input_repeat_timeout_ms(const struct input *input);

/* Acts for a key that is held down. */
void input_repeat(struct input *input);

void input_close(struct input *input);

#endif
