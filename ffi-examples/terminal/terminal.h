/* The terminal: a program in a pty, its screen, and a window that shows it. */
#ifndef TERMINAL_TERMINAL_H
#define TERMINAL_TERMINAL_H

#include <stdbool.h>

#include "clipboard.h"
#include "draw.h"
#include "frame.h"
#include "keyboard.h"
#include "pty.h"
#include "screen.h"
#include "shared/seat.h"
#include "shared/window.h"
#include "workers.h"

struct terminal {
	struct window window;
	struct seat seat;
	struct keyboard keyboard;
	struct clipboard clipboard;
	struct pollfd watched[WINDOW_WATCHED_MAX];
	const struct painter *painter;
	struct pty pty;
	struct screen screen;
	struct workers workers;
	struct frame frame;
	bool checks_frames;
	bool is_selecting;            /* the button is held */
	bool is_pasting;              /* the end of what is pasted has not come yet */
	long long heard_at_ms;        /* when the program last wrote something */
};

/* What terminal_open() needs to know. */
struct terminal_start {
	struct wl_display *display;
	const struct painter *painter;
	char *const *command;         /* the program and its arguments, then NULL */
	int rows, columns;
	int thread_count;
	bool is_fullscreen;
	bool uses_shm_scroll;
	bool checks_frames;           /* compares each frame with one that is drawn as a whole */
	void (*serve)(void *user);    /* see struct window */
	void *serve_user;
};

/* False, and one line, if that fails; terminal_close() is due either way, and leaves the display to the caller. */
bool terminal_open(struct terminal *terminal, const struct terminal_start *start);

void terminal_close(struct terminal *terminal);

/* Waits for something to happen, at most `limit_ms`, and shows it. False, and one line, if that fails. */
bool terminal_step(struct terminal *terminal, int limit_ms);

/* The window or the program is closed. */
bool terminal_is_over(const struct terminal *terminal);

/* The compositor has taken all that there is to be shown. */
bool terminal_is_shown(const struct terminal *terminal);

/* What a person can do; scripts do it too. */
void terminal_scroll(struct terminal *terminal, int lines);
void terminal_copy(struct terminal *terminal);
void terminal_paste(struct terminal *terminal);
void terminal_set_size(struct terminal *terminal, int rows, int columns);

#endif
