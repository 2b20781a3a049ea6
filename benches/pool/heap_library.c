/* Finds the heaps: shared libraries that are loaded beside each other, and this program's own malloc. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dynamic_library.h"
#include "heap.h"
#include "measure.h"

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

static void use_family(struct heap *heap, struct family *family)
{
	heap->alloc = family_alloc;
	heap->realloc = family_realloc;
	heap->free = family_free;
	heap->context = family;
}

static bool load_family(struct heap *heap, const char *file, struct family *family)
{
	void *library = heap_library(file);

	if (!library)
		return false;
	heap_function(library, "malloc", &family->malloc);
	heap_function(library, "realloc", &family->realloc);
	heap_function(library, "free", &family->free);
	use_family(heap, family);
	return true;
}

/* dlmalloc's mspace, with a mutex around each call. */
static struct {
	void *space;
	void *(*malloc)(void *, size_t);
	void *(*realloc)(void *, void *, size_t);
	void (*free)(void *, void *);
	pthread_mutex_t mutex;
} mspace = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static void *mspace_alloc(void *context, size_t size_bytes)
{
	void *block;

	pthread_mutex_lock(&mspace.mutex);
	block = mspace.malloc(context, size_bytes);
	pthread_mutex_unlock(&mspace.mutex);
	return block;
}

static void *mspace_realloc(void *context, void *block, size_t size_bytes)
{
	void *moved;

	pthread_mutex_lock(&mspace.mutex);
	moved = mspace.realloc(context, block, size_bytes);
	pthread_mutex_unlock(&mspace.mutex);
	return moved;
}

static void mspace_free(void *context, void *block)
{
	pthread_mutex_lock(&mspace.mutex);
	mspace.free(context, block);
	pthread_mutex_unlock(&mspace.mutex);
}

static bool load_mspace(struct heap *heap, const char *file)
{
	void *library = heap_library(file);
	void *(*create)(size_t, int);

	if (!library)
		return false;
	heap_function(library, "create_mspace", &create);
	heap_function(library, "mspace_malloc", &mspace.malloc);
	heap_function(library, "mspace_realloc", &mspace.realloc);
	heap_function(library, "mspace_free", &mspace.free);
	heap->context = mspace.space = create(0, 0);
	heap->alloc = mspace_alloc;
	heap->realloc = mspace_realloc;
	heap->free = mspace_free;
	return mspace.space != NULL;
}

static bool load_tlsf(struct heap *heap, const char *file)
{
	void *library = heap_library(file);
	void *(*create)(void);

	if (!library)
		return false;
	heap_function(library, "peer_tlsf_create", &create);
	heap_function(library, "peer_tlsf_alloc", &heap->alloc);
	heap_function(library, "peer_tlsf_realloc", &heap->realloc);
	heap_function(library, "peer_tlsf_free", &heap->free);
	heap->context = create();
	return heap->context != NULL;
}

/* What is left of a figure when a heap costs nothing: blocks follow one another in a ring, and nothing is kept. */
#define RING_BYTES ((size_t)1 << 20)
#define RING_SLACK_BYTES ((size_t)64 << 20)

static char *ring;
static size_t ring_offset;

static void *ring_alloc(void *context, size_t size_bytes)
{
	void *block = ring + ring_offset;

	(void)context;
	ring_offset = (ring_offset + ((size_bytes + 15) & ~(size_t)15)) % RING_BYTES;
	return block;
}

static void *ring_realloc(void *context, void *block, size_t size_bytes)
{
	(void)context;
	(void)size_bytes;
	return block;
}

static void ring_free(void *context, void *block)
{
	(void)context;
	(void)block;
}

static bool load_harness(struct heap *heap)
{
	ring = malloc(RING_BYTES + RING_SLACK_BYTES);
	heap->alloc = ring_alloc;
	heap->realloc = ring_realloc;
	heap->free = ring_free;
	return ring != NULL;
}

/* Takes the next place for a heap. It is given back if the heap cannot be loaded. */
static struct heap *next_heap(struct heap *heaps, size_t count, const char *name, const char *description)
{
	struct heap *heap = &heaps[count];

	*heap = (struct heap){ .name = name };
	snprintf(heap->description, sizeof(heap->description), "%s", description);
	return heap;
}

size_t heaps_load(const struct heap_files *files, struct heap heaps[HEAPS_MAX])
{
	static struct family own = { malloc, realloc, free }, jemalloc, mimalloc;
	unsigned long minarena = files->minarena_bytes;
	size_t n = 0;

	n += heap_load_pool(next_heap(heaps, n, HEAP_ORIGINAL, "9front's pool.c, locks that do nothing"),
			    files->original, minarena, false);
	n += heap_load_pool(next_heap(heaps, n, HEAP_MILLPOND, "millpond, locks that do nothing"),
			    files->millpond, minarena, false);
	n += heap_load_pool(next_heap(heaps, n, HEAP_MILLPOND_MUTEX, "millpond, locks over a pthread mutex"),
			    files->millpond, minarena, true);
	n += load_mspace(next_heap(heaps, n, HEAP_MSPACE_MUTEX, "dlmalloc 2.8.6 mspace with a pthread mutex outside"),
			 files->mspace);
	n += load_tlsf(next_heap(heaps, n, HEAP_TLSF, "TLSF of the crate rlsf, no lock"), files->tlsf);
	use_family(next_heap(heaps, n, "glibc", "the C library's malloc"), &own);
	n++;
	n += load_family(next_heap(heaps, n, "jemalloc", "libjemalloc.so.2"), "libjemalloc.so.2", &jemalloc);
	n += load_family(next_heap(heaps, n, "mimalloc", "libmimalloc.so.2"), "libmimalloc.so.2", &mimalloc);
	n += load_harness(next_heap(heaps, n, HEAP_HARNESS, "no heap at all: what measuring itself costs"));
	return n;
}

const struct heap *heap_named(const struct heap *heaps, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(heaps[i].name, name) == 0)
			return &heaps[i];
	return NULL;
}
