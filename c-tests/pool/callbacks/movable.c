#include "pool/callbacks/movable.h"

#include <string.h>

#include "pool/callbacks/hooked.h"
#include "pool/callbacks/taken.h"
#include "support/runner.h"

unsigned char *movable[MOVABLE];

void follow(void *from, void *to)
{
	for (int i = 0; i < MOVABLE; i++)
		if (movable[i] == from)
			movable[i] = to;
	for (unsigned i = 0; i < taken.count; i++)
		if (taken.blocks[i] == from)
			taken.blocks[i] = to;
}

void check_movable(void)
{
	for (int i = 0; i < MOVABLE; i++)
		for (int k = 0; movable[i] != NULL && k < 100; k++)
			CHECK_EQUAL(movable[i][k], (unsigned char)i);
}

void compact_with(void (*hook)(void *, void *))
{
	hooked_start();
	hooked.pool.minarena = 20000;
	for (int i = 0; i < MOVABLE; i++) {
		movable[i] = poolalloc(&hooked.pool, (unsigned long)(i % 7) * 64 + 100);
		memset(movable[i], i, 100);
	}
	for (int i = 0; i < MOVABLE; i += 2) {
		poolfree(&hooked.pool, movable[i]);
		movable[i] = NULL;
	}
	hooked.in_move = hook;
	CHECK_EQUAL(poolcompact(&hooked.pool), 1);
	hooked.in_move = NULL;
	CHECK(hooked.moves > 0);
	check_movable();
	hooked_check();
}
