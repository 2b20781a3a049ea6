/*
 * One fault of each kind that the sanitizers are there to find. checks/runs/sanitizers.sh runs these first: sanitizers
 * that let them pass would let everything pass.
 */
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pool.h"

/* Not known to the compiler, so that nothing is warned of or optimised away. */
static volatile size_t one = 1;
static volatile int most = INT_MAX;
static void *volatile block_unknown;

static void leak(void)
{
	void *volatile lost = malloc(100);

	if (lost == NULL)
		exit(0);
	lost = NULL;
}

static void use_after_free(void)
{
	char *block = calloc(1, 100);

	block_unknown = block;
	free(block);
	block = block_unknown;
	printf("%d\n", block[one]);
}

static void overflow_of_a_block(void)
{
	volatile char *block;

	block_unknown = malloc(100);
	block = block_unknown;
	if (block == NULL)
		exit(0);
	block[99 + one] = 1;
	free(block_unknown);
}

static void undefined(void)
{
	printf("%d\n", most + (int)one);
}

/* The reading is done by the library: only seen where that is instrumented, too. */
static void use_after_free_in_rust(void)
{
	Pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		exit(0);
	pool->name = "freed";
	pool->maxsize = 1 << 20;
	block_unknown = pool;
	free(pool);
	poolcheck(block_unknown);
}

static void *write_late(void *number)
{
	usleep(100000);
	*(int *)number += 1;
	return NULL;
}

static void *allocate_late(void *pool)
{
	usleep(100000);
	poolfree(pool, poolalloc(pool, 100));
	return NULL;
}

/* One after the other, but nothing says so but the time. */
static void together(void *(*late)(void *), void *(*now)(void *), void *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, late, argument) != 0)
		exit(0);
	now(argument);
	pthread_join(thread, NULL);
}

static void *write_now(void *number)
{
	*(int *)number += 1;
	return NULL;
}

static void race(void)
{
	static int number;

	together(write_late, write_now, &number);
	printf("%d\n", number);
}

static void *take_arena(unsigned long bytes)
{
	return malloc(bytes);
}

static void *allocate_now(void *pool)
{
	poolfree(pool, poolalloc(pool, 100));
	return NULL;
}

/* A pool without a lock is for one thread. */
static void race_in_rust(void)
{
	static Pool pool = { .name = "unlocked", .maxsize = 1 << 20, .quantum = 32, .alloc = take_arena };

	together(allocate_late, allocate_now, &pool);
}

static const struct {
	const char *name;
	void (*commit)(void);
} faults[] = {
	{ "leak", leak },
	{ "use_after_free", use_after_free },
	{ "overflow_of_a_block", overflow_of_a_block },
	{ "undefined", undefined },
	{ "use_after_free_in_rust", use_after_free_in_rust },
	{ "race", race },
	{ "race_in_rust", race_in_rust },
};

int main(int count, char **arguments)
{
	for (size_t i = 0; count == 2 && i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (strcmp(faults[i].name, arguments[1]) == 0) {
			faults[i].commit();
			return 0;
		}
	}
	fprintf(stderr, "usage: %s FAULT, and FAULT is one of:\n", arguments[0]);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		fprintf(stderr, "  %s\n", faults[i].name);
	return 2;
}
