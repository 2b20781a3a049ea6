/* From keys to what a program reads: the layout by xkbcommon, the escape sequences by libvterm. */
#ifndef TERMINAL_KEYBOARD_H
#define TERMINAL_KEYBOARD_H

#include <stdbool.h>
#include <stdint.h>

#include <vterm.h>
#include <xkbcommon/xkbcommon.h>

struct keyboard {
	struct xkb_context *context;
	struct xkb_keymap *keymap;    /* NULL until the compositor has sent one */
	struct xkb_state *state;
};

/* What the terminal does itself with a key. */
enum shortcut { SHORTCUT_NONE, SHORTCUT_COPY, SHORTCUT_PASTE, SHORTCUT_PAGE_UP, SHORTCUT_PAGE_DOWN };

/* Takes a layout from a file. One line, and no keys, if it cannot be used. */
void keyboard_set_keymap(struct keyboard *keyboard, int32_t fd, uint32_t size_bytes);

void keyboard_set_modifiers(struct keyboard *keyboard, uint32_t depressed, uint32_t latched, uint32_t locked,
			    uint32_t group);

enum shortcut keyboard_shortcut(const struct keyboard *keyboard, uint32_t key);

/* Sends a key to the program. True if the key repeats while it is held. */
bool keyboard_press(const struct keyboard *keyboard, uint32_t key, VTerm *vterm);

/* The key with a name such as "up", "page-down" or "f5"; VTERM_KEY_NONE if there is none. */
VTermKey keyboard_key_of_name(const char *name);

VTermModifier keyboard_modifiers(const struct keyboard *keyboard);

void keyboard_close(struct keyboard *keyboard);

#endif
