/*
 * The heap as tools outside the library read it: what stands around blocks, and at the ends of arenas.
 *
 * Memory is read and written through the kernel: a wrong address is no signal but an error, and memory that ASan or
 * Valgrind hold to be out of bounds can be looked at and damaged.
 */
#ifndef MILLPOND_TEST_POOL_IN_BAND_H
#define MILLPOND_TEST_POOL_IN_BAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pool.h"

#define MAGIC_ALLOCATED 0x0a110c09UL
#define MAGIC_FREE 0xba5eba11UL
#define MAGIC_DEAD 0xdeaddeadUL
#define MAGIC_ARENA 0xc0a1e5cfUL
#define MAGIC_ARENA_END 0xec5e1a0dUL
#define MAGIC_BEFORE_ALIGNED 0xa1f1d1c1UL   /* fills what an aligned block has in front of the user's bytes */
#define TAIL_FIRST_BYTE 0xbe
#define TAIL_FOURTH_BYTE 0xef

struct band_header {
	unsigned long magic;
	unsigned long size_bytes;         /* from this header to the next */
};

#define HEADER_BYTES sizeof(struct band_header)

struct band_tail {
	unsigned char first_byte;
	unsigned char unused_bytes_high;  /* the block's size less what the user asked for, in 16 bits */
	unsigned char unused_bytes_low;
	unsigned char fourth_byte;
	unsigned long size_bytes;         /* as in the header */
};

/* The most data in a block of so many bytes. */
#define FULL_DATA_BYTES(block_bytes) ((block_bytes) - HEADER_BYTES - sizeof(struct band_tail))

struct band_free {
	struct band_header header;
	void *links[4];
};

struct band_arena {
	struct band_header header;
	uintptr_t above, below;           /* the arenas of the next higher and the next lower address */
	unsigned long arena_bytes;
	unsigned long tail_size_bytes;    /* the header of an arena has a block's tail: here is its size */
};

struct band_block {
	uintptr_t address;                /* of the header */
	unsigned long magic;
	unsigned long size_bytes;
	struct band_tail tail;
};

/* Copies; false if one of the addresses is not mapped. */
bool band_read(uintptr_t from, void *to, size_t bytes);
bool band_write(uintptr_t to, const void *from, size_t bytes);

/* Inverts one bit of memory. */
void band_flip(uintptr_t address, unsigned bit);

/* Where the tail of a block begins. */
uintptr_t band_tail_of(uintptr_t block, unsigned long size_bytes);

/* What the user asked for, and for an aligned block what lies between the header and that. */
unsigned long band_data_bytes(const struct band_block *block);

/*
 * All blocks of all arenas in the order of the arena list, without arena headers and ends. Fails the test if the heap
 * is not as documented. Returns how many there are, also beyond the capacity.
 */
size_t band_blocks(const Pool *pool, struct band_block *blocks, size_t capacity);

/* The header of the block that a pointer from poolalloc() belongs to. */
struct band_block band_block_of(const void *user_pointer);

/* The totals that the heap shows; they must be the pool's counters. */
void band_check_counters(const Pool *pool);

#endif
