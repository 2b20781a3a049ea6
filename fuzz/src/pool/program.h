/*
 * The program that has the pool: callbacks that keep what they were told, arenas as a plan says (space.h), and calls that `panic` may leave by a jump. One for the process.
 *
 * model.rs, operations.rs and damage.rs decide what is called; program.rs has these declarations once more.
 */
#ifndef MILLPOND_FUZZ_PROGRAM_H
#define MILLPOND_FUZZ_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "pool.h"

#define PROGRAM_PLACES 16

struct plan {
	unsigned char places[PROGRAM_PLACES]; /* of the arenas, in turn: space.h */
	unsigned char nested[PROGRAM_PLACES]; /* of the callbacks, in turn: 0 nothing; else the pool is used */
	unsigned char is_merging, has_move, has_free, has_lock;
	unsigned char panic_jumps;        /* otherwise it returns */
};

enum operation {
	CALL_ALLOC, CALL_ALLOC_ALIGNED, CALL_ALLOC_ZEROED, CALL_FREE, CALL_RESIZE, CALL_USABLE, CALL_OVERLAP, CALL_RESET,
	CALL_COMPACT, CALL_TRIM, CALL_CHECK, CALL_CHECK_BLOCK, CALL_DUMP, CALL_WALK, CALL_COUNT, CALL_DESTROY,
};

struct call {
	int operation;
	void *block;
	unsigned long n, align;
	long offset;
	unsigned long span;
};

struct answer {
	void *block;
	unsigned long number;             /* what else a call returns */
	unsigned long panics;
	unsigned long allocs, failed_allocs; /* calls of `alloc`, and those of them that returned nil */
};

enum event_kind { EVENT_MOVED, EVENT_TAKEN, EVENT_FREED };

/* What has changed behind the back of a call, in order. */
struct event {
	int kind, seed;                   /* what a block that was taken is filled with */
	void *block, *to;
	unsigned long n;
};

/* Forgets all that was, and begins with a new pool. */
Pool *program_start(const struct plan *plan);

struct answer program_call(const struct call *call);

/* Of the last call. */
const struct event *program_events(size_t *count);
const struct poolpart *program_parts(size_t *count);
const struct poolcounts *program_counts(void);

/* Panics are the program's own faults from here on, or the library's. */
void program_expect_panics(int are_expected);

#endif
