/*
 * Random operations, legal ones, done to one library or to two at once.
 */
#ifndef MILLPOND_PARITY_WALK_H
#define MILLPOND_PARITY_WALK_H

#include "shm/parity/side.h"

struct walk {
	struct side *sides;                    /* the library under test; then the original, if it comes along */
	unsigned side_count;
	unsigned long long seed, random_state;
	size_t largest_bytes;                  /* no buffer is larger */
	int widths[MODEL_GROUPS], heights[MODEL_GROUPS]; /* present sizes */
	bool has_diverged[MODEL_GROUPS];       /* the two libraries may hold different old pixels */
	unsigned long allowed_differences;     /* gets where one library reused a buffer that the other had let go */
};

/* Starts the sides. No buffer will be larger than a quarter of the pool size. */
void walk_start(struct walk *walk, struct side *sides, unsigned side_count, unsigned long long seed,
		long max_pool_size_bytes);

/* Does one random operation on every side and compares. */
void walk_step(struct walk *walk);

/* Lets everything go, and stops the sides. */
void walk_stop(struct walk *walk);

/* A number from 0 to limit - 1. */
unsigned walk_random(struct walk *walk, unsigned limit);
bool walk_one_in(struct walk *walk, unsigned number);

/* The original bears less; where it comes along, its model decides what is legal. */
struct side *walk_strictest(const struct walk *walk);
bool walk_has_original(const struct walk *walk);

#define FOR_EACH_SIDE(walk, each) \
	for (struct side *each = (walk)->sides; each < (walk)->sides + (walk)->side_count; each++)

/* A get with all that follows from it; every other time of an old buffer, it is brought up to date. */
void walk_get(struct walk *walk, unsigned group, int width, int height);

/* Something random done to the buffer in hand of a group (hand.c). Bad scrolls are spared the original. */
void walk_draw(struct walk *walk, unsigned group);
void walk_scroll(struct walk *walk, unsigned group);
void walk_scroll_badly(struct walk *walk, unsigned group);

#endif
