/* Heaps that are made as often as wanted, beside the Pool: dlmalloc's mspace, TLSF, and none at all. */
#include <stdlib.h>

#include "dynamic_library.h"
#include "heap.h"
#include "measure.h"

static void *(*create_mspace)(size_t, int);

static void *another_mspace(const struct heap *heap, const struct heap_settings *settings)
{
	(void)heap;
	(void)settings;
	return create_mspace(0, 0);
}

bool heap_load_mspace(struct heap *heap, const char *file)
{
	void *library = heap_library(file);

	if (!library)
		return false;
	heap_function(library, "create_mspace", &create_mspace);
	heap_function(library, "mspace_malloc", &heap->alloc);
	heap_function(library, "mspace_realloc", &heap->realloc);
	heap_function(library, "mspace_free", &heap->free);
	heap->another = another_mspace;
	return true;
}

static void *(*create_tlsf)(void);

static void *another_tlsf(const struct heap *heap, const struct heap_settings *settings)
{
	(void)heap;
	(void)settings;
	return create_tlsf();
}

bool heap_load_tlsf(struct heap *heap, const char *file)
{
	void *library = heap_library(file);

	if (!library)
		return false;
	heap_function(library, "peer_tlsf_create", &create_tlsf);
	heap_function(library, "peer_tlsf_alloc", &heap->alloc);
	heap_function(library, "peer_tlsf_realloc", &heap->realloc);
	heap_function(library, "peer_tlsf_free", &heap->free);
	heap->another = another_tlsf;
	return true;
}

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
	return block ? block : ring_alloc(context, size_bytes);
}

static void ring_free(void *context, void *block)
{
	(void)context;
	(void)block;
}

static void *another_ring(const struct heap *heap, const struct heap_settings *settings)
{
	(void)heap;
	(void)settings;
	return ring;
}

bool heap_load_harness(struct heap *heap)
{
	ring = malloc(RING_BYTES + RING_SLACK_BYTES);
	heap->alloc = ring_alloc;
	heap->realloc = ring_realloc;
	heap->free = ring_free;
	heap->another = another_ring;
	return ring != NULL;
}
