#ifndef MILLPOND_BENCH_TERMINAL_LINE_H
#define MILLPOND_BENCH_TERMINAL_LINE_H

#include "shm/terminal/loads.h"

/* Begins a line of the report with what is the same in all of the scenario "terminal". */
void report_terminal(const char *kind, const struct layout *layout, const struct load *load, const struct policy *policy,
		     const struct variant *variant);

#endif
