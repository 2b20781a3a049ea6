#ifndef MILLPOND_SUPPORT_RANDOM_H
#define MILLPOND_SUPPORT_RANDOM_H

#include <stdint.h>

/* Numbers that look random, the same ones for the same state: any state will do (splitmix64). */
uint64_t random_word(uint64_t *state);

/* One below `limit`. */
unsigned long random_below(uint64_t *state, unsigned long limit);

#endif
