/*
 * A program that uses a pool at random, and keeps a note of all that it has and all that happened: what poolwalk() and
 * poolstats() must say.
 */
#ifndef MILLPOND_POOL_WALK_PROGRAM_H
#define MILLPOND_POOL_WALK_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"

#define PROGRAM_BLOCKS 120

struct noted {
	unsigned char *data;              /* NULL: none */
	unsigned long asked;
	bool is_aligned;
};

struct program {
	Pool pool;
	struct noted blocks[PROGRAM_BLOCKS];
	bool has_others;                  /* blocks that are not noted, too */
	uint64_t state;                   /* of the random numbers */
	unsigned long failed_calls;
	uintptr_t most_arena_bytes, most_seen_bytes;
};
extern struct program program;

/* Flags and orders of arenas that tests go through. */
extern const int program_flags[];
extern const unsigned program_flags_count;
extern const struct arena_plan program_plans[];
extern const unsigned program_plans_count;

void program_start(const struct arena_plan *plan, int flags, unsigned seed);

/* One call of any of the pool's functions. */
void program_operate(void);

/* As many as are needed until the program has so many blocks. */
void program_operate_until(unsigned blocks);

unsigned program_random(unsigned limit);

#endif
