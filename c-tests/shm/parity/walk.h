/*
 * Random operations, legal ones, done to one library or to two at once.
 */
#ifndef MILLPOND_PARITY_WALK_H
#define MILLPOND_PARITY_WALK_H

#include "shm/parity/walk_state.h"

/* Starts the sides. No buffer will be larger than a quarter of the pool size. */
void walk_start(struct walk *walk, struct side *sides, unsigned side_count, unsigned long long seed,
		long max_pool_size_bytes);

/* Does one random operation on every side and compares. */
void walk_step(struct walk *walk);

/* Lets everything go, and stops the sides. */
void walk_stop(struct walk *walk);

/* A get with all that follows from it; every other time of an old buffer, it is brought up to date. */
void walk_get(struct walk *walk, unsigned group, int width, int height);

#endif
