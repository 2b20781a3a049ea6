#include "shm/parity/walk_state.h"

unsigned walk_random(struct walk *walk, unsigned limit)
{
	/* Knuth's 64-bit linear congruential generator; the upper half is good enough. */
	walk->random_state = walk->random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)((walk->random_state >> 33) % limit);
}

bool walk_one_in(struct walk *walk, unsigned number)
{
	return walk_random(walk, number) == 0;
}

struct side *walk_strictest(const struct walk *walk)
{
	return &walk->sides[walk->side_count - 1];
}

bool walk_has_original(const struct walk *walk)
{
	return walk_strictest(walk)->model.is_original;
}
