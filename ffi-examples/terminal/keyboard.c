#define _GNU_SOURCE
#include "keyboard.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* What xkbcommon's numbers are above those of wl_keyboard.key. */
#define EVDEV_OFFSET 8

static const struct {
	const char *name;
	xkb_keysym_t symbol;
	VTermKey key;
} keys[] = {
	{"enter", XKB_KEY_Return, VTERM_KEY_ENTER}, {"tab", XKB_KEY_Tab, VTERM_KEY_TAB},
	{"shift-tab", XKB_KEY_ISO_Left_Tab, VTERM_KEY_TAB}, {"backspace", XKB_KEY_BackSpace, VTERM_KEY_BACKSPACE},
	{"escape", XKB_KEY_Escape, VTERM_KEY_ESCAPE}, {"up", XKB_KEY_Up, VTERM_KEY_UP},
	{"down", XKB_KEY_Down, VTERM_KEY_DOWN}, {"left", XKB_KEY_Left, VTERM_KEY_LEFT},
	{"right", XKB_KEY_Right, VTERM_KEY_RIGHT}, {"insert", XKB_KEY_Insert, VTERM_KEY_INS},
	{"delete", XKB_KEY_Delete, VTERM_KEY_DEL}, {"home", XKB_KEY_Home, VTERM_KEY_HOME},
	{"end", XKB_KEY_End, VTERM_KEY_END}, {"page-up", XKB_KEY_Prior, VTERM_KEY_PAGEUP},
	{"page-down", XKB_KEY_Next, VTERM_KEY_PAGEDOWN}, {"keypad-enter", XKB_KEY_KP_Enter, VTERM_KEY_ENTER},
	{"f1", XKB_KEY_F1, VTERM_KEY_FUNCTION(1)}, {"f2", XKB_KEY_F2, VTERM_KEY_FUNCTION(2)},
	{"f3", XKB_KEY_F3, VTERM_KEY_FUNCTION(3)}, {"f4", XKB_KEY_F4, VTERM_KEY_FUNCTION(4)},
	{"f5", XKB_KEY_F5, VTERM_KEY_FUNCTION(5)}, {"f6", XKB_KEY_F6, VTERM_KEY_FUNCTION(6)},
	{"f7", XKB_KEY_F7, VTERM_KEY_FUNCTION(7)}, {"f8", XKB_KEY_F8, VTERM_KEY_FUNCTION(8)},
	{"f9", XKB_KEY_F9, VTERM_KEY_FUNCTION(9)}, {"f10", XKB_KEY_F10, VTERM_KEY_FUNCTION(10)},
	{"f11", XKB_KEY_F11, VTERM_KEY_FUNCTION(11)}, {"f12", XKB_KEY_F12, VTERM_KEY_FUNCTION(12)},
};
enum { KEY_COUNT = sizeof(keys) / sizeof(keys[0]) };

static VTermKey key_of_symbol(xkb_keysym_t symbol)
{
	for (int i = 0; i < KEY_COUNT; i++) {
		if (keys[i].symbol == symbol)
			return keys[i].key;
	}
	return VTERM_KEY_NONE;
}

VTermKey keyboard_key_of_name(const char *name)
{
	for (int i = 0; i < KEY_COUNT; i++) {
		if (strcmp(keys[i].name, name) == 0)
			return keys[i].key;
	}
	return VTERM_KEY_NONE;
}

