/*
 * A Pool over memory that the program provides: the shortest whole program. Copy it and begin.
 *
 *	cc -std=c99 pool_arena.c $(pkg-config --cflags --libs millpond) -o pool_arena
 *
 * It prints (addresses differ from run to run):
 *
 *	hello, arena and all
 *	arenas 65536 bytes, of these 128 allocated and 65344 free
 *	pool 5604d61e4040 example
 *	(7f8306f44000 c0a1e5cf 48)(7f8306f44030 0a110c09 128)(7f8306f440b0 ba5eba11 65344)
 *	allocated at the end: 0 bytes
 *
 * The long line is pooldump(): one (address kind size) for each block. c0a1e5cf begins an arena, 0a110c09 is an
 * allocated block, ba5eba11 a free one. Sizes include the 32 bytes that the pool keeps around the program's data.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <pool.h>

/* Where arenas come from: anything that is aligned for every type and stays the pool's. nil (NULL) means no more. */
static void *arena_from_system(ulong size_bytes)
{
	void *arena = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return arena == MAP_FAILED ? NULL : arena;
}

static void arena_to_system(void *arena, ulong size_bytes)
{
	munmap(arena, size_bytes);
}

/* What the pool has to say: dumps, and what poolcheck() finds. Then it ends the program, unless `panic` does. */
static void print(Pool *pool, char *format, ...)
{
	va_list arguments;

	(void)pool;
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
}

/* No function need be called first. A pool used by several threads also has `lock` and `unlock`. */
static Pool pool = {
	.name = "example",
	.maxsize = 16 * 1024 * 1024, /* bytes that all arenas together may take */
	.minarena = 65536 - 32,      /* the pool adds up to one quantum: this asks for 65,536 at a time */
	.quantum = 32,               /* block sizes are multiples of it: a power of two */
	.alloc = arena_from_system,
	.free = arena_to_system,
	.print = print,
};

int main(void)
{
	char *text = poolalloc(&pool, 8);
	char *longer = text ? strcpy(text, "hello, ") : NULL;

	/* As with realloc(): the data stays, the address may change, and on nil the old block is as it was. */
	longer = longer ? poolrealloc(&pool, longer, 80) : NULL;
	if (!longer) {
		fprintf(stderr, "pool_arena: %s\n", poolerror());
		return EXIT_FAILURE;
	}
	puts(strcat(longer, "arena and all"));

	printf("arenas %lu bytes, of these %lu allocated and %lu free\n", (ulong)pool.cursize, (ulong)pool.curalloc,
	       (ulong)pool.curfree);
	poolcheck(&pool); /* walks all blocks; returns if nothing is damaged */
	pooldump(&pool);

	poolfree(&pool, longer);
	printf("allocated at the end: %lu bytes\n", (ulong)pool.curalloc);
	poolreset(&pool); /* forgets every block and gives all arenas back */
	return EXIT_SUCCESS;
}
