/* A heap without a lock of its own, with a mutex around each call: what a Pool's lock makes of it. */
#include <pthread.h>
#include <stdlib.h>

#include "heap.h"

struct guarded {
	pthread_mutex_t mutex;
	/* With its own context. */
	struct heap inner;
};

static void *guarded_alloc(void *context, size_t size_bytes)
{
	struct guarded *guarded = context;
	void *block;

	pthread_mutex_lock(&guarded->mutex);
	block = guarded->inner.alloc(guarded->inner.context, size_bytes);
	pthread_mutex_unlock(&guarded->mutex);
	return block;
}

static void *guarded_realloc(void *context, void *block, size_t size_bytes)
{
	struct guarded *guarded = context;
	void *moved;

	pthread_mutex_lock(&guarded->mutex);
	moved = guarded->inner.realloc(guarded->inner.context, block, size_bytes);
	pthread_mutex_unlock(&guarded->mutex);
	return moved;
}

static void guarded_free(void *context, void *block)
{
	struct guarded *guarded = context;

	pthread_mutex_lock(&guarded->mutex);
	guarded->inner.free(guarded->inner.context, block);
	pthread_mutex_unlock(&guarded->mutex);
}

static void *another_guarded(const struct heap *heap, const struct heap_settings *settings)
{
	const struct heap *inner = heap->origin;
	struct guarded *guarded = malloc(sizeof(*guarded));

	if (!guarded)
		return NULL;
	guarded->inner = *inner;
	guarded->inner.context = inner->another(inner, settings);
	pthread_mutex_init(&guarded->mutex, NULL);
	return guarded->inner.context ? guarded : NULL;
}

bool heap_guard(struct heap *heap, const struct heap *inner)
{
	if (!inner)
		return false;
	heap->alloc = guarded_alloc;
	heap->realloc = guarded_realloc;
	heap->free = guarded_free;
	heap->another = another_guarded;
	heap->origin = inner;
	return true;
}
