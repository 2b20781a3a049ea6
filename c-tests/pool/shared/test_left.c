/*
 * A call is left in a callback while large free blocks stand outside the lists: the process ends there, or jumps out. The
 * pool goes on, in the same process and in others, which find these blocks where no list leads to them.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pool/provider/in_band.h"
#include "pool/shared/world.h"
#include "support/runner.h"

#define GAPS 4

enum way { ENDS, JUMPS, WAYS };

static sigjmp_buf escape;
static enum way way_out;
static unsigned moves_left;

static void leave(void *from, void *to)
{
	(void)from;
	(void)to;
	if (--moves_left > 0)
		return;
	if (way_out == ENDS)
		_exit(0);
	siglongjmp(escape, 1);
}

/* Gaps of these sizes before blocks that stay, and a block that moves behind each of the last two. */
static void make_gaps(const unsigned long bytes[GAPS])
{
	void *gaps[GAPS];

	for (int i = 0; i < GAPS; i++) {
		gaps[i] = poolalloc(&world->pool, bytes[i]);
		CHECK(gaps[i] != NULL);
		if (i >= GAPS - 2)
			CHECK(poolalloc(&world->pool, 3000) != NULL);
		CHECK(poolallocalign(&world->pool, 100, 64, 0, 0) != NULL);
	}
	for (int i = 0; i < GAPS; i++)
		poolfree(&world->pool, gaps[i]);
}

/* All that is free is found: a request of each size is met without another arena. */
static void check_gaps(const unsigned long bytes[GAPS])
{
	unsigned arenas = world->arenas;
	void *blocks[GAPS];

	poolcheck(&world->pool);
	band_check_counters(&world->pool);
	for (int i = 0; i < GAPS; i++) {
		blocks[i] = poolalloc(&world->pool, bytes[i]);
		CHECK(blocks[i] != NULL);
		memset(blocks[i], 0x3c, bytes[i]);
		poolcheck(&world->pool);
	}
	CHECK_EQUAL(world->arenas, arenas);
	for (int i = 0; i < GAPS; i++)
		poolfree(&world->pool, blocks[GAPS - 1 - i]);
	poolcheck(&world->pool);
	band_check_counters(&world->pool);
}

static void compact_and_leave(unsigned moves)
{
	world->pool.move = leave;
	moves_left = moves;
	if (sigsetjmp(escape, 0) == 0) {
		poolcompact(&world->pool);
		CHECK(!"the call is left before");
	}
}

static void check_in_child(const unsigned long bytes[GAPS])
{
	pid_t child = fork_flushed();

	if (child == 0) {
		check_gaps(bytes);
		_exit(0);
	}
	wait_for(child);
}

static void leave_a_call(enum way way, unsigned moves, const unsigned long bytes[GAPS])
{
	pid_t child;

	way_out = way;
	begin_world(MAP_SHARED);
	world->pool.lock = world->pool.unlock = NULL;
	world->pool.minarena = 1 << 20;
	make_gaps(bytes);
	if (way == JUMPS) {
		compact_and_leave(moves);
	} else {
		child = fork_flushed();
		if (child == 0)
			compact_and_leave(moves);
		wait_for(child);
	}
	world->pool.move = NULL;
	/* Whoever has left the call knows these blocks; others look for them. */
	if (moves == 1)
		check_in_child(bytes);
	check_gaps(bytes);
	check_in_child(bytes);
	end_world();
}

TEST(free_blocks_outside_the_lists_are_found_when_a_call_was_left)
{
	static const unsigned long sizes[] = { 33000, 40000, 40960, 61000, 98000, 900 };
	const unsigned count = sizeof(sizes) / sizeof(sizes[0]);

	runner_set_limit(300);
	for (unsigned number = 0; number < count * count * count; number += 7) {
		const unsigned long bytes[GAPS] = {
			sizes[number % count], sizes[number / count % count], sizes[number / count / count], sizes[number % 5],
		};

		for (enum way way = ENDS; way < WAYS; way++)
			for (unsigned moves = 1; moves <= 2; moves++)
				leave_a_call(way, moves, bytes);
	}
}
