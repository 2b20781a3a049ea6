/*
 * Callbacks that use the pool they belong to, under a lock that one thread may take several times; and what `alloc` may
 * not return.
 *
 * With LD_PRELOAD=DIR/libpool_ref.so those tests run on the original that are marked.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pool.h"
#include "pool/provider/in_band.h"
#include "support/runner.h"

#define STORE_BYTES (8UL << 20)
#define PAGE_BYTES 4096UL

static unsigned char store[STORE_BYTES] __attribute__((aligned(4096)));
static size_t cut_bytes;
static int depth, most_depth, prints, moves, panics;
static char panic_text[1024];
static Pool pool;
static void (*in_alloc)(void), (*in_merge)(void), (*in_move)(void *from, void *to), (*in_print)(void),
	(*in_logstack)(void), (*in_lock)(void), (*in_panic)(void);
static void *(*instead_of_arena)(unsigned long bytes);
static bool is_merging;

/* Runs what a test has hung up, but not within itself. */
#define HOOK_WITH(hook, arguments)             \
	do {                                   \
		static bool is_inside;         \
		if ((hook) != NULL && !is_inside) { \
			is_inside = true;      \
			hook arguments;        \
			is_inside = false;     \
		}                              \
	} while (0)
#define HOOK(hook) HOOK_WITH(hook, ())

static void *cut(unsigned long bytes)
{
	void *arena;

	HOOK(in_alloc);
	if (instead_of_arena != NULL)
		return instead_of_arena(bytes);
	if (bytes > STORE_BYTES - cut_bytes)
		return NULL;
	arena = store + cut_bytes;
	cut_bytes += (bytes + 15) / 16 * 16;
	return arena;
}

static int merge(void *bottom, void *top)
{
	(void)bottom;
	(void)top;
	HOOK(in_merge);
	return is_merging;
}

static void move(void *from, void *to)
{
	moves++;
	HOOK_WITH(in_move, (from, to));
}

static void lock(Pool *locked)
{
	CHECK(locked == &pool);
	depth++;
	most_depth = depth > most_depth ? depth : most_depth;
	HOOK(in_lock);
}

static void unlock(Pool *locked)
{
	CHECK(locked == &pool && depth > 0);
	depth--;
}

static void print(Pool *printing, char *format, ...)
{
	CHECK(printing == &pool && format != NULL);
	prints++;
	HOOK(in_print);
}

static void logstack(Pool *logging)
{
	CHECK(logging == &pool);
	HOOK(in_logstack);
}

static void panic(Pool *panicking, char *format, ...)
{
	va_list arguments;

	CHECK(panicking == &pool);
	va_start(arguments, format);
	vsnprintf(panic_text, sizeof(panic_text), format, arguments);
	va_end(arguments);
	if (in_panic == NULL)
		runner_fail(__FILE__, __LINE__, panic_text);
	panics++;
	HOOK(in_panic);
}

static void start(void)
{
	pool = (Pool){
		.name = "calling", .maxsize = STORE_BYTES, .minarena = 4096, .quantum = 32, .alloc = cut, .merge = merge,
		.move = move, .lock = lock, .unlock = unlock, .print = print, .panic = panic, .logstack = logstack,
	};
}

static void check_everything(void)
{
	uintptr_t arena_bytes = 0;

	CHECK_EQUAL(depth, 0);
	poolcheck(&pool);
	band_check_counters(&pool);
	for (const struct band_arena *arena = pool.arenalist; arena != NULL; arena = (void *)arena->below)
		arena_bytes += arena->arena_bytes;
	CHECK_EQUAL(pool.cursize, arena_bytes);
}

/* --- blocks that callbacks take and give ------------------------------------------------------------------------------ */

#define TAKEN_MOST 600

static unsigned char *taken[TAKEN_MOST];
static unsigned long taken_bytes[TAKEN_MOST];
static unsigned taken_count, taken_limit = TAKEN_MOST, taken_state = 1;

static void take(void)
{
	unsigned long bytes = 16 + (taken_state = taken_state * 1103515245 + 12345) % 4000;
	unsigned char *block;

	if (taken_count >= taken_limit)
		return;
	block = poolalloc(&pool, bytes);
	CHECK(block != NULL);
	memset(block, (int)taken_count, bytes);
	taken[taken_count] = block;
	taken_bytes[taken_count++] = bytes;
}

static void check_taken(unsigned which)
{
	for (unsigned long i = 0; taken[which] != NULL && i < taken_bytes[which]; i++)
		CHECK_EQUAL(taken[which][i], (unsigned char)which);
}

