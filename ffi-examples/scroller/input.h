/* What a person does in the window, as actions. Keys are taken by their place, which needs no keyboard layout. */
#ifndef SCROLLER_INPUT_H
#define SCROLLER_INPUT_H

#include <stdint.h>

#include "shared/seat.h"

enum action {
	ACTION_LINES, ACTION_PAGES, ACTION_START, ACTION_END, ACTION_SWITCH_MOVING, ACTION_SWITCH_TINT, ACTION_QUIT,
	ACTION_MOVE_WINDOW,
};

struct input {
	struct seat seat;

	/* Called for each action; `amount` is for lines and pages (> 0: down), `serial` for moving the window. */
	void (*act)(void *user, enum action action, int amount, uint32_t serial);
	void *user;
};

/* Sets up a seat that is bound later. `line_rows`: rows of pixels of a line. */
void input_prepare(struct input *input, int line_rows);

#endif
