/*
 * What one poolalloc() and one poolfree() of 64 bytes take together, to a tenth of a nanosecond: the least of many short runs,
 * which nothing has interrupted.
 *
 *	pair_cost LIBRARY...
 *
 * Each library is measured with the statistics page and without (MILLPOND_STATS), in processes of their own and in turn, so
 * that what the machine does meanwhile is the same for all.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include <pool.h>

#include "dynamic_library.h"
#include "measure.h"

#define ROUNDS 5
#define RUNS 5000
#define PAIRS_PER_RUN 1000
#define MOST_LIBRARIES 8

struct measured {
	const char *library;
	bool has_page;
	double least_ns;
};

static void *map_arena(ulong bytes)
{
	void *arena = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return arena != MAP_FAILED ? arena : NULL;
}

static void do_nothing(Pool *pool)
{
	(void)pool;
}

/* Time that passes: the shortest runs are those that nobody has interrupted, and the CPU clock is too coarse for them. */
static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The nanoseconds of a pair. */
static double least_of_runs(const void *what)
{
	static Pool pool = {
		.name = "pairs", .maxsize = 1 << 26, .minarena = 1 << 20, .quantum = 32, .alloc = map_arena,
		.lock = do_nothing, .unlock = do_nothing,
	};
	const struct measured *measured = what;
	void *(*allocate)(Pool *, ulong);
	void (*release)(Pool *, void *);
	int64_t least_ns = INT64_MAX;
	void *library;

	setenv("MILLPOND_STATS", measured->has_page ? "1" : "0", 1);
	library = heap_library(measured->library);
	if (library == NULL)
		give_up("%s cannot be measured", measured->library);
	heap_function(library, "poolalloc", &allocate);
	heap_function(library, "poolfree", &release);
	for (int run = 0; run < RUNS; run++) {
		int64_t began_ns = now_ns(), took_ns;

		for (int pair = 0; pair < PAIRS_PER_RUN; pair++)
			release(&pool, allocate(&pool, 64));
		took_ns = now_ns() - began_ns;
		if (took_ns < least_ns)
			least_ns = took_ns;
	}
	return (double)least_ns / PAIRS_PER_RUN;
}

int main(int count, char **names)
{
	struct measured all[2 * MOST_LIBRARIES];
	size_t ways = 0;

	if (count < 2 || count > MOST_LIBRARIES + 1)
		give_up("usage: pair_cost LIBRARY... (at most %d)", MOST_LIBRARIES);
	for (int place = 1; place < count; place++) {
		all[ways++] = (struct measured){ names[place], true, 1e9 };
		all[ways++] = (struct measured){ names[place], false, 1e9 };
	}
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t way = 0; way < ways; way++) {
			double ns = in_own_process(least_of_runs, &all[way], all[way].library);

			if (ns < all[way].least_ns)
				all[way].least_ns = ns;
		}
	}
	puts("poolalloc and poolfree of 64 bytes together, in ns:");
	for (size_t way = 0; way < ways; way++)
		printf("  %6.2f  MILLPOND_STATS=%d  %s\n", all[way].least_ns, all[way].has_page, all[way].library);
	return 0;
}
