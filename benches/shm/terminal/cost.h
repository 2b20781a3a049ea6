/* The parts of the scenario "terminal". */
#ifndef MILLPOND_BENCH_TERMINAL_COST_H
#define MILLPOND_BENCH_TERMINAL_COST_H

#include "shm/terminal/loads.h"

/* Draws some frames of every load and policy in a small window, and compares the last picture with a full repaint. */
void check_terminal_pixels(void);

/* Counts the system calls of what is measured, for every load and policy in a window of this size. */
void count_terminal_calls(const struct layout *layout, const struct font *font);

/* Begins a line of the report with what is the same in all of them. */
void report_terminal(const char *kind, const struct layout *layout, const struct load *load, const struct policy *policy,
		     const struct variant *variant);

#endif
