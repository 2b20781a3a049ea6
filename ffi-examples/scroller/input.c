#include "input.h"

/* Linux's evdev codes, which wl_keyboard.key sends on all systems. */
enum key {
	KEY_ESCAPE = 1, KEY_Q = 16, KEY_T = 20, KEY_M = 50, KEY_SPACE = 57, KEY_HOME = 102, KEY_UP = 103,
	KEY_PAGE_UP = 104, KEY_END = 107, KEY_DOWN = 108, KEY_PAGE_DOWN = 109,
};

static bool act_on_key(void *user, uint32_t key)
{
	struct input *input = user;
	switch (key) {
	case KEY_UP: input->act(input->user, ACTION_LINES, -1, 0); return true;
	case KEY_DOWN: input->act(input->user, ACTION_LINES, 1, 0); return true;
	case KEY_PAGE_UP: input->act(input->user, ACTION_PAGES, -1, 0); return true;
	case KEY_SPACE:
	case KEY_PAGE_DOWN: input->act(input->user, ACTION_PAGES, 1, 0); return true;
	case KEY_HOME: input->act(input->user, ACTION_START, 0, 0); return false;
	case KEY_END: input->act(input->user, ACTION_END, 0, 0); return false;
	case KEY_M: input->act(input->user, ACTION_SWITCH_MOVING, 0, 0); return false;
	case KEY_T: input->act(input->user, ACTION_SWITCH_TINT, 0, 0); return false;
	case KEY_Q:
	case KEY_ESCAPE: input->act(input->user, ACTION_QUIT, 0, 0); return false;
	default: return false;
	}
}

static void act_on_button(void *user, uint32_t button, bool is_pressed, uint32_t serial)
{
	struct input *input = user;
	/* Anywhere: there is nothing to press in this window, and it may have no frame around it. */
	if (button == SEAT_BUTTON_LEFT && is_pressed)
		input->act(input->user, ACTION_MOVE_WINDOW, 0, serial);
}

static void act_on_wheel(void *user, int lines)
{
	struct input *input = user;
	input->act(input->user, ACTION_LINES, lines, 0);
}

static const struct seat_events events = {
	.key = act_on_key,
	.button = act_on_button,
	.wheel = act_on_wheel,
};

void input_prepare(struct input *input, int line_rows)
{
	input->seat = (struct seat){.events = &events, .user = input, .line_rows = line_rows};
}
