#define _GNU_SOURCE
#include "seat.h"

#include <unistd.h>

#include "clock.h"
#include "shm.h"

#define LINES_PER_WHEEL_STEP 3
#define PIXELS_PER_WHEEL_STEP 10
#define SEAT_VERSION_MAX 5

int seat_wait_limit_ms(const struct seat *seat, int limit_ms)
{
	if (seat->held_key == 0)
		return limit_ms;
	int64_t left_ms = seat->repeat_at_ms - clock_ms();
	return left_ms <= 0 ? 0 : left_ms < limit_ms ? (int)left_ms : limit_ms;
}

void seat_repeat_key(struct seat *seat)
{
	if (seat->held_key == 0 || seat->repeat_at_ms > clock_ms())
		return;
	seat->repeat_at_ms = clock_ms() + seat->repeat_interval_ms;
	seat->events->key(seat->user, seat->held_key);
}

static void keyboard_keymap(void *data, struct wl_keyboard *keyboard, uint32_t format, int32_t fd, uint32_t size)
{
	struct seat *seat = data;
	(void)keyboard;
	if (format == WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1 && seat->events->keymap != NULL)
		seat->events->keymap(seat->user, fd, size);
	close(fd);
}

static void keyboard_enter(void *data, struct wl_keyboard *keyboard, uint32_t serial, struct wl_surface *surface,
			   struct wl_array *keys)
{
	(void)data, (void)keyboard, (void)serial, (void)surface, (void)keys;
}

static void keyboard_leave(void *data, struct wl_keyboard *keyboard, uint32_t serial, struct wl_surface *surface)
{
	struct seat *seat = data;
	(void)keyboard, (void)serial, (void)surface;
	seat->held_key = 0;
}

static void keyboard_key(void *data, struct wl_keyboard *keyboard, uint32_t serial, uint32_t time_ms, uint32_t key,
			 uint32_t state)
{
	struct seat *seat = data;
	(void)keyboard, (void)time_ms;
	if (state != WL_KEYBOARD_KEY_STATE_PRESSED) {
		if (key == seat->held_key)
			seat->held_key = 0;
		return;
	}
	seat->serial = serial;
	bool repeats = seat->events->key != NULL && seat->events->key(seat->user, key) && seat->repeat_interval_ms > 0;
	seat->held_key = repeats ? key : 0;
	seat->repeat_at_ms = clock_ms() + seat->repeat_delay_ms;
}

static void keyboard_modifiers(void *data, struct wl_keyboard *keyboard, uint32_t serial, uint32_t depressed,
			       uint32_t latched, uint32_t locked, uint32_t group)
{
	struct seat *seat = data;
	(void)keyboard, (void)serial;
	if (seat->events->modifiers != NULL)
		seat->events->modifiers(seat->user, depressed, latched, locked, group);
}

