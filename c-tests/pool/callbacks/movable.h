/* Blocks that a compaction moves. */
#ifndef MILLPOND_POOL_MOVABLE_H
#define MILLPOND_POOL_MOVABLE_H

#define MOVABLE 300

/* NULL where one was freed. */
extern unsigned char *movable[MOVABLE];

/* A `move` of a program that notes where its blocks went. */
void follow(void *from, void *to);

void check_movable(void);

/* Makes them, frees every other one, and compacts the pool with this `move`. */
void compact_with(void (*hook)(void *from, void *to));

#endif