void keyboard_set_keymap(struct keyboard *keyboard, int32_t fd, uint32_t size_bytes)
{
	keyboard_close(keyboard);
	char *text = mmap(NULL, size_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	keyboard->context = xkb_context_new(XKB_CONTEXT_NO_FLAGS);
	if (keyboard->context != NULL && text != MAP_FAILED)
		keyboard->keymap = xkb_keymap_new_from_buffer(keyboard->context, text, strnlen(text, size_bytes),
							      XKB_KEYMAP_FORMAT_TEXT_V1, XKB_KEYMAP_COMPILE_NO_FLAGS);
	if (text != MAP_FAILED)
		munmap(text, size_bytes);
	if (keyboard->keymap != NULL)
		keyboard->state = xkb_state_new(keyboard->keymap);
	if (keyboard->state == NULL)
		fprintf(stderr, "terminal: cannot use the compositor's keyboard layout; keys do nothing\n");
}

void keyboard_set_modifiers(struct keyboard *keyboard, uint32_t depressed, uint32_t latched, uint32_t locked,
			    uint32_t group)
{
	if (keyboard->state != NULL)
		xkb_state_update_mask(keyboard->state, depressed, latched, locked, 0, 0, group);
}

static bool is_held(const struct keyboard *keyboard, const char *modifier)
{
	return keyboard->state != NULL
	       && xkb_state_mod_name_is_active(keyboard->state, modifier, XKB_STATE_MODS_EFFECTIVE) > 0;
}

VTermModifier keyboard_modifiers(const struct keyboard *keyboard)
{
	int modifiers = VTERM_MOD_NONE;
	if (is_held(keyboard, XKB_MOD_NAME_SHIFT))
		modifiers |= VTERM_MOD_SHIFT;
	if (is_held(keyboard, XKB_MOD_NAME_ALT))
		modifiers |= VTERM_MOD_ALT;
	if (is_held(keyboard, XKB_MOD_NAME_CTRL))
		modifiers |= VTERM_MOD_CTRL;
	return (VTermModifier)modifiers;
}

enum shortcut keyboard_shortcut(const struct keyboard *keyboard, uint32_t key)
{
	if (keyboard->state == NULL)
		return SHORTCUT_NONE;
	xkb_keysym_t symbol = xkb_state_key_get_one_sym(keyboard->state, key + EVDEV_OFFSET);
	int modifiers = (int)keyboard_modifiers(keyboard);
	if (modifiers == VTERM_MOD_SHIFT) {
		switch (symbol) {
		case XKB_KEY_Prior: return SHORTCUT_PAGE_UP;
		case XKB_KEY_Next: return SHORTCUT_PAGE_DOWN;
		case XKB_KEY_Insert: return SHORTCUT_PASTE;
		default: return SHORTCUT_NONE;
		}
	}
	if (modifiers != (VTERM_MOD_SHIFT | VTERM_MOD_CTRL))
		return SHORTCUT_NONE;
	switch (symbol) {
	case XKB_KEY_C:
	case XKB_KEY_c: return SHORTCUT_COPY;
	case XKB_KEY_V:
	case XKB_KEY_v: return SHORTCUT_PASTE;
	default: return SHORTCUT_NONE;
	}
}

bool keyboard_press(const struct keyboard *keyboard, uint32_t key, VTerm *vterm)
{
	if (keyboard->state == NULL)
		return false;
	xkb_keycode_t code = key + EVDEV_OFFSET;
	xkb_keysym_t symbol = xkb_state_key_get_one_sym(keyboard->state, code);
	VTermModifier modifiers = keyboard_modifiers(keyboard);
	VTermKey named = key_of_symbol(symbol);
	/* without what Control makes of it: libvterm does that */
	uint32_t code_point = xkb_keysym_to_utf32(symbol);
	if (named != VTERM_KEY_NONE)
		vterm_keyboard_key(vterm, named, modifiers);
	else if (code_point != 0)
		/* Shift is in the character already */
		vterm_keyboard_unichar(vterm, code_point, (VTermModifier)((int)modifiers & ~VTERM_MOD_SHIFT));
	return (named != VTERM_KEY_NONE || code_point != 0) && xkb_keymap_key_repeats(keyboard->keymap, code);
}

void keyboard_close(struct keyboard *keyboard)
{
	xkb_state_unref(keyboard->state);
	xkb_keymap_unref(keyboard->keymap);
	xkb_context_unref(keyboard->context);
	*keyboard = (struct keyboard){0};
}
