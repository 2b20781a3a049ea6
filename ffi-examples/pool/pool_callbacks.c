/*
 * A Pool with every callback, for a program that has memory of its own: here it is one large piece, as a device or a
 * shared file may be. Without such memory, POOL_SYSTEM_INIT has all of this (pool_system.c).
 *
 *	cc -std=gnu99 -pthread pool_callbacks.c $(pkg-config --cflags --libs millpond) -o pool_callbacks
 *
 * It prints:
 *
 *	4 threads: 40000 blocks, 0 bytes left, 1 arena
 *	the child had its own
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pool.h>

#define MEMORY_BYTES (16 * 1024 * 1024)
#define THREADS 4
#define BLOCKS 10000
#define MESSAGE_BYTES 512

static char memory[MEMORY_BYTES] __attribute__((aligned(16)));
static size_t used_bytes;
static unsigned arenas;

/* --- memory: called with the lock held, but for `free` -------------------------------------------------------------- */

/* An arena is aligned for every type. nil: there is no more. */
static void *next_arena(ulong size_bytes)
{
	void *arena = memory + used_bytes;
	size_t aligned_bytes = (size_bytes + 15) / 16 * 16;

	if (aligned_bytes < size_bytes || aligned_bytes > MEMORY_BYTES - used_bytes)
		return NULL;
	used_bytes += aligned_bytes;
	arenas++;
	return arena;
}

/* All arenas lie side by side here. What lies between two that become one is the pool's as well. */
static int merge_arenas(void *lower, void *upper)
{
	(void)lower;
	(void)upper;
	arenas--;
	return 1;
}

/* Arenas that became one come back as one: when the pool is reset or destroyed, that is all of it. */
static void last_arena(void *arena, ulong size_bytes)
{
	if ((char *)arena + size_bytes == memory + used_bytes)
		used_bytes = (size_t)((char *)arena - memory);
}

/* --- threads, and fork() -------------------------------------------------------------------------------------------- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

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

/* fork() copies the heap in whatever state another thread has it: so it is done with the lock held. */
static void before_fork(void)
{
	pthread_mutex_lock(&mutex);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&mutex);
}

/* --- messages ------------------------------------------------------------------------------------------------------- */

/* Without stdio, which may want memory. */
static void write_message(char *format, va_list arguments)
{
	char text[MESSAGE_BYTES];
	int length = vsnprintf(text, sizeof(text), format, arguments);

	if (length >= (int)sizeof(text))
		length = sizeof(text) - 1;
	if (length > 0 && write(STDERR_FILENO, text, (size_t)length) < 0)
		return; /* there is no other place to say it */
}

static void print(Pool *pool, char *format, ...)
{
	va_list arguments;

	(void)pool;
	va_start(arguments, format);
	write_message(format, arguments);
	va_end(arguments);
}

/* The heap is damaged: by a double free, or a write outside a block. What was said by print() tells which. */
static void panic(Pool *pool, char *format, ...)
{
	va_list arguments;

	(void)pool;
	va_start(arguments, format);
	write_message(format, arguments);
	va_end(arguments);
	abort();
}

static Pool pool = {
	.name = "example",
	.maxsize = MEMORY_BYTES,
	.minarena = 65536 - 32, /* the pool adds up to a quantum: this asks for 65,536 at a time */
	.quantum = 32,
	.alloc = next_arena,
	.merge = merge_arenas,
	.free = last_arena,
	.lock = lock,
	.unlock = unlock,
	.print = print,
	.panic = panic,
};

static void *work(void *argument)
{
	char *blocks[100] = { 0 };

	(void)argument;
	for (int i = 0; i < BLOCKS; i++) {
		poolfree(&pool, blocks[i % 100]);
		if ((blocks[i % 100] = poolalloc(&pool, 1 + (size_t)i % 3000)) != NULL)
			memset(blocks[i % 100], i, 1 + (size_t)i % 3000);
	}
	for (int i = 0; i < 100; i++)
		poolfree(&pool, blocks[i]);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	int status;
	pid_t child;

	pthread_atfork(before_fork, after_fork, after_fork);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			return EXIT_FAILURE;
	child = fork();
	if (child == 0)
		_exit(poolalloc(&pool, 100) ? EXIT_SUCCESS : EXIT_FAILURE);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("%d threads: %d blocks, %lu bytes left, %u arena\n", THREADS, pool.nfree, (ulong)pool.curalloc, arenas);
	if (child > 0 && waitpid(child, &status, 0) == child && status == 0)
		puts("the child had its own");
	pooldestroy(&pool);
	return used_bytes == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
