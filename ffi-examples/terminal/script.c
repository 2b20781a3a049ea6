#define _GNU_SOURCE
#include "script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shared/arguments.h"
#include "shared/clock.h"
#include "shared/picture.h"

#define LINE_MAX_BYTES 4096
#define WAIT_LIMIT_MS 20000
#define QUIET_MS 200
#define STEP_MS 10
#define SIDE_MAX_CELLS 500

static bool complain(const struct script *script, const char *what, const char *word)
{
	fprintf(stderr, "terminal: line %u of the script: %s%s\n", script->line, what, word);
	return false;
}

/* What the letter behind a backslash means. */
static char meaning_of(char letter)
{
	switch (letter) {
	case 'n': return '\r';
	case 'e': return '\033';
	case 't': return '\t';
	default: return letter;
	}
}

static bool type(struct terminal *terminal, const char *text)
{
	for (; *text != '\0'; text++) {
		char byte = *text;
		if (byte == '\\' && text[1] == 'c' && text[2] != '\0') {
			byte = text[2] & 0x1f;
			text += 2;
		} else if (byte == '\\' && text[1] != '\0') {
			byte = meaning_of(*++text);
		}
		pty_write(&terminal->pty, &byte, 1);
	}
	return true;
}

static bool press(const struct script *script, struct terminal *terminal, const char *name)
{
	VTermKey key = keyboard_key_of_name(name);
	if (key == VTERM_KEY_NONE)
		return complain(script, "no such key: ", name);
	vterm_keyboard_key(terminal->screen.vterm, key, VTERM_MOD_NONE);
	return true;
}

static bool row_has(const struct screen *screen, int row, const char *text)
{
	char ascii[SIDE_MAX_CELLS + 1];
	int column = 0;
	for (; column < screen->columns && column < SIDE_MAX_CELLS; column++) {
		uint32_t code_point = screen_cell(screen, row, column).cell.chars[0];
		ascii[column] = code_point == 0 ? ' ' : code_point < 0x80 ? (char)code_point : '?';
	}
	ascii[column] = '\0';
	return strstr(ascii, text) != NULL;
}

static bool screen_has(const struct screen *screen, const char *text)
{
	for (int row = 0; row < screen->rows; row++) {
		if (row_has(screen, row, text))
			return true;
	}
	return false;
}

static bool wait_for_text(const struct script *script, struct terminal *terminal, const char *text)
{
	int64_t end_ms = clock_ms() + WAIT_LIMIT_MS;
	while (!screen_has(&terminal->screen, text)) {
		if (clock_ms() > end_ms || terminal_is_over(terminal))
			return complain(script, "this did not come: ", text);
		if (!terminal_step(terminal, STEP_MS))
			return false;
	}
	return true;
}

static bool settle(const struct script *script, struct terminal *terminal, unsigned quiet_ms)
{
	int64_t start_ms = clock_ms();
	for (;;) {
		int64_t now_ms = clock_ms();
		int64_t heard_ms = terminal->heard_at_ms > start_ms ? terminal->heard_at_ms : start_ms;
		if (now_ms - heard_ms >= quiet_ms && terminal_is_shown(terminal))
			break;
		if (now_ms - start_ms > WAIT_LIMIT_MS)
			return complain(script, "the program does not come to rest", "");
		if (!terminal_step(terminal, STEP_MS))
			return false;
	}
	return script->check == NULL || script->check(script->user, terminal);
}

static bool select_cells(const struct script *script, struct terminal *terminal, const char *numbers)
{
	struct screen *screen = &terminal->screen;
	int rows[2], columns[2];
	if (sscanf(numbers, "%d %d %d %d", &rows[0], &columns[0], &rows[1], &columns[1]) != 4)
		return complain(script, "select needs four numbers, not ", numbers);
	for (int i = 0; i < 2; i++) {
		if (rows[i] < 0 || rows[i] >= screen->rows || columns[i] < 0 || columns[i] >= screen->columns)
			return complain(script, "not on the screen: ", numbers);
	}
	screen_select_from(screen, rows[0], columns[0]);
	screen_select_to(screen, rows[1], columns[1]);
	return true;
}

static bool resize(const struct script *script, struct terminal *terminal, const char *size)
{
	int columns, rows;
	if (!arguments_size(size, SIDE_MAX_CELLS, &columns, &rows))
		return complain(script, "size needs something like 80x24, not ", size);
	terminal_set_size(terminal, rows, columns);
	return true;
}

static bool write_picture(const struct script *script, const struct terminal *terminal, const char *path)
{
	int width = terminal->frame.width;
	int height = terminal->frame.height;
	pixman_image_t *image = pixman_image_create_bits(PIXMAN_a8r8g8b8, width, height, NULL, 0);
	if (image == NULL)
		return complain(script, "not enough memory for ", path);
	draw_all(terminal->painter, image, &terminal->screen);
	bool is_written = picture_write(path, pixman_image_get_data(image), width, height,
					pixman_image_get_stride(image));
	int error = errno;
	pixman_image_unref(image);
	if (!is_written)
		fprintf(stderr, "terminal: cannot write %s: %s\n", path, strerror(error));
	return is_written;
}

static bool run_command(const struct script *script, struct terminal *terminal, const char *command, const char *rest)
{
	unsigned quiet_ms = QUIET_MS;
	if (strcmp(command, "type") == 0)
		return type(terminal, rest);
	if (strcmp(command, "key") == 0)
		return press(script, terminal, rest);
	if (strcmp(command, "wait") == 0)
		return wait_for_text(script, terminal, rest);
	if (strcmp(command, "settle") == 0 && (*rest == '\0' || arguments_number(rest, WAIT_LIMIT_MS, &quiet_ms)))
		return settle(script, terminal, quiet_ms);
	if (strcmp(command, "size") == 0)
		return resize(script, terminal, rest);
	if (strcmp(command, "select") == 0)
		return select_cells(script, terminal, rest);
	if (strcmp(command, "picture") == 0)
		return write_picture(script, terminal, rest);
	if (strcmp(command, "scroll") == 0)
		return terminal_scroll(terminal, atoi(rest)), true;
	if (strcmp(command, "copy") == 0)
		return terminal_copy(terminal), true;
	if (strcmp(command, "paste") == 0)
		return terminal_paste(terminal), true;
	return complain(script, "no such command: ", command);
}

bool script_run(struct script *script, struct terminal *terminal)
{
	char line[LINE_MAX_BYTES];
	while (fgets(line, sizeof(line), script->file) != NULL) {
		script->line++;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		char *rest = line + strcspn(line, " ");
		if (*rest != '\0')
			*rest++ = '\0';
		if (!run_command(script, terminal, line, rest))
			return false;
		if (script->answers) {
			puts("done");
			fflush(stdout);
		}
	}
	return true;
}