static void keyboard_repeat_info(void *data, struct wl_keyboard *keyboard, int32_t rate, int32_t delay)
{
	struct seat *seat = data;
	(void)keyboard;
	/* rate: per second; 0 for "keys do not repeat" */
	seat->repeat_interval_ms = rate <= 0 ? 0 : rate > 1000 ? 1 : 1000 / rate;
	seat->repeat_delay_ms = delay;
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
static void show_cursor(struct seat *seat, uint32_t serial)
{
	enum { SIDE = 16, ARROW_ROWS = 13 };
	if (seat->cursor == NULL)
		return;
	struct buffer *buffer = shm_get_buffer(seat->shm, SIDE, SIDE, COOKIE_CURSOR, false, 1);
	if (buffer == NULL)
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
	wl_surface_attach(seat->cursor, buffer->wl_buf, 0, 0);
	wl_surface_damage(seat->cursor, 0, 0, SIDE, SIDE);
	wl_surface_commit(seat->cursor);
	wl_pointer_set_cursor(seat->pointer, serial, seat->cursor, 0, 0);
}

static void pointer_enter(void *data, struct wl_pointer *pointer, uint32_t serial, struct wl_surface *surface,
			  wl_fixed_t x, wl_fixed_t y)
{
	struct seat *seat = data;
	(void)pointer, (void)surface;
	seat->pointer_x = wl_fixed_to_int(x);
	seat->pointer_y = wl_fixed_to_int(y);
	show_cursor(seat, serial);
}

static void pointer_leave(void *data, struct wl_pointer *pointer, uint32_t serial, struct wl_surface *surface)
{
	struct seat *seat = data;
	(void)pointer, (void)serial, (void)surface;
	seat->wheel_pixels = 0;
	seat->wheel_steps = 0;
}

static void pointer_motion(void *data, struct wl_pointer *pointer, uint32_t time_ms, wl_fixed_t x, wl_fixed_t y)
{
	struct seat *seat = data;
	(void)pointer, (void)time_ms;
	seat->pointer_x = wl_fixed_to_int(x);
	seat->pointer_y = wl_fixed_to_int(y);
	if (seat->events->motion != NULL)
		seat->events->motion(seat->user);
}

static void pointer_button(void *data, struct wl_pointer *pointer, uint32_t serial, uint32_t time_ms, uint32_t button,
			   uint32_t state)
{
	struct seat *seat = data;
	(void)pointer, (void)time_ms;
	seat->serial = serial;
	if (seat->events->button != NULL)
		seat->events->button(seat->user, button, state == WL_POINTER_BUTTON_STATE_PRESSED, serial);
}

/* A wheel sends steps as well as pixels: then the steps count. */
static void pointer_frame(void *data, struct wl_pointer *pointer)
{
	struct seat *seat = data;
	(void)pointer;
	int lines;
	if (seat->wheel_steps != 0) {
		lines = seat->wheel_steps * LINES_PER_WHEEL_STEP;
		seat->wheel_steps = 0;
		seat->wheel_pixels = 0;
	} else {
		lines = (int)(seat->wheel_pixels / seat->line_rows);
		seat->wheel_pixels -= (double)lines * seat->line_rows;
	}
	if (lines != 0 && seat->events->wheel != NULL)
		seat->events->wheel(seat->user, lines);
}

static void pointer_axis(void *data, struct wl_pointer *pointer, uint32_t time_ms, uint32_t axis, wl_fixed_t value)
{
	struct seat *seat = data;
	(void)time_ms;
	if (axis != WL_POINTER_AXIS_VERTICAL_SCROLL)
		return;
	double pixels = wl_fixed_to_double(value);
	if (wl_pointer_get_version(pointer) >= WL_POINTER_FRAME_SINCE_VERSION) {
		seat->wheel_pixels += pixels;
		return;
	}
	/* an old seat does not send steps; ten pixels are one */
	seat->wheel_pixels += pixels / PIXELS_PER_WHEEL_STEP * LINES_PER_WHEEL_STEP * seat->line_rows;
	pointer_frame(data, pointer);
}

static void pointer_axis_source(void *data, struct wl_pointer *pointer, uint32_t source)
{
	(void)data, (void)pointer, (void)source;
}

static void pointer_axis_stop(void *data, struct wl_pointer *pointer, uint32_t time_ms, uint32_t axis)
{
	struct seat *seat = data;
	(void)pointer, (void)time_ms, (void)axis;
	seat->wheel_pixels = 0;
}

static void pointer_axis_discrete(void *data, struct wl_pointer *pointer, uint32_t axis, int32_t steps)
{
	struct seat *seat = data;
	(void)pointer;
	if (axis == WL_POINTER_AXIS_VERTICAL_SCROLL)
		seat->wheel_steps += steps;
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

static void drop_pointer(struct seat *seat)
{
	if (seat->pointer == NULL)
		return;
	if (wl_pointer_get_version(seat->pointer) >= WL_POINTER_RELEASE_SINCE_VERSION)
		wl_pointer_release(seat->pointer);
	else
		wl_pointer_destroy(seat->pointer);
	seat->pointer = NULL;
}

static void drop_keyboard(struct seat *seat)
{
	if (seat->keyboard == NULL)
		return;
	if (wl_keyboard_get_version(seat->keyboard) >= WL_KEYBOARD_RELEASE_SINCE_VERSION)
		wl_keyboard_release(seat->keyboard);
	else
		wl_keyboard_destroy(seat->keyboard);
	seat->keyboard = NULL;
	seat->held_key = 0;
}

/* Devices come and go while the program runs. */
static void seat_capabilities(void *data, struct wl_seat *wl_seat, uint32_t capabilities)
{
	struct seat *seat = data;
	if (!(capabilities & WL_SEAT_CAPABILITY_POINTER)) {
		drop_pointer(seat);
	} else if (seat->pointer == NULL) {
		seat->pointer = wl_seat_get_pointer(wl_seat);
		wl_pointer_add_listener(seat->pointer, &pointer_listener, seat);
	}
	if (!(capabilities & WL_SEAT_CAPABILITY_KEYBOARD)) {
		drop_keyboard(seat);
	} else if (seat->keyboard == NULL) {
		seat->keyboard = wl_seat_get_keyboard(wl_seat);
		wl_keyboard_add_listener(seat->keyboard, &keyboard_listener, seat);
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

void seat_bind(struct seat *seat, struct wl_registry *registry, uint32_t name, uint32_t version)
{
	if (seat->seat != NULL)
		return;
	seat->repeat_delay_ms = 400;
	seat->repeat_interval_ms = 40;
	seat->seat = wl_registry_bind(registry, name, &wl_seat_interface,
				       version < SEAT_VERSION_MAX ? version : SEAT_VERSION_MAX);
	wl_seat_add_listener(seat->seat, &seat_listener, seat);
}

void seat_prepare_cursor(struct seat *seat, struct wl_compositor *compositor, struct wl_shm *shm)
{
	seat->shm = shm;
	seat->cursor = wl_compositor_create_surface(compositor);
}

void seat_close(struct seat *seat)
{
	drop_pointer(seat);
	drop_keyboard(seat);
	if (seat->cursor != NULL)
		wl_surface_destroy(seat->cursor);
	if (seat->seat != NULL)
		wl_seat_destroy(seat->seat);
	seat->cursor = NULL;
	seat->seat = NULL;
}
