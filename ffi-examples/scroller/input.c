#define _GNU_SOURCE
#include "input.h"

#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "view.h"

#define LINES_PER_WHEEL_STEP 3
#define PIXELS_PER_WHEEL_STEP 10
#define BUTTON_LEFT 0x110
#define SEAT_VERSION_MAX 5

/* Linux's evdev codes, which wl_keyboard.key sends on all systems. */
enum key {
	KEY_ESCAPE = 1, KEY_Q = 16, KEY_SPACE = 57, KEY_HOME = 102, KEY_UP = 103, KEY_PAGE_UP = 104, KEY_END = 107,
	KEY_DOWN = 108, KEY_PAGE_DOWN = 109,
};

/* Acts for a key. True if the key repeats while it is held. */
static bool act_on_key(struct input *input, uint32_t key)
{
	switch (key) {
	case KEY_UP: input->act(input->user, ACTION_LINES, -1, 0); return true;
	case KEY_DOWN: input->act(input->user, ACTION_LINES, 1, 0); return true;
	case KEY_PAGE_UP: input->act(input->user, ACTION_PAGES, -1, 0); return true;
	case KEY_SPACE:
	case KEY_PAGE_DOWN: input->act(input->user, ACTION_PAGES, 1, 0); return true;
	case KEY_HOME: input->act(input->user, ACTION_START, 0, 0); return false;
	case KEY_END: input->act(input->user, ACTION_END, 0, 0); return false;
	case KEY_Q:
	case KEY_ESCAPE: input->act(input->user, ACTION_QUIT, 0, 0); return false;
	default: return false;
	}
}

int input_repeat_timeout_ms(const struct input *input)
{
	if (input->held_key == 0)
		return -1;
	int64_t left_ms = input->repeat_at_ms - clock_ms();
	return left_ms > 0 ? (int)left_ms : 0;
}

void input_repeat(struct input *input)
{
	if (input_repeat_timeout_ms(input) != 0)
		return;
	input->repeat_at_ms = clock_ms() + input->repeat_interval_ms;
	act_on_key(input, input->held_key);
}

static void keyboard_keymap(void *data, struct wl_keyboard *keyboard, uint32_t format, int32_t fd, uint32_t size)
{
	(void)data, (void)keyboard, (void)format, (void)size;
	close(fd);
}

static void keyboard_enter(void *data, struct wl_keyboard *keyboard, uint32_t serial, struct wl_surface *surface,
			   struct wl_array *keys)
{
	(void)data, (void)keyboard, (void)serial, (void)surface, (void)keys;
}

static void keyboard_leave(void *data, struct wl_keyboard *keyboard, uint32_t serial, struct wl_surface *surface)
{
	struct input *input = data;
	(void)keyboard, (void)serial, (void)surface;
	input->held_key = 0;
}

static void keyboard_key(void *data, struct wl_keyboard *keyboard, uint32_t serial, uint32_t time_ms, uint32_t key,
			 uint32_t state)
{
	struct input *input = data;
	(void)keyboard, (void)serial, (void)time_ms;
	if (state != WL_KEYBOARD_KEY_STATE_PRESSED) {
		if (key == input->held_key)
			input->held_key = 0;
		return;
	}
	bool repeats = act_on_key(input, key) && input->repeat_interval_ms > 0;
	input->held_key = repeats ? key : 0;
	input->repeat_at_ms = clock_ms() + input->repeat_delay_ms;
}

static void keyboard_modifiers(void *data, struct wl_keyboard *keyboard, uint32_t serial, uint32_t depressed,
			       uint32_t latched, uint32_t locked, uint32_t group)
{
	(void)data, (void)keyboard, (void)serial, (void)depressed, (void)latched, (void)locked, (void)group;
}

static void keyboard_repeat_info(void *data, struct wl_keyboard *keyboard, int32_t rate, int32_t delay)
{
	struct input *input = data;
	(void)keyboard;
	/* rate: per second; 0 for "keys do not repeat" */
	input->repeat_interval_ms = rate <= 0 ? 0 : rate > 1000 ? 1 : 1000 / rate;
	input->repeat_delay_ms = delay;
}

