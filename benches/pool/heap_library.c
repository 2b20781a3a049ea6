/* Finds the heaps: shared libraries that are loaded beside each other, and this program's own malloc. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dynamic_library.h"
#include "heap.h"

/* The functions of a malloc family, which know no context. */
struct family {
	void *(*malloc)(size_t);
	void *(*realloc)(void *, size_t);
	void (*free)(void *);
};

static void *family_alloc(void *context, size_t size_bytes)
{
	return ((struct family *)context)->malloc(size_bytes);
}

static void *family_realloc(void *context, void *block, size_t size_bytes)
{
	return ((struct family *)context)->realloc(block, size_bytes);
}

static void family_free(void *context, void *block)
{
	((struct family *)context)->free(block);
}

static void *the_family(const struct heap *heap, const struct heap_settings *settings)
{
	(void)settings;
	return heap->context;
}

static bool use_family(struct heap *heap, struct family *family)
{
	heap->alloc = family_alloc;
	heap->realloc = family_realloc;
	heap->free = family_free;
	heap->another = the_family;
	heap->context = family;
	return true;
}

static bool load_family(struct heap *heap, const char *file, const char *package, struct family *family)
{
	void *library = heap_library(file);

	if (!library) {
		fprintf(stderr, "(it is in Debian's package %s)\n", package);
		return false;
	}
	heap_function(library, "malloc", &family->malloc);
	heap_function(library, "realloc", &family->realloc);
	heap_function(library, "free", &family->free);
	return use_family(heap, family);
}

/* Takes the next place for a heap. It is given back if the heap cannot be loaded. */
static struct heap *next_heap(struct heap *heaps, size_t count, const char *name, const char *description)
{
	struct heap *heap = &heaps[count];

	*heap = (struct heap){ .name = name };
	snprintf(heap->description, sizeof(heap->description), "%s", description);
	return heap;
}

static size_t load_pools(const struct heap_files *files, struct heap *heaps, size_t n)
{
	size_t minarena = files->minarena_bytes;

	n += heap_load_pool(next_heap(heaps, n, HEAP_ORIGINAL, "9front's pool.c, locks that do nothing"),
			    files->original, minarena, false);
	n += heap_load_pool(next_heap(heaps, n, HEAP_ORIGINAL_MUTEX, "9front's pool.c, locks over a pthread mutex"),
			    files->original, minarena, true);
	n += heap_load_pool(next_heap(heaps, n, HEAP_MILLPOND, "millpond, locks that do nothing"),
			    files->millpond, minarena, false);
	n += heap_load_pool(next_heap(heaps, n, HEAP_MILLPOND_MUTEX, "millpond, locks over a pthread mutex"),
			    files->millpond, minarena, true);
	return n;
}

size_t heaps_load(const struct heap_files *files, struct heap heaps[HEAPS_MAX])
{
	static struct family own = { malloc, realloc, free }, jemalloc, mimalloc;
	size_t n = load_pools(files, heaps, 0);

	n += heap_load_mspace(next_heap(heaps, n, HEAP_MSPACE, "dlmalloc 2.8.6 mspace, no lock"), files->mspace);
	n += heap_guard(next_heap(heaps, n, HEAP_MSPACE_MUTEX, "dlmalloc 2.8.6 mspace with a pthread mutex outside"),
			heap_named(heaps, n, HEAP_MSPACE));
	n += heap_load_tlsf(next_heap(heaps, n, HEAP_TLSF, "TLSF of the crate rlsf, no lock"), files->tlsf);
	n += heap_guard(next_heap(heaps, n, HEAP_TLSF_MUTEX, "TLSF of the crate rlsf with a pthread mutex outside"),
			heap_named(heaps, n, HEAP_TLSF));
	n += use_family(next_heap(heaps, n, HEAP_GLIBC, "the C library's malloc"), &own);
	n += load_family(next_heap(heaps, n, HEAP_JEMALLOC, "libjemalloc.so.2"), "libjemalloc.so.2",
			 "libjemalloc2", &jemalloc);
	n += load_family(next_heap(heaps, n, HEAP_MIMALLOC, "libmimalloc.so.2"), "libmimalloc.so.2",
			 "libmimalloc2.0", &mimalloc);
	n += heap_load_harness(next_heap(heaps, n, HEAP_HARNESS, "no heap at all: what measuring itself costs"));
	return n;
}

const struct heap *heap_named(const struct heap *heaps, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(heaps[i].name, name) == 0)
			return &heaps[i];
	return NULL;
}
