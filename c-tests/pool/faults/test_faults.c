/*
 * Calls that a pool makes fail: of the program's `alloc`, and of the system. Random operations are done once to count the
 * calls of each kind; then once for each of them with that call failing, or that call and all later ones.
 *
 * A call of the pool that fails then has changed nothing that counts; it works when nothing fails any more; all blocks
 * keep their bytes; and nothing is left at the end.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "pool.h"
#include "pool/faults/inject.h"
#include "support/mappings.h"
#include "support/random.h"
#include "support/runner.h"

#define STEPS 80
#define BLOCKS 24
#define REGION_BYTES (16UL << 20)

enum way { ARENAS_APART, ARENAS_THAT_MERGE, BLOCKS_THAT_MOVE, SYSTEM, WAYS };

struct block {
	unsigned char *data;               /* NULL: none */
	unsigned long bytes;
	unsigned char value;
};

struct life {
	Pool pool;
	enum way way;
	uint64_t state;
	struct block blocks[BLOCKS];
	unsigned long failed;
};

struct totals {
	unsigned long runs, injections, struck, failed_calls;
};

static unsigned char *region;
static size_t cut_bytes;
static struct life *current;
static struct totals totals;

/* --- callbacks ---------------------------------------------------------------------------------------------------- */

static void *give_arena(unsigned long bytes)
{
	unsigned char *arena = region + cut_bytes;

	if (fault_strikes(FAULT_ALLOC) || bytes > REGION_BYTES - cut_bytes)
		return NULL;
	cut_bytes += (bytes + 63) / 64 * 64;
	return arena;
}

static void *give_arena_apart(unsigned long bytes)
{
	cut_bytes += 4096;
	return give_arena(bytes);
}

static int may_merge(void *one, void *other)
{
	(void)one, (void)other;
	return 1;
}

static void block_moved(void *from, void *to)
{
	for (unsigned i = 0; i < BLOCKS; i++) {
		if (current->blocks[i].data == from) {
			current->blocks[i].data = to;
			return;
		}
	}
	CHECK(from == NULL); /* what moves is one of them */
}

static void take_back(void *arena, unsigned long bytes)
{
	(void)arena, (void)bytes;
}

static void fail_test(Pool *pool, char *format, ...)
{
	(void)pool, (void)format;
	fault_leave();
	CHECK(!"a pool that nobody damaged calls panic");
}

static Pool make_pool(enum way way)
{
	Pool pool = POOL_SYSTEM_INIT("failing");

	pool.panic = fail_test;
	if (way == SYSTEM)
		return pool;
	pool.flags = 0;
	pool.minarena = 4096;
	pool.lock = pool.unlock = NULL;
	pool.alloc = way == ARENAS_APART ? give_arena_apart : give_arena;
	pool.merge = way == ARENAS_THAT_MERGE ? may_merge : NULL;
	pool.move = way == BLOCKS_THAT_MOVE ? block_moved : NULL;
	pool.free = take_back;
	return pool;
}

/* --- operations --------------------------------------------------------------------------------------------------- */

static unsigned long below(struct life *life, unsigned long limit)
{
	return random_below(&life->state, limit);
}

static void check_block(const struct block *block)
{
	for (unsigned long i = 0; i < block->bytes; i++)
		CHECK(block->data[i] == block->value);
}

static void check_blocks(const struct life *life)
{
	for (unsigned i = 0; i < BLOCKS; i++)
		if (life->blocks[i].data != NULL)
			check_block(&life->blocks[i]);
}

static void fill(struct life *life, struct block *block, void *data, unsigned long bytes)
{
	block->data = data;
	block->bytes = bytes;
	block->value = (unsigned char)below(life, 256);
	memset(data, block->value, bytes);
}

static unsigned long choose_bytes(struct life *life)
{
	switch (below(life, 20)) {
	case 0:
		return 100000 + below(life, 200000);
	case 1:
	case 2:
		return below(life, 20000);
	default:
		return below(life, 700);
	}
}

