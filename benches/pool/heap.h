/* The heaps that are compared: all behind the same three calls, so that the way into them costs the same. */
#ifndef POOL_BENCH_HEAP_H
#define POOL_BENCH_HEAP_H

#include <stdbool.h>
#include <stddef.h>

struct heap {
	/* As a column of the table is headed. */
	const char *name;
	/* What it is, and how it is called. */
	char description[160];
	void *(*alloc)(void *context, size_t size_bytes);
	void *(*realloc)(void *context, void *block, size_t size_bytes);
	void (*free)(void *context, void *block);
	/* Looks for damage; NULL if the heap has nothing to offer. */
	void (*check)(void *context);
	void *context;
};

#define HEAPS_MAX 10

/* Where the libraries lie. NULL: that heap is left out. */
struct heap_files {
	const char *original;
	const char *millpond;
	const char *mspace;
	const char *tlsf;
	/* What a Pool asks its provider for at least. 9front's malloc has 4,096. */
	unsigned long minarena_bytes;
};

/* Names of the heaps that goals are about. */
#define HEAP_ORIGINAL "original"
#define HEAP_MILLPOND "millpond"
#define HEAP_MILLPOND_MUTEX "mill+mx"
#define HEAP_MSPACE_MUTEX "dlm+mx"
#define HEAP_TLSF "tlsf"
#define HEAP_HARNESS "harness"

/* Loads them, and returns how many there are. */
size_t heaps_load(const struct heap_files *files, struct heap heaps[HEAPS_MAX]);

/* NULL: no such heap. */
const struct heap *heap_named(const struct heap *heaps, size_t count, const char *name);

/* heap_pool.c: a Pool of the library in `file`, with locks that do nothing or with a pthread mutex. */
bool heap_load_pool(struct heap *heap, const char *file, unsigned long minarena_bytes, bool has_mutex);

#endif
