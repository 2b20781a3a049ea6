/*
 * A person for a terminal that has none: commands from a file, a line each.
 *
 *     type TEXT            as if typed; \n is Enter, \e Escape, \t Tab, \cD Control and D, \\ a backslash
 *     key NAME             up, page-down, f5 ...
 *     wait TEXT            until TEXT is on the screen
 *     settle [MS]          until the program was quiet for that long (200), and all is shown
 *     scroll LINES         the wheel; less than 0: back
 *     size COLUMNSxROWS    of the window
 *     select R C R C       from one cell to another; the first row, and column, is 0
 *     copy, paste
 *     picture FILE         all of the screen, drawn once more as a whole, as a PNG file
 *
 * Empty lines and those that begin with # are for the reader.
 */
#ifndef TERMINAL_SCRIPT_H
#define TERMINAL_SCRIPT_H

#include <stdbool.h>
#include <stdio.h>

#include "terminal.h"

struct script {
	FILE *file;
	bool answers;         /* "done" on stdout after each command: for a program that sends them */
	/* Called when all is shown; NULL if nobody else looks. False, and one line, if it does not look right. */
	bool (*check)(void *user, const struct terminal *terminal);
	void *user;
	unsigned line;
};

/* Until the end of the file. False, and one line, if a command is wrong or does not succeed. */
bool script_run(struct script *script, struct terminal *terminal);

#endif
