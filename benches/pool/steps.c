#include "steps.h"

#include <stdlib.h>

#include "measure.h"

#define SEED 0x9e3779b97f4a7c15u

struct step *steps;

static size_t position;

/* Small sizes are likelier, as in programs: up to 16, 32, 64 ... 1,024 bytes in equal parts. */
static uint32_t skewed_size(uint64_t random)
{
	return 1 + (uint32_t)((random & 0xffffffff) % (16u << (random >> 32) % 7));
}

void steps_make(const struct row *row)
{
	uint64_t state = SEED;
	size_t sizes = row->most_bytes - row->least_bytes + 1;

	steps = malloc(STEPS_IN_ALL * sizeof(*steps));
	if (!steps)
		give_up("no memory for steps");
	for (size_t i = 0; i < STEPS_IN_ALL; i++) {
		uint64_t size_random = next_random(&state);

		steps[i].slot = (uint32_t)(next_random(&state) % row->blocks);
		steps[i].size_bytes = row->has_skewed_sizes ? skewed_size(size_random) :
							      (uint32_t)(row->least_bytes + size_random % sizes);
	}
}

const struct step *steps_of_next_lap(void)
{
	const struct step *lap = steps + position;

	position = (position + STEPS_IN_LAP) % STEPS_IN_ALL;
	return lap;
}
