/* A pool with one arena of whole pages, and blocks in it. */
#ifndef MILLPOND_POOL_TRIMMING_PAGES_H
#define MILLPOND_POOL_TRIMMING_PAGES_H

#include <stdint.h>

#include "pool.h"

#define MOST_PAGE_BYTES (64UL << 10)
#define SLOTS 24

struct slot {
	unsigned char *data;
	unsigned long bytes;
	unsigned char fill;
};

/* What came back: how many bytes, and the first word of the last arena. */
extern unsigned long given_back_bytes;
extern uint32_t given_back_word;

unsigned long page_bytes(void);

/* A pool with one arena: so many pages at an address. */
Pool begin(void *memory, unsigned pages);

/* Takes an arena back, as a pool's `free`. */
void take_back(void *taken, unsigned long bytes);

void *map(unsigned pages, int flags);

void take_slot(Pool *pool, struct slot *slot, unsigned long bytes, unsigned char fill);
void free_slot(Pool *pool, struct slot *slot);
void check_slot(const struct slot *slot);

/* Blocks of three pages and a bit all over the arena; every second one is freed again. */
void spread(Pool *pool, struct slot *slots);

#endif
