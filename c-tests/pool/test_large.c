/*
 * Does the pool answer as the original does where blocks are large and alike, and arenas are many? Both do the same
 * operations, and after each of them the returned address and the counters are compared.
 *
 * Most large blocks have one of a few sizes, so that several of one size are free at a time, and which of them is taken
 * shows which became free last. There are more arenas than the table of arenas has room for at first, in no order.
 *
 * MILLPOND_REFERENCE=FOLDER names the folder of libpool_ref.so, the original as a shared object.
 * MILLPOND_POOL_ROUNDS=N goes N times through the settings, each time with other seeds.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "pool/driver/library.h"
#include "pool/driver/text.h"
#include "support/random.h"
#include "support/runner.h"

#define LIMIT_SECONDS 240U
#define BLOCKS 900U
#define PLACES 1021UL             /* for arenas, a prime */
#define PLACE_BYTES (192UL << 10)
#define ARENAS_AIM 300U
#define SWEEPS 12U

struct setting {
	unsigned long quantum, minblock, minarena;
	bool moves;                /* there is a `move`, and no block is aligned: the original moves those, too */
	bool together;             /* one arena lies against the other, and there is a `merge` */
};

struct world {
	const struct pool_library *library;
	Pool pool;
	unsigned char *region;
	unsigned arenas, merges;
	size_t used_bytes;         /* of a region in which arenas lie together */
	bool is_together;
	unsigned char *blocks[BLOCKS];
	unsigned long sizes[BLOCKS];
	bool is_aligned[BLOCKS];
};

static struct world worlds[2], *current;
static uint64_t random_state;

static unsigned long below(unsigned long limit)
{
	return random_below(&random_state, limit);
}

/* --- the program that has the pool ------------------------------------------------------------------------------- */

static void *provide_arena(unsigned long bytes)
{
	unsigned long place = (current->arenas * 377UL + 5) % PLACES;

	CHECK(bytes <= PLACE_BYTES - 4096 && current->arenas < PLACES);
	current->arenas++;
	if (!current->is_together)
		return current->region + place * PLACE_BYTES + place % 7 * 512;
	current->used_bytes += (bytes + 15) / 16 * 16;
	return current->region + current->used_bytes - (bytes + 15) / 16 * 16;
}

static int merge_arenas(void *bottom, void *top)
{
	unsigned long offset = (unsigned long)((unsigned char *)top - current->region);

	if (bottom > top || offset / 4096 % 3 == 0)
		return 0;
	current->merges++;
	return 1;
}

static void take_back(void *arena, unsigned long bytes)
{
	(void)arena;
	(void)bytes;
}

static void follow_move(void *from, void *to)
{
	for (unsigned i = 0; i < BLOCKS; i++)
		if (current->blocks[i] == from)
			current->blocks[i] = to;
}

static void do_nothing(Pool *pool)
{
	(void)pool;
}

static void print(Pool *pool, char *format, ...)
{
	(void)pool;
	printf("# %s prints, with the format %s\n", current->library->name, format);
}

static void panic(Pool *pool, char *format, ...)
{
	(void)pool;
	printf("# %s panics, with the format %s\n", current->library->name, format);
	CHECK(!"no pool panics");
}

