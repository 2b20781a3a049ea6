/* What is measured. Each prints its figures with report.h. */
#ifndef MILLPOND_BENCH_SCENARIOS_H
#define MILLPOND_BENCH_SCENARIOS_H

#include "support/effort.h"

/* Steps in steady state, for many sizes and numbers of rows, with the wraps; faults and requests while they last. */
void measure_scrolling(const struct effort *effort);

/* A terminal's frames under real loads, for compositors that give buffers back at once or late. */
void measure_terminal(const struct effort *effort);

/* System calls of the steps of scrolling. */
void measure_system_calls(const struct effort *effort);

/* Turning round wherever in the ring the view stands. */
void measure_turning_round(const struct effort *effort);

/* The first 60 steps of a new buffer at 4K. */
void measure_cold_burst(const struct effort *effort);

/* A window that is dragged: a new size each frame. */
void measure_resizing(const struct effort *effort);

/* Window decorations and labels. */
void measure_small_buffers(const struct effort *effort);

/* shm_get_buffer() of buffers that are there. */
void measure_cached_buffers(const struct effort *effort);

/* What one scrolling buffer holds: while it scrolls, and when it has rested. */
void measure_memory(const struct effort *effort);

/* A new buffer and its first painting; with huge pages where the system has them for memory files. */
void measure_new_buffer(const struct effort *effort);

/* A few of these steps on a real compositor, where it is installed. */
void measure_on_weston(const struct effort *effort);

/* What the memory alone allows: no row of the table, only with --only floors. */
void measure_floors(const struct effort *effort);

/* The machine, and what is installed on it. */
void describe_machine(void);

#endif
