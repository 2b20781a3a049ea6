#include "shm/parity/walk_state.h"
#include "support/random.h"

unsigned walk_random(struct walk *walk, unsigned limit)
{
	return (unsigned)random_below(&walk->random_state, limit);
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
