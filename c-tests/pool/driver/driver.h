/*
 * Random operations on one pool, the same ones for every library: whoever answers as the original does writes the same
 * text.
 *
 * A seed and a configuration decide everything. After each operation, the text holds all that a program can observe:
 * what was returned, the counters, the arenas asked for, each call of merge, move, free, lock, print and panic with its
 * arguments, and the error text. Addresses stand in it as offsets in the region that the arenas come from. The driver
 * also fills each block, and looks whether it keeps its bytes.
 *
 * Where the original is wrong, the operations keep clear of it:
 *
 * - a realloc that compacts the pool loses data: where blocks may move and `maxsize` is small, it only shrinks;
 * - compactions move aligned blocks: where blocks may move, there are none;
 * - no compaction follows when `alloc` returns nil: where blocks may move, it never does;
 * - aligned blocks that end up less than `minblock` corrupt the pool: they are never that small;
 * - poolmsize of an aligned block answers too much: only its other blocks are asked for their size;
 * - `curalloc` drifts when a realloc makes arenas merge: it is no part of the text where both are possible;
 * - POOL_ANTAGONISM and POOL_NOREUSE damage the heap: they are not set;
 * - nil for lock, unlock, print and panic ends in a signal: all are given.
 */
#ifndef MILLPOND_POOL_DRIVER_H
#define MILLPOND_POOL_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "pool.h"

/* Whose functions are called. */
struct pool_library {
	const char *name;
	bool is_original;
	void *(*alloc)(Pool *, unsigned long);
	void *(*allocalign)(Pool *, unsigned long, unsigned long, long, unsigned long);
	void (*free)(Pool *, void *);
	unsigned long (*msize)(Pool *, void *);
	int (*isoverlap)(Pool *, void *, unsigned long);
	void (*reset)(Pool *);
	void *(*realloc)(Pool *, void *, unsigned long);
	void (*check)(Pool *);
	int (*compact)(Pool *);
	void (*blockcheck)(Pool *, void *);
	void (*dump)(Pool *);
	const char *(*error_text)(void);
	void (*forget_error)(void);
};

const struct pool_library *pool_library_under_test(void);

/* From libpool_ref.so in the folder that MILLPOND_REFERENCE names. NULL: it names none. Without the file, no return. */
const struct pool_library *pool_library_original(void);

enum arena_provider {
	ARENAS_DISJOINT,    /* upwards, far apart */
	ARENAS_ASCENDING,   /* upwards, 16 bytes apart */
	ARENAS_DESCENDING,  /* downwards, one against the other */
	ARENAS_SLOTS,       /* in random places */
	ARENAS_BOTH_ENDS,   /* in turn from the lower and the upper end of the region */
	ARENA_PROVIDERS,
};

extern const char *const arena_provider_names[ARENA_PROVIDERS];

struct pool_configuration {
	unsigned number;
	enum arena_provider provider;
	uint64_t seed;
	unsigned long quantum, minblock, minarena, maxsize;
	int flags;
	unsigned slots;            /* for blocks */
	unsigned failure_percent;  /* of the requests for arenas */
	bool merges;               /* there is a `merge` */
	bool moves;                /* there is a `move` */
	bool frees;                /* there is a `free` */
	bool grows;                /* a realloc may ask for more than the block has */
};

#define POOL_CONFIGURATIONS 80U

struct pool_configuration pool_configuration(unsigned number);
void pool_configuration_write(FILE *file, const struct pool_configuration *configuration);
bool pool_configuration_read(const char *line, struct pool_configuration *configuration);

/* Is curalloc a part of the text? */
bool pool_configuration_compares_curalloc(const struct pool_configuration *configuration);

struct pool_counts {
	unsigned long operations, nils, arenas, refused_arenas, merges, moves, freed_arenas, mistakes, dumped_blocks;
};

struct pool_driver;

/* `place` sets apart the regions of drivers that live at the same time: 0 or 1. */
struct pool_driver *pool_driver_start(const struct pool_library *library,
				      const struct pool_configuration *configuration, unsigned place);
void pool_driver_stop(struct pool_driver *driver);
void pool_driver_step(struct pool_driver *driver);

/* What the last operation was and did; ends in a newline. */
const char *pool_driver_text(const struct pool_driver *driver);

/* Of all texts so far. */
uint64_t pool_driver_hash(const struct pool_driver *driver);

/* `cursize curfree curalloc nfree lastcompact`; curalloc is `-` if it is not compared. */
void pool_driver_counters(const struct pool_driver *driver, char *text, size_t capacity);

const struct pool_counts *pool_driver_counts(const struct pool_driver *driver);
void pool_counts_add(struct pool_counts *sum, const struct pool_counts *counts);
void pool_counts_print(const char *who, const struct pool_counts *counts);

/* Prints the text, each line after `mark`; long lines and long texts are cut. */
void pool_text_print(const char *mark, const char *text);

#endif