static const struct wl_keyboard_listener keyboard_listener = {
	.keymap = keyboard_keymap,
	.enter = keyboard_enter,
	.leave = keyboard_leave,
	.key = keyboard_key,
	.modifiers = keyboard_modifiers,
	.repeat_info = keyboard_repeat_info,
};

/* A white arrow with a black rim, in a buffer that does not scroll: a second cookie of shm_get_buffer(). */
static void show_cursor(struct input *input, uint32_t serial)
{
	enum { SIDE = 16, ARROW_ROWS = 13 };
	struct buffer *buffer = shm_get_buffer(input->shm, SIDE, SIDE, COOKIE_CURSOR, false, 1);
	if (buffer == NULL || input->cursor == NULL)
		return;
	for (int y = 0; y < SIDE; y++) {
		uint32_t *row = (uint32_t *)(void *)((unsigned char *)buffer->mmapped + y * buffer->stride);
		int length = y < ARROW_ROWS - 4 ? y : 2 * (ARROW_ROWS - 4) - y;
		for (int x = 0; x < SIDE; x++) {
			bool is_inside = y < ARROW_ROWS && x <= length;
			bool is_rim = x == 0 || x == length || y == ARROW_ROWS - 1;
			row[x] = !is_inside ? 0 : is_rim ? 0xff000000 : 0xffffffff;
		}
	}
	buffer->age = 0;
	wl_surface_attach(input->cursor, buffer->wl_buf, 0, 0);
	wl_surface_damage(input->cursor, 0, 0, SIDE, SIDE);
	wl_surface_commit(input->cursor);
	wl_pointer_set_cursor(input->pointer, serial, input->cursor, 0, 0);
}

static void pointer_enter(void *data, struct wl_pointer *pointer, uint32_t serial, struct wl_surface *surface,
			  wl_fixed_t x, wl_fixed_t y)
{
	struct input *input = data;
	(void)pointer, (void)surface, (void)x;
	input->pointer_y = wl_fixed_to_int(y);
	show_cursor(input, serial);
}

static void pointer_leave(void *data, struct wl_pointer *pointer, uint32_t serial, struct wl_surface *surface)
{
	struct input *input = data;
	(void)pointer, (void)serial, (void)surface;
	input->wheel_pixels = 0;
	input->wheel_steps = 0;
}

static void pointer_motion(void *data, struct wl_pointer *pointer, uint32_t time_ms, wl_fixed_t x, wl_fixed_t y)
{
	struct input *input = data;
	(void)pointer, (void)time_ms, (void)x;
	input->pointer_y = wl_fixed_to_int(y);
}

static void pointer_button(void *data, struct wl_pointer *pointer, uint32_t serial, uint32_t time_ms, uint32_t button,
			   uint32_t state)
{
	struct input *input = data;
	(void)pointer, (void)time_ms;
	if (button == BUTTON_LEFT && state == WL_POINTER_BUTTON_STATE_PRESSED && input->pointer_y < input->title_rows)
		input->act(input->user, ACTION_MOVE_WINDOW, 0, serial);
}

/* A wheel sends steps as well as pixels: then the steps count. */
static void pointer_frame(void *data, struct wl_pointer *pointer)
{
	struct input *input = data;
	(void)pointer;
	int lines;
	if (input->wheel_steps != 0) {
		lines = input->wheel_steps * LINES_PER_WHEEL_STEP;
		input->wheel_steps = 0;
		input->wheel_pixels = 0;
	} else {
		lines = (int)(input->wheel_pixels / input->line_rows);
		input->wheel_pixels -= (double)lines * input->line_rows;
	}
	if (lines != 0)
		input->act(input->user, ACTION_LINES, lines, 0);
}

