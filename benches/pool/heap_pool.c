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

#define RANGE_BYTES ((size_t)16 << 30)
#define QUANTUM_BYTES 32
/* One each for the original and millpond, with and without a mutex. */
#define POOLS_MAX 4

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

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock_mutex(Pool *pool)
{
	(void)pool;
	pthread_mutex_lock(&mutex);
}

static void unlock_mutex(Pool *pool)
{
	(void)pool;
	pthread_mutex_unlock(&mutex);
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

static Pool pools[POOLS_MAX];
static size_t pool_count;

static void reserve_range(void)
{
	if (range)
		return;
	range = mmap(NULL, RANGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (range == MAP_FAILED)
		give_up("no address space for arenas");
	range_end = range;
}

bool heap_load_pool(struct heap *heap, const char *file, unsigned long minarena_bytes, bool has_mutex)
{
	void *library = heap_library(file);
	Pool *pool = &pools[pool_count];

	if (!library || pool_count == POOLS_MAX)
		return false;
	reserve_range();
	pool_count++;
	*pool = (Pool){
		.name = (char *)heap->name,
		.maxsize = UINTPTR_MAX,
		.minarena = minarena_bytes,
		.quantum = QUANTUM_BYTES,
		.alloc = next_arena,
		.merge = merge_always,
		.lock = has_mutex ? lock_mutex : do_nothing,
		.unlock = has_mutex ? unlock_mutex : do_nothing,
		.print = print_format,
		.panic = panic,
	};
	heap->context = pool;
	heap_function(library, "poolalloc", &heap->alloc);
	heap_function(library, "poolrealloc", &heap->realloc);
	heap_function(library, "poolfree", &heap->free);
	heap_function(library, "poolcheck", &heap->check);
	return true;
}
