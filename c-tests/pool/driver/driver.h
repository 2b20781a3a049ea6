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

#include <stddef.h>
#include <stdint.h>

#include "pool/driver/configurations.h"
#include "pool/driver/counts.h"
#include "pool/driver/library.h"

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
#endif
