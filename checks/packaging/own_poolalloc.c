/* A program that has a poolalloc of its own, and millpond's with the prefix pond_. */
#include <stdio.h>
#include <stdlib.h>

#define MILLPOND_ONLY_PREFIXED_NAMES
#include <pool.h>

static int own_calls;

void *poolalloc(unsigned long size);
void *poolalloc(unsigned long size)
{
	own_calls++;
	return malloc(size);
}

static void *arena(unsigned long size)
{
	return poolalloc(size);
}

int unchanged_program(void);

int main(void)
{
	Pool pool = { .name = "own", .maxsize = 1 << 20, .minarena = 64 << 10, .quantum = 32, .alloc = arena };
	char *block = pond_poolalloc(&pool, 100);

	if (!block || pond_poolmsize(&pool, block) < 100 || own_calls != 1)
		return 1;
	pond_poolfree(&pool, block);
	if (unchanged_program() != 0 || own_calls != 1)
		return 2;
	puts("both called");
	return 0;
}
