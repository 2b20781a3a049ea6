/* Callbacks that use their pool while damage is set aside, and one that does the damage. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>

#include "pool.h"
#include "pool/callbacks/hooked.h"
#include "pool/callbacks/movable.h"
#include "pool/callbacks/taken.h"
#include "support/runner.h"

static unsigned long *block_behind(void *data)
{
	unsigned long *header = (unsigned long *)data - 2;

	return (unsigned long *)((char *)header + header[1]);
}

TEST(print_and_panic_take_and_give_while_damage_is_set_aside)
{
	unsigned char *blocks[6];

	hooked_start();
	for (int i = 0; i < 6; i++)
		blocks[i] = poolalloc(&hooked.pool, 100);
	/* Two tails, so that there is more than one place to tell of. */
	memset(block_behind(blocks[0]) - 2, 0, 2 * sizeof(long));
	memset(block_behind(blocks[3]) - 2, 0, 2 * sizeof(long));
	hooked.in_print = hooked.in_panic = take_and_give;
	poolfree(&hooked.pool, blocks[1]);
	poolfree(&hooked.pool, blocks[4]);
	CHECK(hooked.panics >= 1 && hooked.panics <= 2);
	hooked.in_print = hooked.in_panic = NULL;
	poolfree(&hooked.pool, blocks[2]);
	poolfree(&hooked.pool, blocks[5]);
	poolcheck(&hooked.pool);
	check_all_taken();
}

static void return_to_the_pool(void)
{
}

/* A free block that the walk has not come to, and that is not the last one that was freed. */
static void follow_and_damage(void *from, void *to)
{
	follow(from, to);
	if (hooked.moves == 2)
		memset(block_behind(movable[MOVABLE - 5]) + 2, 0x41, 4 * sizeof(long));
}

TEST(move_damages_what_is_not_moved_yet)
{
	hooked.in_panic = return_to_the_pool;
	compact_with(follow_and_damage);
	CHECK_EQUAL(hooked.panics, 1);
	hooked.in_panic = NULL;
	hooked.in_move = follow;
	for (int i = 1; i < MOVABLE; i += 4) {
		poolfree(&hooked.pool, movable[i]);
		movable[i] = NULL;
	}
	poolcompact(&hooked.pool);
	check_movable();
	hooked_check();
}
