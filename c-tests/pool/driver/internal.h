/* What the files of the driver share. */
#ifndef MILLPOND_POOL_DRIVER_INTERNAL_H
#define MILLPOND_POOL_DRIVER_INTERNAL_H

#include <setjmp.h>
#include <stdarg.h>

#include "pool/driver/driver.h"

/*
 * The region: the Pool itself, then room for arenas. Its address is a multiple of 64 KiB and of 45, so that all aligns
 * and spans mean the same places in every region.
 */
#define REGION_BYTES (40UL << 20)
#define REGION_ALIGN (65536UL * 45)
#define ARENAS_BEGIN 65536UL
#define ARENAS_END (REGION_BYTES - 65536UL)

#define ARENAS_MAX 2048
#define BLOCKS_MAX 512

/* A text that grows. */
struct text {
	char *bytes;
	size_t length, capacity;
};

void text_clear(struct text *text);
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *text);

/* Adds the format with its arguments as Plan 9's print would. */
void text_add_plan9(struct text *text, const char *format, va_list arguments);

/* Adds `raw` in one line, each address in the region as `@` and its offset in it. */
void text_add_normalised(struct text *text, const char *raw, uintptr_t region, size_t region_bytes);

uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t length);

/* A number below `limit`. */
unsigned long random_below(uint64_t *state, unsigned long limit);

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

void arena_source_start(struct arena_source *source, const struct pool_configuration *configuration);

/* Forgets the arenas: those that come are placed as at the start. */
void arena_source_restart(struct arena_source *source);

/* Returns the offset of a new arena, or 0. */
size_t arena_source_provide(struct arena_source *source, size_t bytes);

/* Returns 0 or 1; -1 if the two are not neighbours that begin there. */
int arena_source_merge(struct arena_source *source, size_t bottom, size_t top);

/* Returns false if there is no such arena. */
bool arena_source_take_back(struct arena_source *source, size_t begin, size_t bytes);

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

/* Fills the Pool: settings and callbacks. */
void driver_set_up_pool(struct pool_driver *driver);

/* Chooses an operation and does it. */
void driver_operate(struct pool_driver *driver);

/* Blocks. */
void block_put(struct pool_driver *driver, struct pool_block *block, void *data, unsigned long bytes,
	       bool is_aligned);
void block_check(struct pool_driver *driver, const struct pool_block *block, unsigned long bytes);
void blocks_check_all(struct pool_driver *driver);
void block_extend(struct pool_block *block, unsigned long bytes);
void block_moved(struct pool_driver *driver, void *from, void *to);
struct pool_block *block_choose_live(struct pool_driver *driver);
struct pool_block *block_choose_empty(struct pool_driver *driver);

#endif
