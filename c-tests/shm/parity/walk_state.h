/* What the files of a walk share. */
#ifndef MILLPOND_PARITY_WALK_STATE_H
#define MILLPOND_PARITY_WALK_STATE_H

#include "shm/parity/side.h"

struct walk {
	struct side *sides;                    /* the library under test; then the original, if it comes along */
	unsigned side_count;
	unsigned long long seed;
	uint64_t random_state;
	size_t largest_bytes;                  /* no buffer is larger */
	int widths[MODEL_GROUPS], heights[MODEL_GROUPS]; /* present sizes */
	bool has_diverged[MODEL_GROUPS];       /* the two libraries may hold different old pixels */
	unsigned long allowed_differences;     /* gets where one library reused a buffer that the other had let go */
};

/* A number from 0 to limit - 1. */
unsigned walk_random(struct walk *walk, unsigned limit);
bool walk_one_in(struct walk *walk, unsigned number);

/* The original bears less; where it comes along, its model decides what is legal. */
struct side *walk_strictest(const struct walk *walk);
bool walk_has_original(const struct walk *walk);

#define FOR_EACH_SIDE(walk, each) \
	for (struct side *each = (walk)->sides; each < (walk)->sides + (walk)->side_count; each++)

#endif
