/*
 * A Pool over memory of the system's: nothing is needed but its name. Copy it and begin.
 *
 *	cc -std=c99 pool_system.c $(pkg-config --cflags --libs millpond) -o pool_system
 *
 * It prints:
 *
 *	hello, pool
 *	a gibibyte of zeros, and not a page of it in use
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pool.h>

/* Several threads may use it, and children of fork(). */
static Pool pool = POOL_SYSTEM_INIT("example");

/* A pool for one purpose: what was allocated for that goes at once, however much it was. */
static int count_zeros(void)
{
	unsigned long size_bytes = 1UL << 30;
	Pool *scratch = poolsystem("scratch");
	char *zeros = poolzalloc(scratch, size_bytes);
	int is_zero = zeros && zeros[0] == 0 && zeros[size_bytes - 1] == 0;

	pooldestroy(scratch);
	return is_zero;
}

int main(void)
{
	char *text = poolalloc(&pool, 20);

	if (!text) {
		fprintf(stderr, "pool_system: %s\n", poolerror());
		return EXIT_FAILURE;
	}
	puts(strcpy(text, "hello, pool"));
	poolfree(&pool, text);
	puts(count_zeros() ? "a gibibyte of zeros, and not a page of it in use" : poolerror());
	pooldestroy(&pool); /* not needed at the end of a program */
	return EXIT_SUCCESS;
}
