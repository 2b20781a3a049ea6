/*
 * A malloc over one Pool, for programs that know nothing of it:
 *
 *	LD_PRELOAD=./libpoolmalloc.so program
 *
 * With POOLMALLOC_REPORT=FILE, each process checks its whole heap when it exits and adds one line to FILE.
 *
 * Compile it with -fno-builtin: otherwise the compiler may take these functions for those of the C library. The pool is a
 * static object and needs no call before it is used: the program's first allocations come from the dynamic linker, long
 * before main(). Its lock, what fork() has to do, and messages are millpond's.
 *
 * One pool has one lock. Threads that allocate at the same time wait for each other, and glibc's malloc, which has a cache
 * for each thread, is faster: docs/performance.md has figures. What a program gets instead is every block checked when it
 * is freed, and placed where it would be each time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <pool.h>

#define VISIBLE __attribute__((visibility("default")))

/* What poolalloc() gives anyway: arenas begin on a page, and all that stands before a block's data is a multiple. */
#define USUAL_ALIGNMENT_BYTES 16
#define LINE_BYTES 512

static Pool heap = POOL_SYSTEM_INIT("malloc");

/* As POSIX wants it, and like other allocators: no object is larger than what pointers can be subtracted in. */
static bool is_too_large(size_t size_bytes)
{
	return size_bytes > PTRDIFF_MAX;
}

static void *or_no_memory(void *block)
{
	if (!block)
		errno = ENOMEM;
	return block;
}

VISIBLE void *malloc(size_t size_bytes)
{
	return or_no_memory(is_too_large(size_bytes) ? NULL : poolalloc(&heap, size_bytes));
}

VISIBLE void free(void *block)
{
	poolfree(&heap, block);
}

VISIBLE void *calloc(size_t count, size_t element_bytes)
{
	size_t size_bytes;

	if (__builtin_mul_overflow(count, element_bytes, &size_bytes) || is_too_large(size_bytes))
		return or_no_memory(NULL);
	return or_no_memory(poolzalloc(&heap, size_bytes));
}

/* As glibc's: a block that is made 0 bytes large is freed, and nil is no failure then; what is too large changes nothing. */
VISIBLE void *realloc(void *block, size_t size_bytes)
{
	if (block && size_bytes == 0) {
		poolfree(&heap, block);
		return NULL;
	}
	return or_no_memory(is_too_large(size_bytes) ? NULL : poolrealloc(&heap, block, size_bytes));
}

VISIBLE void *reallocarray(void *block, size_t count, size_t element_bytes)
{
	size_t size_bytes;

	if (__builtin_mul_overflow(count, element_bytes, &size_bytes))
		return or_no_memory(NULL);
	return realloc(block, size_bytes);
}

static bool is_power_of_two(size_t number)
{
	return number != 0 && (number & (number - 1)) == 0;
}

static void *aligned_block(size_t alignment_bytes, size_t size_bytes)
{
	if (is_too_large(size_bytes) || is_too_large(alignment_bytes))
		return NULL;
	if (alignment_bytes <= USUAL_ALIGNMENT_BYTES)
		return poolalloc(&heap, size_bytes);
	return poolallocalign(&heap, size_bytes, alignment_bytes, 0, 0);
}

VISIBLE int posix_memalign(void **block, size_t alignment_bytes, size_t size_bytes)
{
	void *aligned;

	if (!is_power_of_two(alignment_bytes) || alignment_bytes % sizeof(void *) != 0)
		return EINVAL;
	aligned = aligned_block(alignment_bytes, size_bytes);
	if (!aligned)
		return ENOMEM;
	*block = aligned;
	return 0;
}

/* As glibc's: the next power of two, if it is none itself. */
VISIBLE void *memalign(size_t alignment_bytes, size_t size_bytes)
{
	size_t power_bytes = USUAL_ALIGNMENT_BYTES;

	if (alignment_bytes > SIZE_MAX / 2 + 1) {
		errno = EINVAL;
		return NULL;
	}
	while (power_bytes < alignment_bytes)
		power_bytes *= 2;
	return or_no_memory(aligned_block(power_bytes, size_bytes));
}

VISIBLE void *aligned_alloc(size_t alignment_bytes, size_t size_bytes)
{
	if (!is_power_of_two(alignment_bytes)) {
		errno = EINVAL;
		return NULL;
	}
	return or_no_memory(aligned_block(alignment_bytes, size_bytes));
}

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

VISIBLE void *valloc(size_t size_bytes)
{
	return memalign(page_bytes(), size_bytes);
}

VISIBLE void *pvalloc(size_t size_bytes)
{
	if (is_too_large(size_bytes))
		return or_no_memory(NULL);
	return valloc((size_bytes + page_bytes() - 1) & ~(page_bytes() - 1));
}

/* Whoever asks may use it all: poolmsize() sees to that. */
VISIBLE size_t malloc_usable_size(void *block)
{
	return poolmsize(&heap, block);
}

/* As in the GNU C library: 1 if memory went back to the system. */
VISIBLE int malloc_trim(size_t keep_bytes)
{
	return pooltrim(&heap, keep_bytes) != 0;
}

__attribute__((destructor)) static void report(void)
{
	const char *file_name = getenv("POOLMALLOC_REPORT");
	char line[LINE_BYTES];
	int file, length;

	if (!file_name)
		return;
	poolcheck(&heap);
	length = snprintf(line, sizeof(line), "%s %ld: %lu bytes of arenas, %d blocks freed, heap checked\n",
			  program_invocation_short_name, (long)getpid(), (ulong)heap.cursize, heap.nfree);
	file = open(file_name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (file < 0)
		return;
	/* One write, so that the lines of two processes do not mix. A report that is not written is missed by its reader. */
	if (write(file, line, (size_t)length) < 0)
		length = 0;
	close(file);
}
