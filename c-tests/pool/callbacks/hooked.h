/* A pool with callbacks in which a test hangs something up, under a lock that one thread may take several times. */
#ifndef MILLPOND_POOL_HOOKED_H
#define MILLPOND_POOL_HOOKED_H

#include <stdbool.h>
#include <stddef.h>

#include "pool.h"

#define STORE_BYTES (8UL << 20)
#define PAGE_BYTES 4096UL

struct hooked {
	Pool pool;
	int depth, most_depth, prints, moves, panics;
	char panic_text[1024];
	/* What is called in a callback, if it is not NULL; in_panic: then panic returns. */
	void (*in_alloc)(void), (*in_merge)(void), (*in_move)(void *from, void *to), (*in_print)(void),
		(*in_logstack)(void), (*in_lock)(void), (*in_panic)(void);
	void *(*instead_of_arena)(unsigned long bytes);
	bool is_merging;
	size_t cut_bytes;          /* of the store */
};
extern struct hooked hooked;

/* Where arenas come from. */
extern unsigned char hooked_store[STORE_BYTES];

void hooked_start(void);

/* The pool is whole and its counters are right, and its lock is free. */
void hooked_check(void);

#endif
