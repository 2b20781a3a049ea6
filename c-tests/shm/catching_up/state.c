#include "shm/catching_up/state.h"

#include <stdio.h>

void program_report(const struct program *program, const char *condition)
{
	printf("# %s, seed 0x%llx, frame %u: does not hold: %s\n", program->library->name,
	       (unsigned long long)program->seed, program->frame, condition);
}

bool program_happens(struct program *program, unsigned per_thousand)
{
	return soak_happens(&program->random, per_thousand);
}

unsigned program_below(struct program *program, unsigned limit)
{
	return soak_below(&program->random, limit);
}