enum operation { ALLOC, ZALLOC, ALLOC_ALIGNED, REALLOC };

static void *ask(struct life *life, enum operation operation, struct block *block, unsigned long bytes)
{
	void *data = NULL;

	fault_enter();
	switch (operation) {
	case ALLOC:
		data = poolalloc(&life->pool, bytes);
		break;
	case ZALLOC:
		data = poolzalloc(&life->pool, bytes);
		break;
	case ALLOC_ALIGNED:
		data = poolallocalign(&life->pool, bytes, 256, 0, 0);
		break;
	case REALLOC:
		data = poolrealloc(&life->pool, block->data, bytes);
		break;
	}
	fault_leave();
	return data;
}

/* What failed has changed no number; and must not fail again when nothing else does. */
static void *ask_and_retry(struct life *life, enum operation operation, struct block *block, unsigned long bytes)
{
	unsigned long fired = fault_fired();
	Pool before = life->pool;
	void *data = ask(life, operation, block, bytes);

	if (data != NULL)
		return data;
	life->failed++;
	CHECK(fault_fired() > fired);
	CHECK(poolerror()[0] != '\0');
	CHECK_EQUAL(life->pool.cursize, before.cursize);
	CHECK_EQUAL(life->pool.curfree, before.curfree);
	CHECK_EQUAL(life->pool.curalloc, before.curalloc);
	CHECK_EQUAL(life->pool.nfree, before.nfree);
	check_blocks(life);
	if (!fault_is_pending())
		CHECK((data = ask(life, operation, block, bytes)) != NULL);
	return data;
}

static bool is_zero(const unsigned char *data, unsigned long bytes)
{
	return bytes == 0 || (data[0] == 0 && memcmp(data, data + 1, bytes - 1) == 0);
}

static void take_block(struct life *life, struct block *block)
{
	enum operation operation = (enum operation)below(life, 3);
	unsigned long bytes = choose_bytes(life);
	unsigned char *data = ask_and_retry(life, operation, block, bytes);

	if (data == NULL)
		return;
	CHECK(operation != ZALLOC || is_zero(data, bytes));
	CHECK(operation != ALLOC_ALIGNED || (uintptr_t)data % 256 == 0);
	fill(life, block, data, bytes);
}

static void resize_block(struct life *life, struct block *block)
{
	unsigned long bytes = 1 + choose_bytes(life);
	struct block resized = *block;
	unsigned char *data = ask_and_retry(life, REALLOC, block, bytes);

	if (data == NULL)
		return;
	resized.data = data;
	resized.bytes = bytes < resized.bytes ? bytes : resized.bytes;
	check_block(&resized);
	fill(life, block, data, bytes);
}

static void free_block(struct life *life, struct block *block)
{
	fault_enter();
	poolfree(&life->pool, block->data);
	fault_leave();
	block->data = NULL;
}

static void do_all_of_it(struct life *life, unsigned long choice)
{
	struct poolcounts counts = { .size = sizeof(counts) };

	fault_enter();
	if (choice < 2)
		pooltrim(&life->pool, choice * 4096);
	else if (choice < 3)
		poolcompact(&life->pool);
	else if (choice < 4)
		poolcheck(&life->pool);
	else
		CHECK_EQUAL(poolstats(&life->pool, &counts), 0);
	fault_leave();
	/* A pool that never had any memory has counted nothing. */
	CHECK(choice < 4 || counts.failed_calls == life->failed || (counts.arenas == 0 && counts.failed_calls == 0));
}

static void step(struct life *life)
{
	struct block *block = &life->blocks[below(life, BLOCKS)];
	unsigned long choice = below(life, 12);

	if (choice == 0)
		do_all_of_it(life, below(life, 5));
	else if (block->data == NULL)
		take_block(life, block);
	else if (choice < 5)
		resize_block(life, block);
	else
		free_block(life, block);
}

