#include "pool/walk/program.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "support/random.h"
#include "support/runner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct program program;

const int program_flags[] = {
	0, POOL_ANTAGONISM, POOL_PARANOIA, POOL_VERBOSITY | POOL_LOGGING, POOL_TOLERANCE, POOL_NOREUSE,
	POOL_NOREUSE | POOL_ANTAGONISM | POOL_PARANOIA | POOL_TOLERANCE,
};
const unsigned program_flags_count = COUNT(program_flags);

const struct arena_plan program_plans[] = {
	{ .order = ARENAS_APART },
	{ .order = ARENAS_UPWARDS, .is_merging = true },
	{ .order = ARENAS_DOWNWARDS, .is_merging = true, .gap_bytes = 48 },
	{ .order = ARENAS_DOWNWARDS, .gap_bytes = 4096 },
};
const unsigned program_plans_count = COUNT(program_plans);

unsigned program_random(unsigned limit)
{
	return (unsigned)random_below(&program.state, limit);
}

static void follow(void *from, void *to)
{
	for (unsigned i = 0; i < PROGRAM_BLOCKS; i++)
		if (program.blocks[i].data == from) {
			program.blocks[i].data = to;
			return;
		}
	CHECK(program.has_others);
}

void program_start(const struct arena_plan *plan, int flags, unsigned seed)
{
	memset(&program, 0, sizeof(program));
	program.pool = provider_start("walked", plan);
	program.pool.flags = flags;
	program.pool.minarena = 8192;
	program.state = seed * 2654435761U + 1;
	provider.on_move = follow;
}

/* What the library keeps marks of, seen from outside: at the end of a call. */
static void see(unsigned allocs_before, bool has_failed)
{
	bool has_grown = provider.allocs != allocs_before && provider.last_alloc != NULL;

	program.failed_calls += has_failed;
	if (program.pool.cursize > program.most_arena_bytes)
		program.most_arena_bytes = program.pool.cursize;
	if ((has_grown || has_failed) && program.pool.curalloc > program.most_seen_bytes)
		program.most_seen_bytes = program.pool.curalloc;
}

static unsigned long random_bytes(void)
{
	switch (program_random(20)) {
	case 0:
		return program_random(60000);
	case 1:
		return ULONG_MAX - program_random(5000);
	case 2:
		return 0;
	default:
		return program_random(700);
	}
}

static void note(struct noted *block, void *data, unsigned long asked, bool is_aligned)
{
	*block = (struct noted){ data, data == NULL ? 0 : asked, data != NULL && is_aligned };
	if (data != NULL)
		memset(data, 'x', asked);
}

static void allocate(struct noted *block)
{
	static const unsigned long aligns[] = { 0, 8, 16, 24, 64, 100, 512, 4096 };
	unsigned long asked = random_bytes(), align = aligns[program_random(COUNT(aligns))];
	unsigned long span = program_random(4) == 0 ? 1024UL << program_random(4) : 0;
	unsigned allocs = provider.allocs;
	bool is_aligned = program_random(3) == 0;
	void *data = is_aligned ? poolallocalign(&program.pool, asked, align, 0, span) : poolalloc(&program.pool, asked);

	see(allocs, data == NULL);
	/* An address that is no multiple of a word has a test of its own. */
	if ((uintptr_t)data % sizeof(long) != 0) {
		poolfree(&program.pool, data);
		data = NULL;
	}
	note(block, data, asked, is_aligned);
}

static void resize(struct noted *block)
{
	unsigned long asked = random_bytes();
	unsigned allocs = provider.allocs;
	unsigned char *data = poolrealloc(&program.pool, block->data, asked);

	see(allocs, data == NULL && asked != 0);
	if (data == NULL && asked != 0)
		return;
	note(block, data, asked, false);
}

static void use_all(struct noted *block)
{
	unsigned long bytes = poolmsize(&program.pool, block->data);

	CHECK(bytes >= block->asked);
	block->asked = bytes;
	memset(block->data, 'x', bytes);
}

static void release(struct noted *block)
{
	poolfree(&program.pool, block->data);
	*block = (struct noted){ NULL, 0, false };
}

static void reset(void)
{
	poolreset(&program.pool);
	memset(program.blocks, 0, sizeof(program.blocks));
	program.failed_calls = 0;
	program.most_arena_bytes = program.most_seen_bytes = 0;
}

void program_operate(void)
{
	struct noted *block = &program.blocks[program_random(PROGRAM_BLOCKS)];

	provider.report_bytes = 0;
	switch (program_random(400)) {
	case 0:
		reset();
		return;
	case 1:
		provider.arenas_left = provider.arenas_left == 0 ? UINT_MAX : 0;
		return;
	case 2:
		poolcompact(&program.pool);
		return;
	}
	if (block->data == NULL)
		allocate(block);
	else if (program_random(3) == 0)
		resize(block);
	else if (program_random(8) == 0)
		use_all(block);
	else
		release(block);
}

static unsigned noted(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < PROGRAM_BLOCKS; i++)
		count += program.blocks[i].data != NULL;
	return count;
}

void program_operate_until(unsigned blocks)
{
	while (noted() < blocks)
		program_operate();
}
