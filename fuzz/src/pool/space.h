/*
 * Arenas, in one stretch of address space with unreadable pages around it. One for the process.
 */
#ifndef MILLPOND_FUZZ_SPACE_H
#define MILLPOND_FUZZ_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPACE_BYTES (16UL << 20)

/* Where an arena goes: the rest of a code divided by PLACES. The quotient counts 16 bytes of gap each. */
enum place {
	PLACE_ABOVE,                      /* above all others, after the gap */
	PLACE_BELOW,                      /* below all others */
	PLACE_LOWEST,                     /* where it fits, as low as may be: memory that was used before */
	PLACE_NOWHERE,                    /* there is none */
	PLACES,
};

struct arena {
	uintptr_t start, bytes;
	int is_gap;                       /* between two that became one */
};

/* Nothing is taken, and no page was used. False: the system gives no address space. */
bool space_start(void);

/* Takes an arena, aligned for every type; 0 if there is none. */
uintptr_t space_take(unsigned char code, uintptr_t bytes);

/* What lies between the arena that begins there and the one below is taken too. */
bool space_take_gap_below(uintptr_t top);

/* The arenas in that range are free again. False: it ends inside one. */
bool space_forget(uintptr_t start, uintptr_t bytes);
void space_forget_all(void);

const struct arena *space_arenas(size_t *count);

#endif
