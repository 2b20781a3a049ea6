/* What this process holds: address space, memory files, descriptors and mappings of them. Read from /proc/self. */
#ifndef MILLPOND_BENCH_MEMORY_H
#define MILLPOND_BENCH_MEMORY_H

#include <stdint.h>

struct memory_use {
	uint64_t virtual_bytes;       /* VmSize */
	uint64_t page_table_bytes;    /* VmPTE */
	uint64_t file_mappings;       /* mappings of memory files */
	uint64_t file_descriptors;    /* descriptors of memory files */
	uint64_t files;               /* different memory files behind these descriptors */
	uint64_t resident_bytes;      /* what these files hold (st_blocks), whoever has touched it */
};

struct memory_use memory_use(void);

/* Only `resident_bytes`, and only of one file: cheap enough for every step. */
uint64_t memory_resident_bytes(int descriptor);

#endif
