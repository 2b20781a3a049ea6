/* What a row does next: slots and sizes at random, the same in every process. */
#ifndef POOL_BENCH_STEPS_H
#define POOL_BENCH_STEPS_H

#include "row.h"

#define STEPS_IN_LAP 100000
/* Laps do the next STEPS_IN_LAP each, and begin again when there are no more. */
#define STEPS_IN_ALL ((size_t)8 * STEPS_IN_LAP)

struct step {
	uint32_t slot;
	uint32_t size_bytes;
};

/* Made by steps_make(): slots below row->blocks, and sizes as the row wants them. */
extern struct step *steps;

void steps_make(const struct row *row);

/* The steps of the next lap. */
const struct step *steps_of_next_lap(void);

#endif
