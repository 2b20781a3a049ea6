/* A C program with two Rust archives: millpond's, and another, of which it calls OTHER(ARGUMENT) and wants RESULT. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "shm.h"

#ifdef WITH_STD
uint32_t other_std(uint32_t n);
#define OTHER other_std
#define ARGUMENT 100
#define RESULT 289
#else
uint64_t other_small(uint64_t n);
#define OTHER other_small
#define ARGUMENT (UINT64_C(1) << 40)
#define RESULT 518096
#endif

static void *arena(unsigned long bytes)
{
	return aligned_alloc(64, (bytes + 63) / 64 * 64);
}

static Pool pool = {
	.name = "two-archives", .maxsize = 1 << 20, .minarena = 1 << 16, .quantum = 32, .alloc = arena,
};

int main(void)
{
	char *block = poolalloc(&pool, 100);
	if (block == NULL) {
		fprintf(stderr, "poolalloc: %s\n", poolerror());
		return 1;
	}
	memset(block, 1, 100);
	unsigned long found = (unsigned long)OTHER(ARGUMENT);
	poolcheck(&pool);
	poolfree(&pool, block);
	poolreset(&pool);
	shm_fini();
	if (found != RESULT)
		fprintf(stderr, "the other library returned %lu, not %lu\n", found, (unsigned long)RESULT);
	return found != RESULT;
}
