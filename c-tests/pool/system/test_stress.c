/*
 * A pool in eight threads, for long. MILLPOND_THREAD_OPERATIONS=1000000: so many operations in each of them, and not 20,000.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pool.h"
#include "support/random.h"
#include "support/runner.h"

#define THREADS 8
#define SLOTS 32
#define OPERATIONS 20000
#define BYTES_MAX 2000
#define SECONDS_MAX 1000
#define GUEST_OPERATIONS 8
/* Together they come every three milliseconds: enough for the host to be favoured in between. */
#define GUEST_PAUSE_US 20000
#define VISITS 50

static Pool pool = POOL_SYSTEM_INIT("stress");
static atomic_bool is_over;
static atomic_uint visits;

/* What one thread has in the pool. */
struct holder {
	pthread_t thread;
	uint64_t random;
	unsigned char *blocks[SLOTS];
	size_t sizes[SLOTS];
	unsigned long operations;
};

static unsigned long wanted_operations(void)
{
	const char *text = getenv("MILLPOND_THREAD_OPERATIONS");
	unsigned long operations = text != NULL ? strtoul(text, NULL, 10) : 0;

	return operations > 0 ? operations : OPERATIONS;
}

/* Both ends say whose block it is. */
static void mark(const struct holder *holder, unsigned slot)
{
	holder->blocks[slot][0] = (unsigned char)(slot + (uintptr_t)holder);
	holder->blocks[slot][holder->sizes[slot] - 1] = (unsigned char)(slot + (uintptr_t)holder);
}

static void check_mark(const struct holder *holder, unsigned slot)
{
	unsigned char wanted = (unsigned char)(slot + (uintptr_t)holder);

	CHECK_EQUAL(holder->blocks[slot][0], wanted);
	CHECK_EQUAL(holder->blocks[slot][holder->sizes[slot] - 1], wanted);
}

static void operate(struct holder *holder)
{
	uint64_t random = random_word(&holder->random);
	unsigned slot = random % SLOTS;
	size_t bytes = 1 + (random >> 20) % BYTES_MAX;

	holder->operations++;
	if (holder->blocks[slot] != NULL) {
		check_mark(holder, slot);
		if (random >> 62 != 0) {
			poolfree(&pool, holder->blocks[slot]);
			holder->blocks[slot] = NULL;
			return;
		}
		holder->blocks[slot] = poolrealloc(&pool, holder->blocks[slot], bytes);
	} else {
		holder->blocks[slot] = poolalloc(&pool, bytes);
	}
	CHECK(holder->blocks[slot] != NULL);
	holder->sizes[slot] = bytes;
	mark(holder, slot);
}

static void let_go(struct holder *holder)
{
	for (unsigned slot = 0; slot < SLOTS; slot++)
		poolfree(&pool, holder->blocks[slot]);
}

static void *work(void *argument)
{
	struct holder *holder = argument;

	while (holder->operations < wanted_operations())
		operate(holder);
	let_go(holder);
	return NULL;
}

/* Until there have been guests often enough. */
static void *work_as_host(void *argument)
{
	struct holder *holder = argument;

	while (holder->operations < wanted_operations() || visits < VISITS)
		operate(holder);
	let_go(holder);
	return NULL;
}

/* Now and then, so that another one has the pool for itself in between. */
static void *visit(void *argument)
{
	struct holder *holder = argument;

	while (!is_over) {
		for (int i = 0; i < GUEST_OPERATIONS; i++)
			operate(holder);
		visits++;
		usleep(GUEST_PAUSE_US);
	}
	let_go(holder);
	return NULL;
}

static void start(struct holder *holder, uint64_t seed, void *(*body)(void *))
{
	*holder = (struct holder){ .random = seed };
	CHECK_EQUAL(pthread_create(&holder->thread, NULL, body, holder), 0);
}

static void end(struct holder *holders, unsigned count)
{
	unsigned long operations = 0;

	for (unsigned i = 0; i < count; i++) {
		CHECK_EQUAL(pthread_join(holders[i].thread, NULL), 0);
		operations += holders[i].operations;
	}
	poolcheck(&pool);
	CHECK_EQUAL(pool.curalloc, 0);
	printf("# %lu operations in %u threads\n", operations, count);
}

TEST(eight_threads_have_a_pool_in_common)
{
	static struct holder holders[THREADS];

	runner_set_limit(SECONDS_MAX);
	for (unsigned i = 0; i < THREADS; i++)
		start(&holders[i], i + 1, work);
	end(holders, THREADS);
}

/* It is favoured again and again: its guests send it away. */
TEST(one_thread_has_guests_now_and_then)
{
	static struct holder holders[THREADS];

	runner_set_limit(SECONDS_MAX);
	start(&holders[0], 1, work_as_host);
	for (unsigned i = 1; i < THREADS; i++)
		start(&holders[i], i + 1, visit);
	CHECK_EQUAL(pthread_join(holders[0].thread, NULL), 0);
	is_over = true;
	end(holders + 1, THREADS - 1);
}
