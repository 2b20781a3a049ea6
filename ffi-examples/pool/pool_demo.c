/*
 * What a pair of poolalloc() and poolfree() takes, and what a person sees when a program has written beyond a block. A part
 * of `make demo`.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <pool.h>

#define PAIRS 200000
#define ROUNDS 9
#define SMALLEST 32
#define LARGEST 8192

static Pool pool = POOL_SYSTEM_INIT("demo");

static void *take_from_pool(size_t size) { return poolalloc(&pool, size); }
static void give_to_pool(void *block) { poolfree(&pool, block); }

/* The same sizes each time. */
static size_t next_size(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return SMALLEST + (*seed >> 8) % (LARGEST - SMALLEST + 1);
}

static uint64_t cpu_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The least of a few rounds: what else the machine does is no cost of the heap's. */
static double pair_ns(void *(*take)(size_t size), void (*give)(void *block))
{
	uint64_t best_ns = UINT64_MAX;
	for (int round = 0; round < ROUNDS; round++) {
		uint32_t seed = 1;
		uint64_t start_ns = cpu_ns();
		for (int i = 0; i < PAIRS; i++) {
			char *volatile block = take(next_size(&seed));
			if (block == NULL) {
				fprintf(stderr, "pool_demo: no memory\n");
				exit(EXIT_FAILURE);
			}
			block[0] = 1;
			give(block);
		}
		uint64_t elapsed_ns = cpu_ns() - start_ns;
		best_ns = elapsed_ns < best_ns ? elapsed_ns : best_ns;
	}
	return (double)best_ns / PAIRS;
}

static void write_beyond_a_block(void)
{
	/* What follows is meant to end by abort(): no file is needed of it. */
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	/* Byte by byte, so that no compiler sees it first. */
	static const char words[] = "thirteen byte";
	volatile char *name = poolalloc(&pool, 12);
	for (size_t i = 0; name != NULL && i < strlen(words); i++)
		name[i] = words[i];
	poolcheck(&pool);
	_exit(EXIT_SUCCESS);
}

int main(void)
{
	printf("\nThe pool: %.0f ns for a pair of poolalloc and poolfree, %d to %d bytes (malloc and free: %.0f ns).\n",
	       pair_ns(take_from_pool, give_to_pool), SMALLEST, LARGEST, pair_ns(malloc, free));
	printf("13 bytes written to a block of 12; poolcheck finds it, says this, and ends the program:\n\n");
	fflush(stdout);

	int status = 0;
	pid_t child = fork();
	if (child == 0)
		write_beyond_a_block();
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFSIGNALED(status)) {
		fprintf(stderr, "pool_demo: the damage was not found\n");
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
