#define _GNU_SOURCE
#include "terminal.h"

#include <stdio.h>
#include <string.h>

#include "selected_text.h"
#include "shared/clock.h"

#define READ_MAX_BYTES (64 * 1024)
#define READS_PER_STEP_MAX 8

/* --- What the program and the clipboard say ----------------------------------------------------------------------- */

static void answer(const char *bytes, size_t byte_count, void *user)
{
	struct terminal *terminal = user;
	pty_write(&terminal->pty, bytes, byte_count);
}

static void paste_bytes(void *user, const char *bytes, size_t byte_count)
{
	struct terminal *terminal = user;
	char piece[256];
	size_t length = 0;
	if (!terminal->is_pasting)
		vterm_keyboard_start_paste(terminal->screen.vterm);
	for (size_t i = 0; i < byte_count; i++) {
		/* as the key would; and an escape sequence is not for a text to bring */
		if (bytes[i] != '\033')
			piece[length++] = bytes[i] == '\n' ? '\r' : bytes[i];
		if (length == sizeof(piece) || i + 1 == byte_count) {
			pty_write(&terminal->pty, piece, length);
			length = 0;
		}
	}
	terminal->is_pasting = byte_count > 0;
	if (!terminal->is_pasting)
		vterm_keyboard_end_paste(terminal->screen.vterm);
}

static void hear(struct terminal *terminal)
{
	static char bytes[READ_MAX_BYTES];
	size_t count;
	/* not for ever: a program that writes without an end is to be seen as well */
	for (int i = 0; i < READS_PER_STEP_MAX; i++) {
		count = pty_read(&terminal->pty, bytes, sizeof(bytes));
		if (count == 0)
			return;
		screen_write(&terminal->screen, bytes, count);
		terminal->heard_at_ms = clock_ms();
	}
}

/* --- What a person does ------------------------------------------------------------------------------------------- */

void terminal_copy(struct terminal *terminal)
{
	char *text = selected_text(&terminal->screen);
	if (text != NULL)
		clipboard_copy(&terminal->clipboard, text, terminal->seat.serial);
}

void terminal_paste(struct terminal *terminal)
{
	clipboard_paste(&terminal->clipboard, terminal->window.display);
}

static void cell_at_pointer(const struct terminal *terminal, int *row, int *column)
{
	const struct screen *screen = &terminal->screen;
	*row = terminal->seat.pointer_y / terminal->painter->line_height;
	*column = terminal->seat.pointer_x / terminal->painter->cell_width;
	*row = *row < 0 ? 0 : *row >= screen->rows ? screen->rows - 1 : *row;
	*column = *column < 0 ? 0 : *column >= screen->columns ? screen->columns - 1 : *column;
}

/* True if the program wants the mouse, and the person does not, with Shift, want to select. */
static bool program_has_mouse(const struct terminal *terminal)
{
	bool has_shift = keyboard_modifiers(&terminal->keyboard) & VTERM_MOD_SHIFT;
	return terminal->screen.mouse_mode != VTERM_PROP_MOUSE_NONE && !has_shift;
}

void terminal_scroll(struct terminal *terminal, int lines)
{
	enum { WHEEL_UP = 4, WHEEL_DOWN = 5 };
	VTerm *vterm = terminal->screen.vterm;
	if (program_has_mouse(terminal)) {
		vterm_mouse_button(vterm, lines < 0 ? WHEEL_UP : WHEEL_DOWN, true, VTERM_MOD_NONE);
	} else if (terminal->screen.is_alternate) {
		/* nothing is kept of this screen; most programs scroll with these keys */
		for (int i = 0; i < (lines < 0 ? -lines : lines); i++)
			vterm_keyboard_key(vterm, lines < 0 ? VTERM_KEY_UP : VTERM_KEY_DOWN, VTERM_MOD_NONE);
	} else {
		screen_scroll_view(&terminal->screen, -lines);
	}
}