/* --- runs --------------------------------------------------------------------------------------------------------- */

static void run(uint64_t seed, enum way way, const struct fault *fault)
{
	struct life life = { .pool = make_pool(way), .way = way, .state = seed };

	totals.runs++;
	cut_bytes = 0;
	current = &life;
	fault_arm(fault);
	for (unsigned i = 0; i < STEPS; i++)
		step(&life);
	check_blocks(&life);
	fault_enter();
	poolcheck(&life.pool);
	fault_leave();
	for (unsigned i = 0; i < BLOCKS; i++)
		if (life.blocks[i].data != NULL)
			free_block(&life, &life.blocks[i]);
	CHECK_EQUAL(life.pool.curalloc, 0);
	fault_enter();
	poolcheck(&life.pool);
	pooldestroy(&life.pool);
	fault_leave();
	CHECK_EQUAL(life.pool.cursize | life.pool.curfree | life.pool.curalloc, 0);
	fault_unmap_refused();
	totals.failed_calls += life.failed;
}

static void sweep(uint64_t seed, enum way way, bool persists)
{
	unsigned long counts[FAULT_KINDS];

	run(seed, way, NULL);
	for (int kind = 0; kind < FAULT_KINDS; kind++)
		counts[kind] = fault_count(kind);
	for (int kind = 0; kind < FAULT_KINDS; kind++) {
		for (unsigned long call = 1; call <= counts[kind]; call++) {
			run(seed, way, &(struct fault){ kind, call, persists, (unsigned)(seed + call) });
			totals.struck += fault_fired() > 0;
			totals.injections++;
		}
	}
}

/* MILLPOND_FAULT_SCENARIOS: so many of each way. */
static void sweep_all(enum way way, bool persists)
{
	const char *text = getenv("MILLPOND_FAULT_SCENARIOS");
	unsigned long scenarios = text != NULL ? strtoul(text, NULL, 10) : 30;

	runner_set_limit(600);
	if (region == NULL)
		region = mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(region != MAP_FAILED);
	run(1, way, NULL); /* what is found out once, and kept */
	struct mappings before = count_mappings();
	for (unsigned long i = 0; i < scenarios; i++)
		sweep(i + (persists ? 10000 : 20000), way, persists);
	CHECK_EQUAL(count_mappings().bytes, before.bytes);
	CHECK(totals.failed_calls > 0);
	/* Where the system puts arenas is not the same in each run, so neither is which of them touch. */
	CHECK(totals.struck == totals.injections || (way == SYSTEM && totals.struck >= totals.injections / 20 * 19));
	printf("# %lu injections (%lu struck) in %lu runs of %lu scenarios: %lu calls of the pool failed, each left all as it was\n",
	       totals.injections, totals.struck, totals.runs, scenarios, totals.failed_calls);
}

TEST(one_call_of_a_pool_with_arenas_apart_fails)
{
	sweep_all(ARENAS_APART, false);
}

TEST(all_calls_from_one_on_of_a_pool_with_arenas_apart_fail)
{
	sweep_all(ARENAS_APART, true);
}

TEST(one_call_of_a_pool_that_merges_arenas_fails)
{
	sweep_all(ARENAS_THAT_MERGE, false);
}

TEST(all_calls_from_one_on_of_a_pool_that_merges_arenas_fail)
{
	sweep_all(ARENAS_THAT_MERGE, true);
}

TEST(one_call_of_a_pool_that_moves_blocks_fails)
{
	sweep_all(BLOCKS_THAT_MOVE, false);
}

TEST(all_calls_from_one_on_of_a_pool_that_moves_blocks_fail)
{
	sweep_all(BLOCKS_THAT_MOVE, true);
}

TEST(one_call_of_a_system_pool_fails)
{
	sweep_all(SYSTEM, false);
}

TEST(all_calls_from_one_on_of_a_system_pool_fail)
{
	sweep_all(SYSTEM, true);
}
