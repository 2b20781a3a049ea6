/*
 * What was measured, as one JSON object per line on standard output; and, on standard error, lines that say how far
 * the run is.
 */
#ifndef MILLPOND_BENCH_REPORT_H
#define MILLPOND_BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Begins a line; `kind` tells what is in it. */
void report_begin(const char *kind);
void report_text(const char *key, const char *value);
void report_count(const char *key, uint64_t value);
void report_number(const char *key, double value);
void report_numbers(const char *key, const double *values, size_t count);
void report_truth(const char *key, bool value);
/* Width and height. */
void report_size(int width, int height);
/* By how many rows a step scrolls: negative for down. */
void report_rows(int rows);
/* Ends the line and sends it off. */
void report_end(void);

__attribute__((format(printf, 1, 2)))
void progress(const char *format, ...);

/* Something that the whole run rests on does not work: says it and ends the process. */
__attribute__((format(printf, 1, 2), noreturn))
void give_up(const char *format, ...);

#endif
