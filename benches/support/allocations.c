/*
 * Our own malloc and its kin stand before the C library's, for the libraries that are loaded later, too. They count,
 * and pass on to glibc's second names for the same functions.
 */
#include "support/allocations.h"

#include <stddef.h>
#include <stdlib.h>

static uint64_t count;

uint64_t allocations_count(void)
{
	return count;
}

#ifdef __GLIBC__

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t things, size_t bytes);
extern void *__libc_realloc(void *old, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);

bool allocations_can_be_counted(void)
{
	return true;
}

void *malloc(size_t bytes)
{
	count++;
	return __libc_malloc(bytes);
}

void *calloc(size_t things, size_t bytes)
{
	count++;
	return __libc_calloc(things, bytes);
}

void *realloc(void *old, size_t bytes)
{
	count++;
	return __libc_realloc(old, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
	count++;
	return __libc_memalign(alignment, bytes);
}

#else

bool allocations_can_be_counted(void)
{
	return false;
}

#endif
