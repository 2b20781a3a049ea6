/* pooltrim() among random calls: arenas that become one, blocks that move, and the rule which arenas stay. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "support/random.h"
#include "support/runner.h"

#define SLOTS 60U
#define STEPS 4000U
#define SEEDS 24U

static struct {
	unsigned char *data;
	unsigned long bytes;
} slots[SLOTS];

static void move_slot(void *from, void *to)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		if (slots[i].data == from)
			slots[i].data = to;
	}
}

/* What still lies there is not the pool's. */
static void overwrite(void *arena, unsigned long bytes)
{
	CHECK(provider.holder == NULL);
	memset(arena, 0x5a, bytes);
	provider.frees++;
}

static void change(Pool *pool, uint64_t *state)
{
	unsigned which = (unsigned)random_below(state, SLOTS);
	unsigned long bytes = random_below(state, random_below(state, 10) == 0 ? 60000 : 900);

	for (unsigned long i = 0; slots[which].data != NULL && i < slots[which].bytes; i++)
		CHECK_EQUAL(slots[which].data[i], which);
	poolfree(pool, slots[which].data);
	slots[which].data = NULL;
	if (random_below(state, 3) == 0)
		return;
	slots[which].data = random_below(state, 8) == 0 ? poolallocalign(pool, bytes, 64, 0, 0) : poolalloc(pool, bytes);
	slots[which].bytes = bytes;
	CHECK(slots[which].data != NULL);
	memset(slots[which].data, (int)which, bytes);
}

/* Frees many blocks or all. */
static void free_many(Pool *pool, uint64_t *state)
{
	bool are_all = random_below(state, 2) == 0;

	for (unsigned i = 0; i < SLOTS; i++) {
		if (are_all || random_below(state, 4) != 0) {
			poolfree(pool, slots[i].data);
			slots[i].data = NULL;
		}
	}
}

/* Whether an arena has no blocks but free ones. */
static bool is_all_free(const struct band_arena *arena)
{
	uintptr_t address = (uintptr_t)(arena + 1);
	struct band_header header;

	for (;; address += header.size_bytes) {
		CHECK(band_read(address, &header, sizeof(header)));
		if (header.magic != MAGIC_FREE)
			return header.magic == MAGIC_ARENA_END;
	}
}

/* An arena without blocks stays only if too little would be free without it. */
static void trim(Pool *pool, unsigned long keep_bytes)
{
	unsigned long free_bytes = pool->curfree, allocated_bytes = pool->curalloc, cursize = pool->cursize, spans = 0;

	pooltrim(pool, keep_bytes);
	CHECK_EQUAL(pool->curalloc, allocated_bytes);
	CHECK(pool->curfree >= keep_bytes || pool->curfree == free_bytes);
	for (const struct band_arena *arena = pool->arenalist; arena != NULL; arena = (void *)arena->below) {
		spans += arena->arena_bytes;
		CHECK(!is_all_free(arena) || pool->curfree < keep_bytes + arena->arena_bytes - 8 * sizeof(long));
	}
	CHECK_EQUAL(pool->cursize, cursize < spans ? cursize : spans);
	poolcheck(pool);
	band_check_counters(pool);
}

static void run(enum arena_order order, bool is_merging, size_t gap_bytes, unsigned seed)
{
	uint64_t state = seed;
	unsigned frees;
	Pool pool = provider_start("random", &(struct arena_plan){
		.order = order, .is_merging = is_merging, .gap_bytes = gap_bytes, .space_bytes = 256UL << 20 });

	memset(slots, 0, sizeof(slots));
	pool.free = overwrite;
	provider.on_move = move_slot;
	for (unsigned step = 0; step < STEPS; step++) {
		change(&pool, &state);
		if (random_below(&state, 150) == 0) {
			free_many(&pool, &state);
			trim(&pool, 0);
		}
		if (random_below(&state, 100) == 0)
			poolcompact(&pool);
		if (random_below(&state, 40) == 0)
			trim(&pool, random_below(&state, 2) == 0 ? 0 : random_below(&state, 200000));
	}
	for (unsigned i = 0; i < SLOTS; i++)
		poolfree(&pool, slots[i].data);
	frees = provider.frees;
	trim(&pool, 0);
	CHECK(frees > 0);
	CHECK_EQUAL(pool.cursize, 0);
	CHECK_EQUAL(pool.curfree, 0);
	CHECK(pool.arenalist == NULL);
	CHECK_EQUAL(provider.unlocked_calls, 0);
}

TEST(random_calls_with_arenas_apart)
{
	runner_set_limit(100);
	for (unsigned seed = 1; seed <= SEEDS; seed++)
		run(ARENAS_APART, false, 0, seed);
}

TEST(random_calls_with_arenas_that_become_one)
{
	runner_set_limit(100);
	for (unsigned seed = 1; seed <= SEEDS; seed++)
		run(seed % 2 == 0 ? ARENAS_UPWARDS : ARENAS_DOWNWARDS, true, seed % 5 * 48, seed);
}
