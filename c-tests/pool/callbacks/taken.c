#include "pool/callbacks/taken.h"

#include <string.h>

#include "pool/callbacks/hooked.h"
#include "support/runner.h"

struct taken taken = { .limit = TAKEN_MOST, .state = 1 };

void take(void)
{
	unsigned long bytes = 16 + (taken.state = taken.state * 1103515245 + 12345) % 4000;
	unsigned char *block;

	if (taken.count >= taken.limit)
		return;
	block = poolalloc(&hooked.pool, bytes);
	CHECK(block != NULL);
	memset(block, (int)taken.count, bytes);
	taken.blocks[taken.count] = block;
	taken.bytes[taken.count++] = bytes;
}

static void check_taken(unsigned which)
{
	for (unsigned long i = 0; taken.blocks[which] != NULL && i < taken.bytes[which]; i++)
		CHECK_EQUAL(taken.blocks[which][i], (unsigned char)which);
}

void take_and_give(void)
{
	unsigned char *block;
	unsigned which;

	take();
	take();
	which = (taken.state >> 4) % taken.count;
	check_taken(which);
	block = taken.blocks[which];
	taken.blocks[which] = NULL;
	poolfree(&hooked.pool, block);
	block = poolalloc(&hooked.pool, taken.bytes[which]);
	taken.blocks[which] = block;
	CHECK(taken.blocks[which] != NULL);
	memset(taken.blocks[which], (int)which, taken.bytes[which]);
}

void check_all_taken(void)
{
	CHECK(taken.count > 0 && hooked.most_depth > 1);
	for (unsigned i = 0; i < taken.count; i++)
		check_taken(i);
	hooked_check();
}
