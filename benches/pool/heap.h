/* The heaps that are compared: all behind the same three calls, so that the way into them costs the same. */
#ifndef POOL_BENCH_HEAP_H
#define POOL_BENCH_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* What a row wants of a Pool. Other heaps have no such settings, and do the same without. */
struct heap_settings {
	/* What is asked of the provider at least, and what the Pool may have at most. 0: as without a row's wish. */
	size_t minarena_bytes;
	size_t maxsize_bytes;
	/* Needed where several Pools share the range: only one can have arenas that follow one another. */
	bool keeps_arenas_apart;
};

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
	/* Another such heap: a context for the calls. The same each time if there can be only one. NULL: none can be had. */
	void *(*another)(const struct heap *heap, const struct heap_settings *settings);
	/* For another(). */
	const void *origin;
	void *context;
	/* True: realloc(block, 0) is free(block). */
	bool frees_by_realloc;
};

#define HEAPS_MAX 12

/* Where the libraries lie. NULL: that heap is left out. */
struct heap_files {
	const char *original;
	const char *millpond;
	const char *mspace;
	const char *tlsf;
	/* What a Pool asks its provider for at least, if the row does not say. 9front's malloc has 4,096. */
	size_t minarena_bytes;
};

/* Names of the heaps that columns and goals are about. */
#define HEAP_ORIGINAL "original"
#define HEAP_ORIGINAL_MUTEX "orig+mx"
#define HEAP_MILLPOND "millpond"
#define HEAP_MILLPOND_MUTEX "mill+mx"
#define HEAP_MSPACE "dlmalloc"
#define HEAP_MSPACE_MUTEX "dlm+mx"
#define HEAP_TLSF "tlsf"
#define HEAP_TLSF_MUTEX "tlsf+mx"
#define HEAP_GLIBC "glibc"
#define HEAP_JEMALLOC "jemalloc"
#define HEAP_MIMALLOC "mimalloc"
#define HEAP_HARNESS "harness"

/* Loads them, and returns how many there are. */
size_t heaps_load(const struct heap_files *files, struct heap heaps[HEAPS_MAX]);

/* NULL: no such heap. */
const struct heap *heap_named(const struct heap *heaps, size_t count, const char *name);

/* Each makes a heap of a library, and returns false if it is not there. */

/* heap_pool.c: Pools, with locks that do nothing or with a pthread mutex each. */
bool heap_load_pool(struct heap *heap, const char *file, size_t minarena_bytes, bool has_mutex);
/* heap_peers.c */
bool heap_load_mspace(struct heap *heap, const char *file);
bool heap_load_tlsf(struct heap *heap, const char *file);
/* What is left of a figure when a heap costs nothing: blocks follow one another in a ring, and nothing is kept. */
bool heap_load_harness(struct heap *heap);
/* heap_guarded.c: another heap with a pthread mutex around each call. NULL: there is none to guard. */
bool heap_guard(struct heap *heap, const struct heap *inner);

#endif
