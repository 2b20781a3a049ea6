/* The table, the verdicts on the goals, and the same as JSON and as a picture. */
#ifndef POOL_BENCH_REPORT_H
#define POOL_BENCH_REPORT_H

#include <stdio.h>

#include "results.h"

/* report_table.c */
void print_table(const struct results *results);
/* report_goals.c: what traces hold in each heap, which rows the original wins, and what is wanted. */
void print_memory(const struct results *results);
void print_slower_rows(const struct results *results);
void print_goals(const struct results *results);
/* report_json.c */
void write_json(const struct results *results, FILE *file);
/* report_picture.c: an SVG. */
void write_picture(const struct results *results, FILE *file);

#endif
