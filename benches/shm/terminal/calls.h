#ifndef MILLPOND_BENCH_TERMINAL_CALLS_H
#define MILLPOND_BENCH_TERMINAL_CALLS_H

#include "shm/terminal/loads.h"

/* Counts the system calls of what is measured, for every load and policy in a window of this size. */
void count_terminal_calls(const struct layout *layout, const struct font *font);

#endif
