/* The patterns of calls, by themes: a file for each. */
#ifndef POOL_BENCH_PATTERNS_H
#define POOL_BENCH_PATTERNS_H

#include "row.h"

/* patterns_pairs.c */

/* One block, allocated and freed, again and again. */
extern const struct pattern pattern_pairs;
/* `blocks` of them allocated, then freed in the same order, or in the opposite one. */
extern const struct pattern pattern_batches_fifo, pattern_batches_lifo;

/* patterns_generations.c: `blocks` of them allocated, then those of the generation before freed. */

extern const struct pattern pattern_generations, pattern_generations_reversed;
/* Every eighth is freed with the next generation but one. */
extern const struct pattern pattern_generations_survivors;
/* With realloc alone, where the heap frees by it. */
extern const struct pattern pattern_generations_realloc;

/* patterns_queues.c: at most `blocks` live. */

/* The oldest is freed, and another one allocated. */
extern const struct pattern pattern_queue;
/* Some are allocated, then some are freed, the newest first, or the oldest. */
extern const struct pattern pattern_stack, pattern_bursts;

/* patterns_growth.c */

/* `blocks` grow in turn by half of themselves, or by 16 bytes, until they have the most bytes. */
extern const struct pattern pattern_growth_by_half, pattern_growth_by_16;
/* One of `blocks` at random grows by half of itself; those that have the most bytes begin anew. */
extern const struct pattern pattern_vectors;
/* `blocks` strings are joined to one, two by two. */
extern const struct pattern pattern_ropes;

/* patterns_random.c */

/* `blocks` live; one of them at random is replaced by one of another size. */
extern const struct pattern pattern_random;
/* The same where the memory may be at its end: then the place stays empty until it is visited again. */
extern const struct pattern pattern_bounded;
/* The same with `blocks` in each of many pools. */
extern const struct pattern pattern_pools;

/* patterns_traces.c: all that a real program did. */
extern const struct pattern pattern_trace;

#endif