static void take_and_give(void)
{
	unsigned char *block;
	unsigned which;

	take();
	take();
	which = (taken_state >> 4) % taken_count;
	check_taken(which);
	block = taken[which];
	taken[which] = NULL;
	poolfree(&pool, block);
	block = poolalloc(&pool, taken_bytes[which]);
	taken[which] = block;
	CHECK(taken[which] != NULL);
	memset(taken[which], (int)which, taken_bytes[which]);
}

static void check_all_taken(void)
{
	CHECK(taken_count > 0 && most_depth > 1);
	for (unsigned i = 0; i < taken_count; i++)
		check_taken(i);
	check_everything();
}

static void work(unsigned rounds)
{
	unsigned char *blocks[64] = { NULL };
	unsigned long bytes[64] = { 0 };

	for (unsigned i = 0; i < rounds; i++) {
		unsigned slot = i * 29 % 64;
		unsigned long wanted = i * 131 % 3000 + 1, kept = wanted < bytes[slot] ? wanted : bytes[slot];

		if (i % 3 == 0) {
			poolfree(&pool, blocks[slot]);
			blocks[slot] = poolalloc(&pool, wanted);
			kept = 0;
		} else {
			blocks[slot] = poolrealloc(&pool, blocks[slot], wanted);
		}
		CHECK(blocks[slot] != NULL);
		for (unsigned long k = 0; k < kept; k++)
			CHECK_EQUAL(blocks[slot][k], (unsigned char)slot);
		memset(blocks[slot], (int)slot, wanted);
		bytes[slot] = wanted;
	}
}

/* On the original too. */
TEST(alloc_takes_from_its_own_pool)
{
	start();
	in_alloc = take;
	work(2000);
	check_all_taken();
}

/* On the original too. */
TEST(alloc_takes_and_gives)
{
	start();
	in_alloc = take_and_give;
	work(2000);
	check_all_taken();
}

TEST(alloc_takes_from_its_own_pool_and_arenas_merge)
{
	start();
	in_alloc = take_and_give;
	is_merging = true;
	work(2000);
	check_all_taken();
}

TEST(merge_takes_and_gives)
{
	start();
	pool.minarena = 65536; /* room for the request, after what is taken before */
	in_merge = take_and_give;
	is_merging = true;
	work(2000);
	check_all_taken();
}

static void reset_and_take(void)
{
	poolreset(&pool);
	cut_bytes = 0;
	taken_count = 0;
	take();
}

TEST(alloc_resets_its_own_pool)
{
	start();
	CHECK(poolalloc(&pool, 1000) != NULL);
	in_alloc = reset_and_take;
	CHECK(poolalloc(&pool, 4000) != NULL);
	check_all_taken();
}

TEST(lock_takes_and_gives)
{
	start();
	in_lock = take_and_give;
	work(500);
	check_all_taken();
}

TEST(print_and_logstack_take_and_give)
{
	start();
	pool.flags = POOL_LOGGING;
	in_print = take_and_give;
	in_logstack = take_and_give;
	work(300);
	pool.flags = 0;
	check_all_taken();
}

TEST(print_takes_and_gives_while_the_pool_is_dumped)
{
	start();
	work(100);
	taken_limit = 40;
	pool.flags = POOL_VERBOSITY | POOL_PARANOIA;
	in_print = take_and_give;
	for (int i = 0; i < 10; i++)
		CHECK(poolalloc(&pool, 500) != NULL);
	pooldump(&pool);
	pool.flags = 0;
	check_all_taken();
}

TEST(print_takes_and_gives_while_something_is_tolerated)
{
	unsigned char *block;

	start();
	block = poolalloc(&pool, 101);
	block[101] = 0;
	pool.flags = POOL_TOLERANCE;
	in_print = take_and_give;
	poolcheck(&pool);
	poolfree(&pool, block);
	CHECK(prints > 0);
	check_all_taken();
}

TEST(panic_takes_and_gives_and_returns)
{
	unsigned char *block;

	start();
	block = poolalloc(&pool, 100);
	in_panic = take_and_give;
	poolfree(&pool, block);
	poolfree(&pool, block);
	CHECK_EQUAL(panics, 1);
	check_all_taken();
}

/* --- compaction ------------------------------------------------------------------------------------------------------- */

#define MOVABLE 300

static unsigned char *movable[MOVABLE];

static void follow(void *from, void *to)
{
	for (int i = 0; i < MOVABLE; i++)
		if (movable[i] == from)
			movable[i] = to;
	for (unsigned i = 0; i < taken_count; i++)
		if (taken[i] == from)
			taken[i] = to;
}