static void world_start(struct world *world, const struct pool_library *library, const struct setting *setting)
{
	static char name[] = "large";

	*world = (struct world){ .library = library, .is_together = setting->together };
	world->pool = (Pool){
		.name = name, .maxsize = PLACES * PLACE_BYTES, .quantum = setting->quantum, .minblock = setting->minblock,
		.minarena = setting->minarena, .alloc = provide_arena, .free = take_back,
		.merge = setting->together ? merge_arenas : NULL, .move = setting->moves ? follow_move : NULL,
		.lock = do_nothing, .unlock = do_nothing, .print = print, .panic = panic,
	};
	world->region = mmap(NULL, PLACES * PLACE_BYTES, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(world->region != MAP_FAILED);
}

static void world_stop(struct world *world)
{
	current = world;
	world->library->check(&world->pool);
	world->library->reset(&world->pool);
	CHECK_EQUAL(world->pool.cursize, 0);
	munmap(world->region, PLACES * PLACE_BYTES);
}

/* --- the operations, in both worlds ------------------------------------------------------------------------------ */

static size_t offset_of(const struct world *world, unsigned slot)
{
	return world->blocks[slot] == NULL ? 0 : (size_t)(world->blocks[slot] - world->region);
}

/* The original's curalloc drifts where a realloc makes arenas merge. */
static void compare(const char *operation, unsigned slot, unsigned long bytes)
{
	const Pool *original = &worlds[0].pool, *ours = &worlds[1].pool;
	bool is_same = offset_of(&worlds[0], slot) == offset_of(&worlds[1], slot) &&
		       worlds[0].arenas == worlds[1].arenas && worlds[0].merges == worlds[1].merges &&
		       original->cursize == ours->cursize && original->curfree == ours->curfree &&
		       original->nfree == ours->nfree && original->lastcompact == ours->lastcompact &&
		       (worlds[0].is_together || original->curalloc == ours->curalloc);

	if (is_same)
		return;
	printf("# %s of block %u, %lu bytes: the original has it at %zx, millpond at %zx; curfree %lu and %lu\n", operation,
	       slot, bytes, offset_of(&worlds[0], slot), offset_of(&worlds[1], slot), original->curfree, ours->curfree);
	CHECK(!"the pool answers as the original does");
}

/* What the program has in a block, at both ends. */
static void mark(struct world *world, unsigned slot, unsigned long bytes)
{
	world->sizes[slot] = world->blocks[slot] == NULL ? 0 : bytes;
	if (world->blocks[slot] == NULL || bytes == 0)
		return;
	world->blocks[slot][0] = (unsigned char)slot;
	world->blocks[slot][bytes - 1] = (unsigned char)slot;
}

static void check_mark(const struct world *world, unsigned slot, unsigned long bytes)
{
	if (world->blocks[slot] == NULL || bytes == 0)
		return;
	CHECK_EQUAL(world->blocks[slot][0], (unsigned char)slot);
	if (bytes == world->sizes[slot])
		CHECK_EQUAL(world->blocks[slot][bytes - 1], (unsigned char)slot);
}

static void allocate(unsigned slot, unsigned long bytes)
{
	for (current = worlds; current < worlds + 2; current++) {
		current->blocks[slot] = current->library->alloc(&current->pool, bytes);
		current->is_aligned[slot] = false;
		mark(current, slot, bytes);
	}
	compare("alloc", slot, bytes);
}

static void allocate_aligned(unsigned slot, unsigned long bytes, unsigned long align)
{
	for (current = worlds; current < worlds + 2; current++) {
		/* The regions lie at pages: offsets in them are aligned as addresses are. */
		current->blocks[slot] = current->library->allocalign(&current->pool, bytes, align, 0, 0);
		current->is_aligned[slot] = true;
		mark(current, slot, bytes);
	}
	compare("allocalign", slot, bytes);
}

static void resize(unsigned slot, unsigned long bytes)
{
	for (current = worlds; current < worlds + 2; current++) {
		unsigned long kept = bytes < current->sizes[slot] ? bytes : current->sizes[slot];

		check_mark(current, slot, current->sizes[slot]);
		current->blocks[slot] = current->library->realloc(&current->pool, current->blocks[slot], bytes);
		if (kept > 1)
			check_mark(current, slot, kept);
		current->is_aligned[slot] = false;
		mark(current, slot, bytes);
	}
	compare("realloc", slot, bytes);
}

static void release(unsigned slot)
{
	for (current = worlds; current < worlds + 2; current++) {
		check_mark(current, slot, current->sizes[slot]);
		current->library->free(&current->pool, current->blocks[slot]);
		current->blocks[slot] = NULL;
		current->sizes[slot] = 0;
	}
	compare("free", slot, 0);
}

static void compact(void)
{
	for (current = worlds; current < worlds + 2; current++)
		current->library->compact(&current->pool);
	for (unsigned slot = 0; slot < BLOCKS; slot++)
		compare("compact", slot, 0);
}

/* Large ones of five sizes; some that fit between these, and small ones that are cut from them. */
static unsigned long choose_bytes(void)
{
	static const unsigned long alike[] = { 32800, 40000, 40000, 49000, 65600, 65600, 98000 };

	if (below(8) < 5)
		return alike[below(sizeof(alike) / sizeof(alike[0]))];
	if (below(3) == 0)
		return 30000 + below(60000);
	return 1 + below(below(2) == 0 ? 300 : 20000);
}

enum order { IN_ORDER, REVERSED, AT_RANDOM, ORDERS };

static unsigned slot_at(enum order order, unsigned number)
{
	if (order == AT_RANDOM)
		return (unsigned)below(BLOCKS);
	return order == IN_ORDER ? number : BLOCKS - 1 - number;
}

static void use_block(unsigned slot, const struct setting *setting)
{
	bool is_free = worlds[0].blocks[slot] == NULL;

	if (below(4) == 0)
		resize(slot, is_free || below(9) != 0 ? choose_bytes() : 0);
	else if (!is_free)
		release(slot);
	else if (!setting->moves && below(12) == 0)
		allocate_aligned(slot, setting->minblock + 100 + choose_bytes(), 64UL << below(7));
	else
		allocate(slot, choose_bytes());
}

/* Frees most blocks in an order, and fills up again; then some of everything. */
static void sweep(enum order order, const struct setting *setting)
{
	for (unsigned number = 0; number < BLOCKS; number++) {
		unsigned slot = slot_at(order, number);

		if (worlds[0].blocks[slot] != NULL && below(16) != 0)
			release(slot);
	}
	for (unsigned number = 0; number < BLOCKS; number++) {
		unsigned slot = slot_at(order, number);

		if (worlds[0].blocks[slot] == NULL)
			allocate(slot, choose_bytes());
	}
	for (unsigned number = 0; number < BLOCKS; number++)
		use_block((unsigned)below(BLOCKS), setting);
	if (setting->moves)
		compact();
}

static void compare_in(const struct setting *setting, uint64_t seed)
{
	random_state = seed;
	world_start(&worlds[0], pool_library_original(), setting);
	world_start(&worlds[1], pool_library_under_test(), setting);
	for (unsigned number = 0; number < SWEEPS; number++)
		sweep((enum order)(number % ORDERS), setting);
	CHECK(setting->together ? worlds[1].merges > 0 : worlds[1].arenas > ARENAS_AIM);
	printf("# quantum %lu, minblock %lu, minarena %lu: %u arenas, %u merges\n", setting->quantum, setting->minblock,
	       setting->minarena, worlds[1].arenas, worlds[1].merges);
	world_stop(&worlds[0]);
	world_stop(&worlds[1]);
}

TEST(large_blocks_that_are_alike_in_many_arenas_as_in_the_original)
{
	static const struct setting settings[] = {
		{ .quantum = 32, .minarena = 4096 },
		{ .quantum = 8, .minarena = 50000 },
		{ .quantum = 8, .minblock = 320, .minarena = 100000 },
		{ .quantum = 4096, .minblock = 5000, .minarena = 70000 },
		{ .quantum = 16, .minblock = 48, .minarena = 66000, .moves = true },
		{ .quantum = 32, .minarena = 4096, .together = true },
		{ .quantum = 8, .minblock = 128, .minarena = 150000, .together = true },
	};

	const char *wish = getenv("MILLPOND_POOL_ROUNDS");
	unsigned rounds = wish != NULL && atoi(wish) > 0 ? (unsigned)atoi(wish) : 1;

	if (pool_library_original() == NULL)
		SKIP("MILLPOND_REFERENCE does not name the original's folder");
	for (unsigned round = 1; round <= rounds; round++) {
		runner_set_limit(LIMIT_SECONDS);
		for (size_t number = 0; number < sizeof(settings) / sizeof(settings[0]); number++)
			compare_in(&settings[number], 0x6c61726765UL * round + number);
	}
}
