/* Numbers on the command line. */
#ifndef EXAMPLE_ARGUMENTS_H
#define EXAMPLE_ARGUMENTS_H

#include <stdbool.h>

/* A number from 1 to `most`. False, and nothing has changed, if it is none. */
bool arguments_number(const char *text, unsigned most, unsigned *number);

/* Two of them, as 800x600. */
bool arguments_size(const char *text, unsigned most, int *width, int *height);

#endif
