/*
 * What is measured with: CPU time and page faults of the calling thread, and the middle of many figures.
 *
 * CPU time and not time that passes, because the compositor runs beside the client and the machine may be busy.
 */
#ifndef MILLPOND_BENCH_CLOCK_H
#define MILLPOND_BENCH_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Finds out what reading the CPU clock twice costs; call it once, before clock_elapsed_ns(). */
void clock_calibrate(void);

/* What clock_calibrate() found. */
double clock_overhead_ns(void);

/* CPU time of this thread. */
int64_t clock_cpu_ns(void);

/* The time between two readings, without what the reading itself takes; at least 0. */
double clock_elapsed_ns(int64_t began_ns, int64_t ended_ns);

/* Time that passes, for limits. */
int64_t clock_wall_ms(void);

/* Page faults of this thread so far. */
uint64_t clock_faults(void);

/* The median of `count` figures; they are left sorted. 0 for none. */
double median_of(double *figures, size_t count);

#endif
