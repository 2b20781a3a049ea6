/* A window that shows a text, and what makes it move: a person, or a script. */
#ifndef SCROLLER_SESSION_H
#define SCROLLER_SESSION_H

#include <stdbool.h>

#include "input.h"
#include "script.h"
#include "statistics.h"
#include "view.h"
#include "shared/window.h"

struct session {
	struct window window;
	struct input input;
	struct view view;
	struct statistics by_shm_scroll;
	struct statistics by_memmove;
	bool is_over;                 /* the person wants to go */
};

/* What session_open() needs to know. */
struct session_start {
	struct wl_display *display;
	const struct painter *painter;
	const struct text *text;
	int width, height;
	bool uses_shm_scroll;
	void (*serve)(void *user);    /* see struct window */
	void *serve_user;
};

/* False, and one line, if that fails; session_close() is due either way, and leaves the display to the caller. */
bool session_open(struct session *session, const struct session_start *start);

void session_close(struct session *session);

/* Lets a person scroll until they have enough. False, and one line, if that ends by a fault. */
bool session_run(struct session *session);

/*
 * Scrolls by itself, as the script says. Calls `check`, if not NULL, when the compositor has taken a frame. False, and one
 * line, if the connection or a check fails.
 */
bool session_play(struct session *session, struct script script, bool (*check)(struct session *session, void *user),
		  void *user);

/* Shows the next frame now, if there is something new. False, and one line, if that fails. */
bool session_show(struct session *session);

#endif
