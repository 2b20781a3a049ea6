#include "soak/pools.h"

#include <stdio.h>
#include <stdlib.h>

#include "pool.h"
#include "support/random.h"

#define SLOTS 4096
/* Taking CPU time takes longer than most calls: so of one in so many. Of the others, the time that passes. */
#define CALLS_PER_CPU_TIME 16
#define OPERATIONS_PER_LOOK 1024
#define LARGE_PER_MILLE 2

struct slot {
	uint64_t *block;
	size_t words;
};

static Pool pool = POOL_SYSTEM_INIT("soak");
static struct slot slots[SLOTS];
static uint64_t random_state = 1;

/* Small ones mostly, and a few of a hundred pages. */
static size_t random_words(uint64_t random)
{
	if (random % 1000 < LARGE_PER_MILLE)
		return 1 + (random >> 20) % 50000;
	return 1 + (random >> 20) % (random >> 50 & 1 ? 16 : 200);
}

static void *allocate(struct pools_work *work, size_t bytes)
{
	void *block;

	if (work->alloc.calls % CALLS_PER_CPU_TIME == 0) {
		struct moment began = latency_now();

		block = poolalloc(&pool, bytes);
		latency_end(&work->alloc, began, 0);
	} else {
		int64_t began_ns = latency_wall_ns();

		block = poolalloc(&pool, bytes);
		latency_end_wall(&work->alloc, began_ns);
	}
	return block;
}

static void let_go(struct pools_work *work, void *block)
{
	if (work->free.calls % CALLS_PER_CPU_TIME == 0) {
		struct moment began = latency_now();

		poolfree(&pool, block);
		latency_end(&work->free, began, 0);
	} else {
		int64_t began_ns = latency_wall_ns();

		poolfree(&pool, block);
		latency_end_wall(&work->free, began_ns);
	}
}

static uint64_t mark_of(const struct slot *slot)
{
	return (uintptr_t)slot * 2654435761u + slot->words;
}

static void empty(struct pools_work *work, struct slot *slot)
{
	work->wrong += slot->block[0] != mark_of(slot) || slot->block[slot->words - 1] != mark_of(slot);
	let_go(work, slot->block);
	slot->block = NULL;
}

static void fill(struct pools_work *work, struct slot *slot)
{
	slot->words = random_words(random_word(&random_state));
	slot->block = allocate(work, slot->words * sizeof(uint64_t));
	if (slot->block == NULL) {
		fprintf(stderr, "soak: no memory for a block\n");
		exit(2);
	}
	slot->block[0] = slot->block[slot->words - 1] = mark_of(slot);
}

static void operate(struct pools_work *work)
{
	struct slot *slot = &slots[random_below(&random_state, SLOTS)];

	if (slot->block != NULL)
		empty(work, slot);
	else
		fill(work, slot);
}

void *pools_run(void *argument)
{
	struct pools_work *work = argument;

	/* Twice as much as will be there at a time: what the heap takes from the system is known early. */
	for (unsigned i = 0; i < SLOTS; i++)
		fill(work, &slots[i]);
	while (!work->is_over) {
		for (int i = 0; i < OPERATIONS_PER_LOOK; i++)
			operate(work);
		work->operations += OPERATIONS_PER_LOOK;
		if (pool.cursize > work->heap_max_bytes)
			work->heap_max_bytes = pool.cursize;
	}
	for (unsigned i = 0; i < SLOTS; i++)
		if (slots[i].block != NULL)
			empty(work, &slots[i]);
	poolcheck(&pool);
	pooldestroy(&pool);
	return NULL;
}
