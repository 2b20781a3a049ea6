/*
 * Whole words of what a heap keeps about itself, written over: one, or two that stand together.
 *
 *	struct word_counts counts = words_run(heap, stride, PANIC_RETURNS);
 */
#ifndef MILLPOND_TEST_POOL_FLIP_WORDS_H
#define MILLPOND_TEST_POOL_FLIP_WORDS_H

#include "pool/flips/flip.h"
#include "pool/provider/arena_provider.h"

#define WORD_ROUNDS 4

struct word_counts {
	unsigned tried, reported, signals, hangs;
	unsigned most_panics;             /* of all rounds after one write */
	unsigned late;                    /* writes after which there were panics in the last round */
	unsigned spoiled;                 /* writes after which what a program keeps in its blocks was not as before */
	unsigned unwell;                  /* writes after which the last poolcheck() found something */
};

/*
 * Tries every stride-th write, in a child each: frees, allocates, resizes, aligns, compacts and checks in rounds, each
 * call with an alarm, and goes on after each panic.
 */
struct word_counts words_run(struct flip_heap *heap, unsigned stride, enum panic_way panic_way);

void words_print(const struct word_counts *counts, const char *title);

#endif
