/*
 * What a program gives to its pools, for tests: arenas with unreadable pages around them, and callbacks that keep what
 * they were told.
 *
 *	Pool pool = provider_start("name", &(struct arena_plan){ .order = ARENAS_APART });
 *
 * The callbacks of a pool do not say which pool calls, so there is one provider for all pools of a process.
 */
#ifndef MILLPOND_TEST_POOL_ARENA_PROVIDER_H
#define MILLPOND_TEST_POOL_ARENA_PROVIDER_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pool.h"

/* Bit n of a word of 64 bits, and its counterpart in one of 32. */
#define LONG_BIT_OF_64(n) (1UL << (n) * sizeof(long) / 8)

enum arena_order {
	ARENAS_APART,                     /* one end of each at an unreadable page, in turn its begin and its end */
	ARENAS_UPWARDS,                   /* each behind the one before */
	ARENAS_DOWNWARDS,                 /* each in front of the one before */
};

struct arena_plan {
	enum arena_order order;
	size_t gap_bytes;                 /* between arenas that are not apart */
	bool is_merging;                  /* the pool may make one arena of two */
	size_t space_bytes;               /* address space for all arenas; 0: 64 MiB. Memory is used where it is written. */
};

enum panic_way {
	PANIC_FAILS_THE_TEST,
	PANIC_JUMPS,                      /* to `escape` */
	PANIC_RETURNS,
	PANIC_EXITS,                      /* with STATUS_PANICKED, and what was printed goes to stderr */
};

#define STATUS_PANICKED 33
#define PROVIDER_MOVES 4096
#define PROVIDER_REPORT_BYTES (1 << 18)

struct provider_move {
	void *from, *to;
};

struct arena_provider {
	struct arena_plan plan;
	unsigned char *space;             /* what arenas are cut from */
	size_t space_bytes;
	size_t cut_bytes;                 /* from the begin, or from the end for ARENAS_DOWNWARDS */
	unsigned arenas_left;             /* alloc returns nil after so many more */

	unsigned allocs, merges, moves, frees, logstacks, locks, unlocks, panics;
	unsigned long last_alloc_bytes;
	void *last_alloc;
	void *last_freed;                 /* an arena */
	unsigned long last_freed_bytes;
	struct provider_move moved[PROVIDER_MOVES];
	void (*on_move)(void *from, void *to);

	Pool *holder;                     /* the pool whose lock is held */
	unsigned unlocked_calls;          /* callbacks that came without the lock, or with it where it should be free */

	enum panic_way panic_way;
	sigjmp_buf escape;
	char panic_text[8192];            /* of the last panic */
	char report[PROVIDER_REPORT_BYTES]; /* all that was printed, and the texts of panics */
	size_t report_bytes;
	unsigned unfinished_texts;        /* texts that came with another format than "%s" */
};

extern struct arena_provider provider;

/* Forgets all arenas and all that was kept, and returns a pool with all callbacks: quantum 32, arenas from 4096 on. */
Pool provider_start(char *name, const struct arena_plan *plan);

/* Another pool that takes its arenas from the same provider. */
Pool provider_pool(char *name);

/* Forgets what the callbacks were told; arenas stay. */
void provider_forget(void);

/* Whether the range is in an arena that the provider gave. */
bool provider_owns(const void *from, size_t bytes);

/* A heap call, with its arguments, for the functions below. */
enum pool_operation {
	POOL_OPERATION_ALLOC, POOL_OPERATION_FREE, POOL_OPERATION_REALLOC, POOL_OPERATION_MSIZE, POOL_OPERATION_CHECK,
	POOL_OPERATION_BLOCKCHECK, POOL_OPERATION_COMPACT, POOL_OPERATION_DUMP,
};

/*
 * Makes the call, and returns true if the pool called panic. Control then leaves the pool by a jump, and its lock is
 * released as a program would do it. What the call printed is in provider.report, and nothing of earlier calls.
 */
bool provider_panics(Pool *pool, enum pool_operation operation, void *block, unsigned long bytes);

#endif
