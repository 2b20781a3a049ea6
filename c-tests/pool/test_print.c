/*
 * What `print` may do to its own pool while blocks are checked or shown: reset it, or make arenas join. Arenas that were
 * given back are gone: whoever reads them is ended by a signal.
 *
 * With LD_PRELOAD=DIR/libpool_ref.so these tests run on the original.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>
#include <sys/mman.h>

#include "pool.h"
#include "support/runner.h"

#define ARENA_BYTES 16384UL
#define SPACE_BYTES (64 * ARENA_BYTES)
#define BLOCKS 100

static unsigned char *space;
static size_t cut_bytes;
static unsigned prints, panics, resets, print_that_acts;
static bool joins;
static Pool pool;
static unsigned char *blocks[BLOCKS];
static void (*in_print)(void);

/* Never the same place twice. What lies between two of them can be used. */
static void *cut(unsigned long bytes)
{
	unsigned char *arena = space + cut_bytes;

	bytes = (bytes + ARENA_BYTES - 1) / ARENA_BYTES * ARENA_BYTES;
	if (bytes > SPACE_BYTES - cut_bytes || mprotect(arena, bytes, PROT_READ | PROT_WRITE) != 0)
		return NULL;
	cut_bytes += bytes;
	return arena;
}

static void take_back(void *arena, unsigned long bytes)
{
	CHECK_EQUAL(mprotect(arena, bytes, PROT_NONE), 0);
}

static int join(void *bottom, void *top)
{
	(void)bottom;
	(void)top;
	return joins;
}

static void move(void *from, void *to)
{
	for (int i = 0; i < BLOCKS; i++)
		if (blocks[i] == from)
			blocks[i] = to;
}

static void lock(Pool *locked)
{
	CHECK(locked == &pool);
}

static void print(Pool *printing, char *format, ...)
{
	CHECK(printing == &pool && format != NULL);
	if (prints++ == print_that_acts && in_print != NULL)
		in_print();
}

static void panic(Pool *panicking, char *format, ...)
{
	CHECK(panicking == &pool && format != NULL);
	panics++;
}

/* Three arenas with blocks, and one byte too many in some of them. */
static void start(void)
{
	space = mmap(NULL, SPACE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(space != MAP_FAILED);
	cut_bytes = prints = panics = resets = 0;
	joins = false;
	in_print = NULL;
	pool = (Pool){
		.name = "printing", .maxsize = SPACE_BYTES, .minarena = ARENA_BYTES - 1024, .quantum = 32, .alloc = cut,
		.free = take_back, .merge = join, .move = move, .lock = lock, .unlock = lock, .print = print, .panic = panic,
	};
	for (int i = 0; i < BLOCKS; i++) {
		blocks[i] = poolalloc(&pool, 401);
		CHECK(blocks[i] != NULL);
	}
	CHECK_EQUAL(cut_bytes, 3 * ARENA_BYTES);
}

static void write_one_byte_too_many(void)
{
	for (int i = 0; i < BLOCKS; i += 9)
		blocks[i][401] = 0;
	pool.flags = POOL_TOLERANCE;
}

static void end(void)
{
	in_print = NULL;
	poolcheck(&pool);
	CHECK_EQUAL(panics, 0);
	munmap(space, SPACE_BYTES);
}

static void reset_and_take(void)
{
	poolreset(&pool);
	resets++;
	for (int i = 0; i < BLOCKS / 2; i++)
		CHECK(poolalloc(&pool, 200) != NULL);
}

/* Its neighbours join as far as they touch: what began an arena is in the middle of one. */
static void make_arenas_join(void)
{
	joins = true;
	CHECK(poolalloc(&pool, ARENA_BYTES * 2) != NULL);
}

static void check_the_pool(void)
{
	poolcheck(&pool);
}

static void show_the_pool(void)
{
	pooldump(&pool);
}

static void compact_the_pool(void)
{
	for (int i = 2; i < BLOCKS; i += 9)
		poolfree(&pool, blocks[i]);
	poolcompact(&pool);
}

/* Does something with `print` that acts at each of its calls in turn. */
static void act_at_every_print(void (*work)(void), void (*act)(void), bool is_tolerant)
{
	bool has_acted = true;

	for (print_that_acts = 0; has_acted; print_that_acts += print_that_acts < 20 ? 1 : 37) {
		start();
		if (is_tolerant)
			write_one_byte_too_many();
		in_print = act;
		work();
		has_acted = prints > print_that_acts;
		end();
	}
	CHECK(print_that_acts > 20);
}

TEST(print_resets_the_pool_while_it_is_checked)
{
	act_at_every_print(check_the_pool, reset_and_take, true);
}

TEST(print_resets_the_pool_while_it_is_shown)
{
	act_at_every_print(show_the_pool, reset_and_take, false);
}

TEST(print_resets_the_pool_while_it_is_compacted)
{
	act_at_every_print(compact_the_pool, reset_and_take, true);
}

TEST(print_makes_arenas_join_while_the_pool_is_checked)
{
	act_at_every_print(check_the_pool, make_arenas_join, true);
}

TEST(print_makes_arenas_join_while_the_pool_is_shown)
{
	act_at_every_print(show_the_pool, make_arenas_join, false);
}

TEST(print_makes_arenas_join_while_the_pool_is_compacted)
{
	act_at_every_print(compact_the_pool, make_arenas_join, true);
}

/* The texts of one fault: its line, and what stands around the block. */
TEST(print_resets_the_pool_while_a_fault_is_told)
{
	for (print_that_acts = 0; print_that_acts < 6; print_that_acts++) {
		start();
		memset(blocks[5] + 401, 0x41, 3);
		in_print = reset_and_take;
		poolfree(&pool, blocks[5]);
		CHECK_EQUAL(panics, 1);
		CHECK_EQUAL(resets, 1);
		panics = 0;
		end();
	}
}

TEST(print_resets_the_pool_while_a_bad_arena_is_told)
{
	start();
	memset(space + 2 * ARENA_BYTES, 0, sizeof(long)); /* the header of an arena */
	in_print = reset_and_take;
	print_that_acts = 0;
	poolcheck(&pool);
	CHECK_EQUAL(resets, 1);
	CHECK_EQUAL(panics, 1);
	panics = 0;
	end();
}