static void follow_and_take(void *from, void *to)
{
	follow(from, to);
	take();
}

static void follow_take_and_give(void *from, void *to)
{
	follow(from, to);
	take_and_give();
	poolcheck(&pool);
}

/* Frees what has just moved, and its neighbours. */
static void follow_and_free(void *from, void *to)
{
	follow(from, to);
	for (int i = 0; i < MOVABLE; i++)
		if (movable[i] == to || moves % 3 == 0) {
			poolfree(&pool, movable[i]);
			movable[i] = NULL;
			if (movable[(i + 1) % MOVABLE] != NULL && moves % 2 == 0) {
				poolfree(&pool, movable[(i + 1) % MOVABLE]);
				movable[(i + 1) % MOVABLE] = NULL;
			}
			break;
		}
	poolcheck(&pool);
}

static void check_movable(void)
{
	for (int i = 0; i < MOVABLE; i++)
		for (int k = 0; movable[i] != NULL && k < 100; k++)
			CHECK_EQUAL(movable[i][k], (unsigned char)i);
}

static void compact_with(void (*hook)(void *, void *))
{
	start();
	pool.minarena = 20000;
	for (int i = 0; i < MOVABLE; i++) {
		movable[i] = poolalloc(&pool, (unsigned long)(i % 7) * 64 + 100);
		memset(movable[i], i, 100);
	}
	for (int i = 0; i < MOVABLE; i += 2) {
		poolfree(&pool, movable[i]);
		movable[i] = NULL;
	}
	in_move = hook;
	CHECK_EQUAL(poolcompact(&pool), 1);
	in_move = NULL;
	CHECK(moves > 0);
	check_movable();
	check_everything();
}

TEST(move_is_told_of_a_pool_that_is_whole)
{
	compact_with(follow);
}

/* On the original too. */
TEST(move_takes)
{
	compact_with(follow_and_take);
	check_all_taken();
}

TEST(move_takes_and_gives)
{
	compact_with(follow_take_and_give);
	check_all_taken();
}

TEST(move_frees_what_has_moved)
{
	compact_with(follow_and_free);
}

static void compact(void)
{
	poolcompact(&pool);
	taken[0] = poolalloc(&pool, 3000);
}

/* A block that is being resized stays where it is, also when alloc compacts the pool. */
TEST(alloc_compacts_while_a_block_is_resized)
{
	unsigned char *blocks[40];

	start();
	for (int i = 0; i < 40; i++) {
		blocks[i] = poolalloc(&pool, 300);
		memset(blocks[i], i, 300);
	}
	for (int i = 0; i < 40; i += 2)
		poolfree(&pool, blocks[i]);
	in_alloc = compact;
	blocks[39] = poolrealloc(&pool, blocks[39], 50000);
	CHECK(blocks[39] != NULL && moves > 0);
	for (int k = 0; k < 300; k++)
		CHECK_EQUAL(blocks[39][k], 39);
	check_everything();
}

/* --- what alloc may not return ---------------------------------------------------------------------------------------- */

static void return_from_panic(void)
{
}

static void *misaligned(unsigned long bytes)
{
	(void)bytes;
	return store + STORE_BYTES / 2 + sizeof(void *) / 2;
}

static void *the_last_one(unsigned long bytes)
{
	return store + cut_bytes - bytes / 2 / 16 * 16;
}

/* It begins before the arena that there is, and ends in it. */
static void *from_below(unsigned long bytes)
{
	return store + 16384 - (bytes / 2 + 15) / 16 * 16;
}

static void *beyond_all_addresses(unsigned long bytes)
{
	(void)bytes;
	return (void *)(UINTPTR_MAX - 1023);
}

static unsigned char *pages;

static void *unwritable(unsigned long bytes)
{
	(void)bytes;
	return pages;
}

/* Nil, one line that says what is wrong, and the pool is as it was. */
static void check_refused(void *(*bad)(unsigned long), const char *text)
{
	unsigned char *block;
	Pool before;

	start();
	cut_bytes = 16384;
	block = poolalloc(&pool, 100);
	memset(block, 'b', 100);
	in_panic = return_from_panic;
	instead_of_arena = bad;
	before = pool;
	CHECK(poolalloc(&pool, 4100) == NULL);
	CHECK_EQUAL(panics, 1);
	CHECK_EQUAL(prints, 0);
	CHECK(strstr(panic_text, "bad arena: ") == panic_text && strstr(panic_text, text) != NULL);
	CHECK(strstr(panic_text, "calling") != NULL && strstr(panic_text, "poolalloc") != NULL);
	CHECK(strchr(panic_text, '\n') == NULL);
	CHECK(strcmp(poolerror(), "bad arena") == 0);
	CHECK(memcmp(&pool, &before, sizeof(pool)) == 0);
	CHECK(poolrealloc(&pool, block, 4100) == NULL && block[99] == 'b');
	instead_of_arena = NULL;
	in_panic = NULL;
	CHECK(poolalloc(&pool, 4100) != NULL);
	check_everything();
}