static void pointer_axis(void *data, struct wl_pointer *pointer, uint32_t time_ms, uint32_t axis, wl_fixed_t value)
{
	struct input *input = data;
	(void)time_ms;
	if (axis != WL_POINTER_AXIS_VERTICAL_SCROLL)
		return;
	double pixels = wl_fixed_to_double(value);
	if (wl_pointer_get_version(pointer) >= WL_POINTER_FRAME_SINCE_VERSION) {
		input->wheel_pixels += pixels;
		return;
	}
	/* an old seat does not send steps; ten pixels are one */
	input->wheel_pixels += pixels / PIXELS_PER_WHEEL_STEP * LINES_PER_WHEEL_STEP * input->line_rows;
	pointer_frame(data, pointer);
}

static void pointer_axis_source(void *data, struct wl_pointer *pointer, uint32_t source)
{
	(void)data, (void)pointer, (void)source;
}

static void pointer_axis_stop(void *data, struct wl_pointer *pointer, uint32_t time_ms, uint32_t axis)
{
	struct input *input = data;
	(void)pointer, (void)time_ms, (void)axis;
	input->wheel_pixels = 0;
}

static void pointer_axis_discrete(void *data, struct wl_pointer *pointer, uint32_t axis, int32_t steps)
{
	struct input *input = data;
	(void)pointer;
	if (axis == WL_POINTER_AXIS_VERTICAL_SCROLL)
		input->wheel_steps += steps;
}

static const struct wl_pointer_listener pointer_listener = {
	.enter = pointer_enter,
	.leave = pointer_leave,
	.motion = pointer_motion,
	.button = pointer_button,
	.axis = pointer_axis,
	.frame = pointer_frame,
	.axis_source = pointer_axis_source,
	.axis_stop = pointer_axis_stop,
	.axis_discrete = pointer_axis_discrete,
};

static void drop_pointer(struct input *input)
{
	if (input->pointer == NULL)
		return;
	if (wl_pointer_get_version(input->pointer) >= WL_POINTER_RELEASE_SINCE_VERSION)
		wl_pointer_release(input->pointer);
	else
		wl_pointer_destroy(input->pointer);
	input->pointer = NULL;
}

static void drop_keyboard(struct input *input)
{
	if (input->keyboard == NULL)
		return;
	if (wl_keyboard_get_version(input->keyboard) >= WL_KEYBOARD_RELEASE_SINCE_VERSION)
		wl_keyboard_release(input->keyboard);
	else
		wl_keyboard_destroy(input->keyboard);
	input->keyboard = NULL;
	input->held_key = 0;
}

/* Devices come and go while the program runs. */
static void seat_capabilities(void *data, struct wl_seat *seat, uint32_t capabilities)
{
	struct input *input = data;
	if (!(capabilities & WL_SEAT_CAPABILITY_POINTER)) {
		drop_pointer(input);
	} else if (input->pointer == NULL) {
		input->pointer = wl_seat_get_pointer(seat);
		wl_pointer_add_listener(input->pointer, &pointer_listener, input);
	}
	if (!(capabilities & WL_SEAT_CAPABILITY_KEYBOARD)) {
		drop_keyboard(input);
	} else if (input->keyboard == NULL) {
		input->keyboard = wl_seat_get_keyboard(seat);
		wl_keyboard_add_listener(input->keyboard, &keyboard_listener, input);
	}
}

static void seat_name(void *data, struct wl_seat *seat, const char *name)
{
	(void)data, (void)seat, (void)name;
}

static const struct wl_seat_listener seat_listener = {
	.capabilities = seat_capabilities,
	.name = seat_name,
};

void input_bind_seat(struct input *input, struct wl_registry *registry, uint32_t name, uint32_t version)
{
	if (input->seat != NULL)
		return;
	input->repeat_delay_ms = 400;
	input->repeat_interval_ms = 40;
	input->seat = wl_registry_bind(registry, name, &wl_seat_interface,
				       version < SEAT_VERSION_MAX ? version : SEAT_VERSION_MAX);
	wl_seat_add_listener(input->seat, &seat_listener, input);
}

void input_close(struct input *input)
{
	drop_pointer(input);
	drop_keyboard(input);
	if (input->cursor != NULL)
		wl_surface_destroy(input->cursor);
	if (input->seat != NULL)
		wl_seat_destroy(input->seat);
	input->cursor = NULL;
	input->seat = NULL;
}
