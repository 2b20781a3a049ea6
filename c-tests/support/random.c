#include "support/random.h"

uint64_t random_word(uint64_t *state)
{
	uint64_t mixed = *state += 0x9e3779b97f4a7c15ULL;

	mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
	return mixed ^ (mixed >> 31);
}

unsigned long random_below(uint64_t *state, unsigned long limit)
{
	return (unsigned long)(random_word(state) % limit);
}