TEST(a_misaligned_arena_is_refused)
{
	check_refused(misaligned, "not aligned");
}

TEST(an_arena_within_another_is_refused)
{
	check_refused(the_last_one, "overlaps with arena");
}

TEST(an_arena_that_reaches_into_another_is_refused)
{
	check_refused(from_below, "overlaps with arena");
}

TEST(an_arena_without_an_end_is_refused)
{
	check_refused(beyond_all_addresses, "beyond all addresses");
}

static void check_unwritable(size_t writable_from, size_t writable_to)
{
	pages = mmap(NULL, 16 * PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(pages != MAP_FAILED);
	if (writable_to > writable_from)
		mprotect(pages + writable_from, writable_to - writable_from, PROT_READ | PROT_WRITE);
	check_refused(unwritable, "cannot be written");
}

TEST(an_arena_without_access_is_refused)
{
	check_unwritable(0, 0);
}

TEST(an_arena_that_can_only_be_read_is_refused)
{
	pages = mmap(NULL, 16 * PAGE_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check_refused(unwritable, "cannot be written");
}

TEST(an_arena_that_ends_where_there_is_no_memory_is_refused)
{
	check_unwritable(0, PAGE_BYTES);
}

TEST(an_arena_that_begins_where_there_is_no_memory_is_refused)
{
	check_unwritable(PAGE_BYTES, 16 * PAGE_BYTES);
}

/* --- damage --------------------------------------------------------------------------------------------------------- */

static unsigned long *block_behind(void *data)
{
	unsigned long *header = (unsigned long *)data - 2;

	return (unsigned long *)((char *)header + header[1]);
}

TEST(print_and_panic_take_and_give_while_damage_is_set_aside)
{
	unsigned char *blocks[6];

	start();
	for (int i = 0; i < 6; i++)
		blocks[i] = poolalloc(&pool, 100);
	/* Two tails, so that there is more than one place to tell of. */
	memset(block_behind(blocks[0]) - 2, 0, 2 * sizeof(long));
	memset(block_behind(blocks[3]) - 2, 0, 2 * sizeof(long));
	in_print = in_panic = take_and_give;
	poolfree(&pool, blocks[1]);
	poolfree(&pool, blocks[4]);
	CHECK(panics >= 1 && panics <= 2);
	in_print = in_panic = NULL;
	poolfree(&pool, blocks[2]);
	poolfree(&pool, blocks[5]);
	poolcheck(&pool);
	check_all_taken();
}

static void return_to_the_pool(void)
{
}

/* A free block that the walk has not come to, and that is not the last one that was freed. */
static void follow_and_damage(void *from, void *to)
{
	follow(from, to);
	if (moves == 2)
		memset(block_behind(movable[MOVABLE - 5]) + 2, 0x41, 4 * sizeof(long));
}

TEST(move_damages_what_is_not_moved_yet)
{
	in_panic = return_to_the_pool;
	compact_with(follow_and_damage);
	CHECK_EQUAL(panics, 1);
	in_panic = NULL;
	in_move = follow;
	for (int i = 1; i < MOVABLE; i += 4) {
		poolfree(&pool, movable[i]);
		movable[i] = NULL;
	}
	poolcompact(&pool);
	check_movable();
	check_everything();
}

static void *wanderer;

/* What has moved is put behind, so that there is a hole before it again. */
static void put_behind(void *from, void *to)
{
	CHECK(from == wanderer && to < from);
	wanderer = poolalloc(&pool, 100);
	CHECK(wanderer != NULL && wanderer > to);
	poolfree(&pool, to);
}

TEST(move_makes_a_hole_each_time)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 10) {
		void *before;

		start();
		before = poolalloc(&pool, 100);
		wanderer = poolalloc(&pool, 100);
		CHECK(before != NULL && wanderer != NULL && poolalloc(&pool, 3000) != NULL);
		poolfree(&pool, before);
		in_move = put_behind;
		CHECK_EQUAL(poolcompact(&pool), 1);
		in_move = NULL;
		CHECK(moves > 1);
		check_everything();
	}
	CHECK_CHILD_WELL(&outcome);
}
