/*
 * What a pool must answer, worked out in the slowest and plainest way: the blocks of a small pool in one array, in the
 * order of their addresses. A free block is looked for in all of it, a counter is the sum over all of it. There are
 * alloc, free and realloc, arenas, and their merging; addresses are numbers.
 */
#ifndef MILLPOND_POOL_ORACLE_H
#define MILLPOND_POOL_ORACLE_H

#include <stdbool.h>
#include <stddef.h>

#define ORACLE_BLOCKS_MAX 40
#define ORACLE_ARENAS_MAX 6

/* Fixed by the layout of the heap where a long has 64 bits. */
#define ORACLE_ARENA_HEADER_BYTES (6U * (unsigned)sizeof(long))
#define ORACLE_ARENA_TAIL_BYTES (2U * (unsigned)sizeof(long))
#define ORACLE_BLOCK_HEADER_BYTES (2U * (unsigned)sizeof(long))
#define ORACLE_BLOCK_TAIL_BYTES (2U * (unsigned)sizeof(long))
#define ORACLE_BLOCK_BYTES_MIN (8U * (unsigned)sizeof(long))

struct oracle_settings {
	unsigned quantum, minblock, minarena, maxsize;

	/* Says where the next arena of so many bytes begins, or 0, when all arenas lie from `lowest` to `highest`. */
	unsigned (*place_arena)(unsigned lowest, unsigned highest, unsigned bytes);
	bool merges;               /* all neighbours */
};

struct oracle_block {
	unsigned begin, bytes;
	unsigned data_bytes;       /* of an allocated block */
	unsigned freed_at;         /* when it last became free; 0: it is allocated */
};

struct oracle {
	const struct oracle_settings *settings;
	unsigned time;             /* counts what becomes free */
	unsigned nfree, cursize;
	unsigned block_count, arena_count;
	struct oracle_arena {
		unsigned begin, end;
	} arenas[ORACLE_ARENAS_MAX];  /* lowest first */
	struct oracle_block blocks[ORACLE_BLOCKS_MAX]; /* lowest first; the last member, so that a copy can be short */
};

void oracle_start(struct oracle *oracle, const struct oracle_settings *settings);
void oracle_copy(struct oracle *to, const struct oracle *from);

/* These take and return addresses of data; 0 is nil. */
unsigned oracle_alloc(struct oracle *oracle, unsigned bytes);
void oracle_free(struct oracle *oracle, unsigned data);
unsigned oracle_realloc(struct oracle *oracle, unsigned data, unsigned bytes);

/* The sums over the blocks. */
unsigned oracle_free_bytes(const struct oracle *oracle);
unsigned oracle_allocated_bytes(const struct oracle *oracle);

#endif
