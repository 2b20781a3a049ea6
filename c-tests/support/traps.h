/*
 * The probes of the library as traps: in this process's own copy of the code, a trap stands in place of each nop that a
 * note of millpond's names. The handler keeps which probe it was, and what it passed, as the note says where that is.
 *
 *	traps_set((uintptr_t)poolalloc);
 *	poolalloc(&pool, 100);
 *	CHECK_EQUAL(traps_hits("pool_alloc"), 1);
 *
 * For one thread.
 */
#ifndef MILLPOND_TEST_TRAPS_H
#define MILLPOND_TEST_TRAPS_H

#include <stdbool.h>
#include <stdint.h>

#define TRAPS_ARGUMENTS 5

struct trap_hit {
	const char *name;
	int count;                        /* of arguments */
	int64_t arguments[TRAPS_ARGUMENTS];
};

/* Sets a trap at each probe of the file that this function comes from. Ends the test where the library has no probes. */
void traps_set(uintptr_t function);

/* How often the probe was reached since traps_set() or traps_forget(). */
unsigned traps_hits(const char *name);

/* The last time that any probe was reached; its name is NULL if none was. */
struct trap_hit traps_last(void);

void traps_forget(void);

/* Of the places in the code that have this probe: how many there are, and how many were ever reached. */
unsigned traps_places(const char *name);
unsigned traps_places_reached(const char *name);

#endif
