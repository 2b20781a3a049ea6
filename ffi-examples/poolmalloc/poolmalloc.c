/*
 * A malloc over one Pool, for programs that know nothing of it:
 *
 *	LD_PRELOAD=./libpoolmalloc.so program
 *
 * With POOLMALLOC_REPORT=FILE, each process checks its whole heap when it exits and adds one line to FILE.
 *
 * Compile it with -fno-builtin: otherwise the compiler sees malloc() and memset() in calloc(), and makes that a call of
 * calloc(). The pool is a static object and needs no call before it is used: the program's first allocations come from
 * the dynamic linker, long before main().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <pool.h>

#define VISIBLE __attribute__((visibility("default")))

#define ARENA_BYTES (1024 * 1024)
#define QUANTUM_BYTES 32
/* What poolalloc() gives anyway: arenas begin on a page, and all that stands before a block's data is a multiple. */
#define USUAL_ALIGNMENT_BYTES 16
#define MESSAGE_BYTES 512

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* The arena that the system gave last, to see whether an older one begins where it ends. */
static char *newest_arena;
static size_t newest_arena_bytes;

static void lock(Pool *pool)
{
	(void)pool;
	pthread_mutex_lock(&mutex);
}

static void unlock(Pool *pool)
{
	(void)pool;
	pthread_mutex_unlock(&mutex);
}

/* Neither sysconf() nor mmap() allocates. */
static size_t whole_pages(size_t size_bytes)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);

	return (size_bytes + page_bytes - 1) & ~(page_bytes - 1);
}

/* Called with the lock held, like merge_arenas(). */
static void *new_arena(ulong size_bytes)
{
	size_t mapped_bytes = whole_pages(size_bytes);
	void *arena = mmap(NULL, mapped_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (arena == MAP_FAILED)
		return NULL;
	newest_arena = arena;
	newest_arena_bytes = mapped_bytes;
	return arena;
}

/* Called without the lock. What has become one arena was mapped side by side, and goes at once. */
static void give_back_arena(void *arena, ulong size_bytes)
{
	munmap(arena, whole_pages(size_bytes));
}

/*
 * Linux places a mapping right below the one before, as long as there is room. So most arenas end where an older one
 * begins, and become one with it: a large block then finds room in what small ones have left. The rest of the last
 * page, between the two, is ours as well.
 */
static int merge_arenas(void *lower, void *upper)
{
	return lower == newest_arena && newest_arena + newest_arena_bytes == (char *)upper;
}

/* What the pool says goes to stderr, without stdio: that may want memory. */
static void write_text(const char *text, size_t length)
{
	if (write(STDERR_FILENO, text, length) < 0)
		return; /* there is no other place to say it */
}

static void write_message(char *format, va_list arguments)
{
	char text[MESSAGE_BYTES];
	int length = vsnprintf(text, sizeof(text), format, arguments);

	if (length >= (int)sizeof(text))
		length = sizeof(text) - 1;
	if (length > 0)
		write_text(text, (size_t)length);
}

static void print(Pool *pool, char *format, ...)
{
	va_list arguments;

	(void)pool;
	va_start(arguments, format);
	write_message(format, arguments);
	va_end(arguments);
}

/* The heap is damaged: by a double free, or a write outside a block. */
static void panic(Pool *pool, char *format, ...)
{
	va_list arguments;

	(void)pool;
	va_start(arguments, format);
	write_message(format, arguments);
	va_end(arguments);
	write_text("\n", 1);
	abort();
}

static Pool heap = {
	.name = "malloc",
	.maxsize = UINTPTR_MAX,
	.minarena = ARENA_BYTES - QUANTUM_BYTES, /* the pool adds up to a quantum: this asks for ARENA_BYTES */
	.quantum = QUANTUM_BYTES,
	.alloc = new_arena,
	.merge = merge_arenas,
	.free = give_back_arena,
	.lock = lock,
	.unlock = unlock,
	.print = print,
	.panic = panic,
};

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
	void *block;

	if (__builtin_mul_overflow(count, element_bytes, &size_bytes))
		return or_no_memory(NULL);
	block = malloc(size_bytes);
	return block ? memset(block, 0, size_bytes) : NULL;
}

VISIBLE void *realloc(void *block, size_t size_bytes)
{
	void *moved;

	if (is_too_large(size_bytes))
		return or_no_memory(NULL);
	moved = poolrealloc(&heap, block, size_bytes);
	/* A block that is made 0 bytes large is freed: then nil is no failure. */
	return block && size_bytes == 0 ? NULL : or_no_memory(moved);
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

VISIBLE void *memalign(size_t alignment_bytes, size_t size_bytes)
{
	if (!is_power_of_two(alignment_bytes)) {
		errno = EINVAL;
		return NULL;
	}
	return or_no_memory(aligned_block(alignment_bytes, size_bytes));
}

VISIBLE void *aligned_alloc(size_t alignment_bytes, size_t size_bytes)
{
	return memalign(alignment_bytes, size_bytes);
}

VISIBLE void *valloc(size_t size_bytes)
{
	return memalign((size_t)sysconf(_SC_PAGESIZE), size_bytes);
}

VISIBLE void *pvalloc(size_t size_bytes)
{
	if (is_too_large(size_bytes))
		return or_no_memory(NULL);
	return valloc(whole_pages(size_bytes));
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

/* fork() copies the heap in whatever state another thread has it: so it is done with the lock held. */
static void before_fork(void)
{
	pthread_mutex_lock(&mutex);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&mutex);
}

/* 101 is the first priority that is not the compiler's own: handlers of other libraries then run with the heap free. */
__attribute__((constructor(101))) static void hold_the_heap_in_fork(void)
{
	pthread_atfork(before_fork, after_fork, after_fork);
}

__attribute__((destructor)) static void report(void)
{
	const char *file_name = getenv("POOLMALLOC_REPORT");
	char line[MESSAGE_BYTES];
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
