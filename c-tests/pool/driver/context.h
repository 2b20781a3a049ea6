/* What the files of the driver share. */
#ifndef MILLPOND_POOL_DRIVER_CONTEXT_H
#define MILLPOND_POOL_DRIVER_CONTEXT_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pool.h"
#include "pool/driver/configurations.h"
#include "pool/driver/counts.h"
#include "pool/driver/library.h"
#include "pool/driver/text.h"

/*
 * The region: the Pool itself, then room for arenas. Its address is a multiple of 64 KiB and of 45, so that all aligns
 * and spans mean the same places in every region.
 */
#define REGION_BYTES (40UL << 20)
#define REGION_ALIGN (65536UL * 45)
#define ARENAS_BEGIN 65536UL
#define ARENAS_END (REGION_BYTES - 65536UL)

#define ARENAS_MAX 2048

/* What the arenas cover, as offsets in the region, lowest first. */
struct arena_source {
	enum arena_provider provider;
	uint64_t random_state;
	unsigned failure_percent;
	unsigned count;
	struct arena_extent {
		size_t begin, end;
	} extents[ARENAS_MAX];
	size_t low, high;          /* where the next arena may begin, and where it must end */
	bool is_next_high;
};

/* A block that the library returned. Its bytes are filled by a rule with `serial` in it. */
struct pool_block {
	unsigned char *data;       /* NULL: none */
	unsigned long bytes;
	unsigned serial;
	bool is_aligned;
};

struct pool_driver {
	const struct pool_library *library;
	struct pool_configuration configuration;
	unsigned char *region;
	void *mapping;
	size_t mapping_bytes;
	Pool *pool;
	struct arena_source arenas;
	struct pool_block blocks[BLOCKS_MAX];
	unsigned last_serial;
	uint64_t random_state;
	int memory_descriptor;     /* /proc/self/mem */
	struct text text, raw;
	uint64_t hash;
	struct pool_counts counts;

	/* Of the operation that is being done. */
	bool has_alloc_failed, has_moved, is_complaint_expected;
	unsigned lock_depth;
	struct text complaint;
	jmp_buf panic_return;
	size_t dumped_free_bytes, dumped_alloc_bytes;
};

/* The callbacks of a Pool are not told more than the Pool at best: this is the driver whose operation is being done. */
extern struct pool_driver *driver_current;

/* Prints what went wrong and where, and ends the program. */
void driver_fail(struct pool_driver *driver, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

unsigned long driver_random(struct pool_driver *driver, unsigned long limit);
size_t driver_offset(struct pool_driver *driver, const void *address);

#endif
