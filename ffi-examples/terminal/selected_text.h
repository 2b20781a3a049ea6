/* What is selected on a screen, as a text. */
#ifndef TERMINAL_SELECTED_TEXT_H
#define TERMINAL_SELECTED_TEXT_H

#include "screen.h"

/* As UTF-8, without spaces at the ends of lines; free() it. NULL if nothing is selected, or there is no memory. */
char *selected_text(const struct screen *screen);

#endif