static void on_wheel(void *user, int lines)
{
	terminal_scroll(user, lines);
}

static void on_motion(void *user)
{
	struct terminal *terminal = user;
	int row, column;
	cell_at_pointer(terminal, &row, &column);
	if (terminal->is_selecting)
		screen_select_to(&terminal->screen, row, column);
	else if (program_has_mouse(terminal))
		vterm_mouse_move(terminal->screen.vterm, row, column, VTERM_MOD_NONE);
}

static void on_button(void *user, uint32_t button, bool is_pressed, uint32_t serial)
{
	struct terminal *terminal = user;
	int row, column;
	(void)serial;
	cell_at_pointer(terminal, &row, &column);
	if (program_has_mouse(terminal)) {
		int number = button == SEAT_BUTTON_LEFT ? 1 : button == SEAT_BUTTON_MIDDLE ? 2 : 3;
		vterm_mouse_button(terminal->screen.vterm, number, is_pressed, VTERM_MOD_NONE);
	} else if (button == SEAT_BUTTON_MIDDLE && is_pressed) {
		terminal_paste(terminal);
	} else if (button == SEAT_BUTTON_LEFT) {
		terminal->is_selecting = is_pressed;
		if (is_pressed)
			screen_select_from(&terminal->screen, row, column);
	}
}

static bool on_key(void *user, uint32_t key)
{
	struct terminal *terminal = user;
	struct screen *screen = &terminal->screen;
	switch (keyboard_shortcut(&terminal->keyboard, key)) {
	case SHORTCUT_COPY: terminal_copy(terminal); return false;
	case SHORTCUT_PASTE: terminal_paste(terminal); return false;
	case SHORTCUT_PAGE_UP: screen_scroll_view(screen, screen->rows - 1); return true;
	case SHORTCUT_PAGE_DOWN: screen_scroll_view(screen, 1 - screen->rows); return true;
	case SHORTCUT_NONE: break;
	}
	bool repeats = keyboard_press(&terminal->keyboard, key, screen->vterm);
	if (repeats)
		screen_scroll_view(screen, -screen->view_lines);
	return repeats;
}

static void on_keymap(void *user, int32_t fd, uint32_t size_bytes)
{
	struct terminal *terminal = user;
	keyboard_set_keymap(&terminal->keyboard, fd, size_bytes);
}

static void on_modifiers(void *user, uint32_t depressed, uint32_t latched, uint32_t locked, uint32_t group)
{
	struct terminal *terminal = user;
	keyboard_set_modifiers(&terminal->keyboard, depressed, latched, locked, group);
}

static const struct seat_events seat_events = {
	.wheel = on_wheel,
	.motion = on_motion,
	.button = on_button,
	.key = on_key,
	.keymap = on_keymap,
	.modifiers = on_modifiers,
};

/* --- The window --------------------------------------------------------------------------------------------------- */

static void bind_global(void *user, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
	struct terminal *terminal = user;
	if (strcmp(interface, wl_seat_interface.name) == 0)
		seat_bind(&terminal->seat, registry, name, version);
	else if (strcmp(interface, wl_data_device_manager_interface.name) == 0)
		clipboard_bind(&terminal->clipboard, registry, name);
	clipboard_set_seat(&terminal->clipboard, terminal->seat.seat);
}

void terminal_set_size(struct terminal *terminal, int rows, int columns)
{
	terminal->window.width = columns * terminal->painter->cell_width;
	terminal->window.height = rows * terminal->painter->line_height;
}

/* Takes over the size that the compositor wants. */
static bool follow_size(struct terminal *terminal)
{
	const struct window *window = &terminal->window;
	struct frame *frame = &terminal->frame;
	if (window->width == frame->width && window->height == frame->height)
		return true;
	int rows = window->height / terminal->painter->line_height;
	int columns = window->width / terminal->painter->cell_width;
	frame_resize(frame, window->width, window->height);
	if (!screen_resize(&terminal->screen, rows > 0 ? rows : 1, columns > 1 ? columns : 2))
		return false;
	pty_resize(&terminal->pty, terminal->screen.rows, terminal->screen.columns);
	return true;
}

