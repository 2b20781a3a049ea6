/* What a person has selected on the screen. */
#ifndef TERMINAL_SELECTION_H
#define TERMINAL_SELECTION_H

#include "screen.h"

/* Begins at a cell; nothing is selected before selection_extend(). */
void selection_begin(struct screen *screen, int row, int column);

/* Goes to a cell, which is selected as well. */
void selection_extend(struct screen *screen, int row, int column);

void selection_clear(struct screen *screen);

bool selection_has(const struct screen *screen, long line, int column);

/* As UTF-8, without spaces at the ends of lines; free() it. NULL if nothing is selected, or there is no memory. */
char *selection_text(const struct screen *screen);

#endif
