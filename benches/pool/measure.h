/* What the rest is made of: clocks, processes of their own for each figure, and the end when something is wrong. */
#ifndef POOL_BENCH_MEASURE_H
#define POOL_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

/* One line on standard error, and status 1. */
void give_up(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* CPU time of this thread, in nanoseconds. */
int64_t cpu_ns(void);

/* Bytes of this process's own pages that are in memory now, counted by the kernel page by page. */
uint64_t resident_bytes(void);

/* The same numbers each time. */
uint64_t next_random(uint64_t *state);

/*
 * Calls `measure` in a process of its own, where every heap is as it was loaded, and returns what it returned. Gives up
 * if the process does not end well within its limit.
 */
double in_own_process(double (*measure)(const void *what), const void *what, const char *name);

double median_of(double *figures, size_t count);

#endif
