/*
 * A program that misuses the memory of a pool in the way that its argument names, in a line marked with MISUSE and that
 * name. `checks/runs/annotations.sh` runs it under Valgrind and with AddressSanitizer, which must name that line.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <pool.h>

#define ARENA_BYTES 65536

static void *arena_from_system(ulong size_bytes)
{
	void *arena = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return arena == MAP_FAILED ? NULL : arena;
}

/* Arenas from the program's own heap: they hang together by their headers, which leak checkers must be able to follow. */
static void *arena_from_malloc(ulong size_bytes)
{
	return malloc(size_bytes);
}

static void arena_to_malloc(void *arena, ulong size_bytes)
{
	memset(arena, 0x5A, size_bytes);
	free(arena);
}

static jmp_buf after_panic;

static void leave(Pool *pool, char *format, ...)
{
	(void)pool;
	(void)format;
	longjmp(after_panic, 1);
}

static int moves;

static void count_move(void *from, void *to)
{
	moves += from != to;
}

static Pool pool = { .name = "misused", .maxsize = 64 << 20, .minarena = ARENA_BYTES, .quantum = 32,
		     .alloc = arena_from_system, .move = count_move };
static Pool second = { .name = "second", .maxsize = 64 << 20, .minarena = 4096, .quantum = 32,
		       .alloc = arena_from_malloc, .free = arena_to_malloc, .panic = leave };

static volatile unsigned char sink;

static void after_free(void)
{
	unsigned char *block = poolalloc(&pool, 100);

	memset(block, 1, 100);
	poolfree(&pool, block);
	sink = block[50]; /* MISUSE after_free */
}

static void overflow(void)
{
	unsigned char *block = poolalloc(&pool, 104);

	block[104] = 0; /* MISUSE overflow */
}

static void underflow(void)
{
	unsigned char *block = poolalloc(&pool, 100);

	block[-1] = 0; /* MISUSE underflow */
}

static void never_written(void)
{
	unsigned char *block = poolalloc(&pool, 100);

	if (block[7] == 3) /* MISUSE never_written */
		puts("three");
}

static void after_reset(void)
{
	unsigned char *block = poolalloc(&pool, 100);

	poolreset(&pool);
	(void)poolalloc(&pool, 10);
	memset(block, 1, 100);
	block = poolalloc(&pool, 2000);
	poolfree(&pool, block);
	block[1000] = 1; /* MISUSE after_reset */
}

static void old_address(void)
{
	unsigned char *block = poolalloc(&pool, 100), *wall = poolalloc(&pool, 100);
	unsigned char *moved;

	memset(block, 7, 100);
	moved = poolrealloc(&pool, block, 5000);
	if (moved == block || moved[99] != 7 || !wall)
		exit(3);
	sink = block[10]; /* MISUSE old_address */
}

static void shrunk(void)
{
	unsigned char *block = poolalloc(&pool, 4000);

	memset(block, 7, 4000);
	block = poolrealloc(&pool, block, 1000);
	sink = block[999];
	sink = block[1008]; /* MISUSE shrunk */
}

static void aligned(void)
{
	unsigned char *block = poolallocalign(&pool, 1000, 256, 0, 0);

	memset(block, 7, 1000);
	sink = block[999];
	sink = block[1000]; /* MISUSE aligned */
}

static void moved_by_compaction(void)
{
	unsigned char *gap = poolalloc(&pool, 1000), *block = poolalloc(&pool, 1000);

	memset(gap, 1, 1000);
	memset(block, 2, 1000);
	poolfree(&pool, gap);
	if (!poolcompact(&pool) || moves != 1 || gap[999] != 2)
		exit(3);
	sink = block[999]; /* MISUSE moved_by_compaction */
}

static void after_panic_again(void)
{
	unsigned char *block = poolalloc(&second, 100);

	memset(block, 1, 100);
	if (!setjmp(after_panic)) {
		poolfree(&second, block);
		poolfree(&second, block);
		exit(3);
	}
	sink = block[50]; /* MISUSE after_panic_again */
}

static void leaked(void)
{
	/* Memcheck 3.24 looks for no leaks where nothing is left of what malloc() gave. */
	static void *volatile kept;
	void *volatile block = poolalloc(&pool, 100); /* MISUSE leaked */

	kept = malloc(1);
	block = NULL;
	(void)block, (void)kept;
}

/* Nothing is wrong with any of this. */
static void nothing(void)
{
	static unsigned char *blocks[400];
	static void *volatile kept[2];

	for (int round = 0; round < 5; round++) {
		Pool *used = round % 2 ? &pool : &second;

		used->flags = round > 2 ? POOL_ANTAGONISM | POOL_PARANOIA : 0;
		for (int i = 0; i < 400; i++) {
			size_t size_bytes = (size_t)(i * 7919 % 1500);

			blocks[i] = i % 5 ? poolalloc(used, size_bytes) : poolallocalign(used, size_bytes, 64, 0, 0);
			memset(blocks[i], i, size_bytes);
		}
		for (int i = 0; i < 400; i += 3) {
			size_t old_bytes = (size_t)(i * 7919 % 1500), size_bytes = (size_t)(i * 104729 % 3000);

			if (i % 5 == 0)
				continue;
			blocks[i] = poolrealloc(used, blocks[i], size_bytes);
			for (size_t at = 0; at < old_bytes && at < size_bytes; at++)
				if (blocks[i][at] != (unsigned char)i)
					exit(3);
			if (blocks[i])
				memset(blocks[i], i, poolmsize(used, blocks[i]));
		}
		poolcheck(used);
		for (int i = 0; i < 400; i += used == &second ? 2 : 1)
			poolfree(used, blocks[i]);
		if (used == &second)
			poolreset(used);
	}
	/* Two arenas, the first of which is found through the second. */
	kept[0] = poolalloc(&second, 100000);
	kept[1] = poolalloc(&second, 200000);
	if (!kept[0] || !kept[1])
		exit(3);
}

static const struct {
	const char *name;
	void (*run)(void);
} ways[] = {
	{ "after_free", after_free },       { "overflow", overflow },       { "underflow", underflow },
	{ "never_written", never_written }, { "after_reset", after_reset }, { "old_address", old_address },
	{ "shrunk", shrunk },               { "aligned", aligned },         { "moved_by_compaction", moved_by_compaction },
	{ "leaked", leaked },               { "after_panic_again", after_panic_again }, { "nothing", nothing },
};

int main(int count, char **arguments)
{
	for (size_t i = 0; count > 1 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(arguments[1], ways[i].name) == 0) {
			ways[i].run();
			return 0;
		}
	}
	fprintf(stderr, "%s WAY: see misuse.c\n", arguments[0]);
	return 2;
}
