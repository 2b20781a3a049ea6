/* A Pool as a heap: arenas that follow one another in one range, as 9front's malloc gets them from sbrk(). */
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <pool.h>

#include "dynamic_library.h"
#include "heap.h"
#include "measure.h"

#define RANGE_BYTES ((size_t)1 << (sizeof(size_t) == 8 ? 34 : 30))
#define QUANTUM_BYTES 32

/* What the Pools of a heap have in common. */
struct kind {
	size_t minarena_bytes;
	bool has_mutex;
};

struct locked_pool {
	Pool pool;
	pthread_mutex_t mutex;
};

static char *range, *range_end;

static void *next_arena(ulong size_bytes)
{
	void *arena = range_end;

	if (size_bytes > RANGE_BYTES - (size_t)(range_end - range))
		return NULL;
	range_end += size_bytes;
	return arena;
}

static int merge_always(void *lower, void *upper)
{
	(void)lower;
	(void)upper;
	return 1;
}

static void do_nothing(Pool *pool)
{
	(void)pool;
}

static void lock_mutex(Pool *pool)
{
	pthread_mutex_lock(pool->private);
}

static void unlock_mutex(Pool *pool)
{
	pthread_mutex_unlock(pool->private);
}

/* The original's texts have the verbs of Plan 9: shown as they are. */
static void print_format(Pool *pool, char *format, ...)
{
	va_list arguments;
	const char *text = format;

	(void)pool;
	va_start(arguments, format);
	if (format[0] == '%' && format[1] == 's' && !format[2])
		text = va_arg(arguments, const char *);
	va_end(arguments);
	fputs(text, stderr);
}

static void panic(Pool *pool, char *format, ...)
{
	give_up("the pool %s is damaged: %s", pool->name, format);
}

static void reserve_range(void)
{
	if (range)
		return;
	range = mmap(NULL, RANGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (range == MAP_FAILED)
		give_up("no address space for arenas");
	range_end = range;
}

static void *another_pool(const struct heap *heap, const struct heap_settings *settings)
{
	const struct kind *kind = heap->origin;
	struct locked_pool *locked = calloc(1, sizeof(*locked));

	if (!locked)
		return NULL;
	reserve_range();
	pthread_mutex_init(&locked->mutex, NULL);
	locked->pool = (Pool){
		.name = (char *)heap->name,
		.maxsize = settings->maxsize_bytes ? settings->maxsize_bytes : UINTPTR_MAX,
		.minarena = settings->minarena_bytes ? settings->minarena_bytes : kind->minarena_bytes,
		.quantum = QUANTUM_BYTES,
		.alloc = next_arena,
		.merge = settings->keeps_arenas_apart ? NULL : merge_always,
		.lock = kind->has_mutex ? lock_mutex : do_nothing,
		.unlock = kind->has_mutex ? unlock_mutex : do_nothing,
		.print = print_format,
		.panic = panic,
		.private = &locked->mutex,
	};
	return &locked->pool;
}

bool heap_load_pool(struct heap *heap, const char *file, size_t minarena_bytes, bool has_mutex)
{
	static struct kind kinds[HEAPS_MAX];
	static size_t kind_count;
	void *library = heap_library(file);

	if (!library || kind_count == HEAPS_MAX)
		return false;
	kinds[kind_count] = (struct kind){ minarena_bytes, has_mutex };
	heap->origin = &kinds[kind_count++];
	heap->another = another_pool;
	heap->frees_by_realloc = true;
	heap_function(library, "poolalloc", &heap->alloc);
	heap_function(library, "poolrealloc", &heap->realloc);
	heap_function(library, "poolfree", &heap->free);
	heap_function(library, "poolcheck", &heap->check);
	return true;
}