static void prepare(struct terminal *terminal, const struct terminal_start *start)
{
	*terminal = (struct terminal){
		.window = {
			.program = "terminal",
			.display = start->display,
			.serve = start->serve,
			.serve_user = start->serve_user,
			.global = bind_global,
			.global_user = terminal,
			.watched = terminal->watched,
			.is_fullscreen = start->is_fullscreen,
		},
		.seat = {.events = &seat_events, .user = terminal, .line_rows = start->painter->line_height},
		.painter = start->painter,
		.pty = {.fd = -1, .child = -1},
		.frame = {
			.painter = start->painter,
			.screen = &terminal->screen,
			.workers = &terminal->workers,
			/* any number that is used for nothing else; foot takes the address of its terminal */
			.cookie = shm_cookie_grid(terminal),
			.uses_shm_scroll = start->uses_shm_scroll,
		},
		.checks_frames = start->checks_frames,
	};
	clipboard_prepare(&terminal->clipboard, paste_bytes, terminal);
	terminal_set_size(terminal, start->rows, start->columns);
}

bool terminal_open(struct terminal *terminal, const struct terminal_start *start)
{
	prepare(terminal, start);
	if (!screen_open(&terminal->screen, start->rows, start->columns, answer, terminal)
	    || !window_open(&terminal->window, start->command[0]))
		return false;
	seat_prepare_cursor(&terminal->seat, terminal->window.compositor, terminal->window.shm);
	terminal->frame.shm = terminal->window.shm;
	terminal->frame.surface = terminal->window.surface;
	/* the program before the threads: what is forked has none */
	return follow_size(terminal)
	       && pty_open(&terminal->pty, start->command, terminal->screen.rows, terminal->screen.columns)
	       && workers_start(&terminal->workers, start->thread_count);
}

void terminal_close(struct terminal *terminal)
{
	pty_close(&terminal->pty);
	workers_stop(&terminal->workers);
	/* The buffers go first: they are proxies of this display. */
	shm_fini();
	clipboard_close(&terminal->clipboard);
	seat_close(&terminal->seat);
	keyboard_close(&terminal->keyboard);
	window_close(&terminal->window);
	screen_close(&terminal->screen);
}

bool terminal_is_over(const struct terminal *terminal)
{
	return terminal->window.is_closed || terminal->pty.is_over;
}

bool terminal_is_shown(const struct terminal *terminal)
{
	const struct window *window = &terminal->window;
	bool has_size = window->width == terminal->frame.width && window->height == terminal->frame.height;
	return has_size && !terminal->screen.changes.is_any && window_wants_frame(window);
}

static bool wait_for_events(struct terminal *terminal, int limit_ms)
{
	struct window *window = &terminal->window;
	short events = (short)(terminal->pty.unsent_bytes > 0 ? POLLIN | POLLOUT : POLLIN);
	window->watched[0] = (struct pollfd){.fd = terminal->pty.fd, .events = events};
	window->watched_count = 1 + clipboard_watch(&terminal->clipboard, &window->watched[1]);
	return window_dispatch(window, seat_wait_limit_ms(&terminal->seat, limit_ms));
}

bool terminal_step(struct terminal *terminal, int limit_ms)
{
	if (!wait_for_events(terminal, limit_ms))
		return false;
	seat_repeat_key(&terminal->seat);
	clipboard_serve(&terminal->clipboard);
	pty_flush(&terminal->pty);
	hear(terminal);
	if (!follow_size(terminal))
		return false;
	if (!terminal->screen.changes.is_any || !window_wants_frame(&terminal->window))
		return true;
	if (!frame_render(&terminal->frame))
		return false;
	window_commit(&terminal->window);
	return !terminal->checks_frames || frame_is_right(&terminal->frame);
}
