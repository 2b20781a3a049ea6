/* A pool to be damaged, and calls of a program that goes on after each panic. */
#ifndef MILLPOND_POOL_SPOILT_H
#define MILLPOND_POOL_SPOILT_H

#include "pool.h"
#include "pool/provider/arena_provider.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECONDS 10                /* for what takes far less than one */

/* Words of a free block, from its header on. */
enum { LINK_LEFT = 2, LINK_RIGHT, LINK_NEXT, LINK_PREVIOUS, LINK_PARENT };

static const enum panic_way ways[] = { PANIC_RETURNS, PANIC_JUMPS };

Pool spoilt_start(void);

unsigned long *header_of(void *data);
unsigned long size_of(void *data);
unsigned long *tail_of(void *data);

void *spoilt_call(Pool *pool, enum pool_operation operation, void *block, unsigned long bytes);

#endif
