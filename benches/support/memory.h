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

/*
 * Takes so much memory and gives it back, so that the system has it at hand. What a virtual machine has not used for some
 * seconds its host may have taken away; the first touch then takes ten times as long, whoever it is.
 */
void memory_fetch(uint64_t bytes);

/* Only `resident_bytes`, and only of files whose names begin so: of one library among several. */
uint64_t memory_resident_bytes_named(const char *beginning);

/* Only `resident_bytes`, and only of one file: cheap enough for every step. */
uint64_t memory_resident_bytes(int descriptor);

#endif
