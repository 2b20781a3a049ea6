/* Visitors that leave, and visitors that use the pool. A part of test_pool_walk. */
#include <setjmp.h>
#include <string.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "pool/walk/program.h"
#include "pool/walk/shown.h"
#include "support/runner.h"

static struct shown shown, within;

/* --- longjmp ------------------------------------------------------------------------------------------------------ */

struct leaver {
	jmp_buf escape;
	size_t seen, leave_at;
};

static int leave(void *user, const struct poolpart *part)
{
	struct leaver *leaver = user;

	CHECK(part != NULL);
	if (leaver->seen++ == leaver->leave_at)
		longjmp(leaver->escape, 1);
	return 0;
}

/* False: the walk came to its end. */
static bool leave_at(size_t position)
{
	static struct leaver leaver;

	leaver.seen = 0;
	leaver.leave_at = position;
	if (setjmp(leaver.escape) == 0) {
		CHECK_EQUAL(poolwalk(&program.pool, leave, &leaver), 0);
		return false;
	}
	CHECK(provider.holder == &program.pool);
	program.pool.unlock(&program.pool);
	return true;
}

TEST(the_visitor_leaves_by_longjmp_at_every_part)
{
	size_t position = 0;

	program_start(&program_plans[1], 0, 3);
	program_operate_until(40);
	while (leave_at(position)) {
		program_operate();
		poolcheck(&program.pool);
		position++;
	}
	CHECK(position > 20);
	CHECK_EQUAL(shown_by(&shown, &program.pool), 0);
	shown_check(&shown, &program.pool);
	CHECK_EQUAL(provider.unlocked_calls, 0);
}

/* --- using the pool ----------------------------------------------------------------------------------------------- */

/* A lock that one thread may take several times. */
static unsigned depth;

static void lock(Pool *pool)
{
	provider.holder = pool;
	depth++;
}

static void unlock(Pool *pool)
{
	CHECK(pool == &program.pool && depth > 0);
	if (--depth == 0)
		provider.holder = NULL;
}

/* What a visitor does with a part, at one position or at each. */
typedef void act(const struct poolpart *part);

struct actor {
	act *act;
	size_t seen, act_at;              /* SHOWN_MOST: at each */
	struct poolpart last;             /* of the same arena, below where all that comes must not begin */
	uintptr_t arena;                  /* where the arena of the parts begins that are being shown */
	uintptr_t above;                  /* and the one that was shown before */
};

static void forget_noted(const void *data)
{
	for (unsigned i = 0; i < PROGRAM_BLOCKS; i++)
		if (program.blocks[i].data == data)
			program.blocks[i].data = NULL;
}

static void free_noted(void *data)
{
	forget_noted(data);
	poolfree(&program.pool, data);
}

static void free_what_is_shown(const struct poolpart *part)
{
	if (part->kind == POOL_PART_ALLOCATED)
		free_noted(part->data);
}

/* The block of the program that is nearest above an address, or below it. */
static struct noted *nearest(uintptr_t address, bool is_above)
{
	struct noted *found = NULL;

	for (unsigned i = 0; i < PROGRAM_BLOCKS; i++) {
		struct noted *block = &program.blocks[i];
		uintptr_t data = (uintptr_t)block->data;

		if (data == 0 || (is_above ? data <= address : data >= address))
			continue;
		if (found == NULL || (is_above ? data < (uintptr_t)found->data : data > (uintptr_t)found->data))
			found = block;
	}
	return found;
}

static void free_what_comes(const struct poolpart *part)
{
	const struct noted *block = nearest((uintptr_t)part->start + part->bytes, true);

	if (block != NULL)
		free_noted(block->data);
}

static void free_what_came(const struct poolpart *part)
{
	const struct noted *block = nearest((uintptr_t)part->start, false);

	if (block != NULL)
		free_noted(block->data);
}

static void free_all(const struct poolpart *part)
{
	CHECK(part != NULL);
	for (unsigned i = 0; i < PROGRAM_BLOCKS; i++)
		if (program.blocks[i].data != NULL)
			free_noted(program.blocks[i].data);
}

static void resize_what_is_shown(const struct poolpart *part)
{
	unsigned long asked = part->asked % 3 == 0 ? part->asked / 2 + 1 : part->asked * 3 + 40;

	for (unsigned i = 0; i < PROGRAM_BLOCKS && part->kind == POOL_PART_ALLOCATED; i++) {
		void *resized;

		if (program.blocks[i].data != part->data)
			continue;
		resized = poolrealloc(&program.pool, part->data, asked);
		if (resized != NULL)
			program.blocks[i] = (struct noted){ resized, asked, false };
		return;
	}
}

/* What is taken may lie ahead, and is shown then: at each part that ends when there is no more. */
static void take(const struct poolpart *part)
{
	poolalloc(&program.pool, part->bytes % 500 + 1);
}

static void take_an_arena(const struct poolpart *part)
{
	unsigned allocs = provider.allocs;

	CHECK(part != NULL);
	CHECK(poolalloc(&program.pool, 9000) != NULL || provider.arenas_left == 0);
	CHECK(provider.allocs > allocs);
}

static void compact(const struct poolpart *part)
{
	CHECK(part != NULL);
	for (unsigned i = 0; i < PROGRAM_BLOCKS; i += 3)
		if (program.blocks[i].data != NULL)
			free_noted(program.blocks[i].data);
	poolcompact(&program.pool);
}

/* Arenas without blocks go, also those that come next. */
static void free_all_and_trim(const struct poolpart *part)
{
	free_all(part);
	pooltrim(&program.pool, 0);
}

static void reset(const struct poolpart *part)
{
	CHECK(part != NULL);
	poolreset(&program.pool);
	memset(program.blocks, 0, sizeof(program.blocks));
}

/* At the same addresses again, so that what was shown seems to be there still. */
static void reset_and_take(const struct poolpart *part)
{
	reset(part);
	provider.cut_bytes = 0;
	provider.arenas_left = 12;
	for (int i = 0; i < 40; i++)
		CHECK(poolalloc(&program.pool, 250) != NULL);
}

static void look(const struct poolpart *part)
{
	struct poolcounts stats = { .size = sizeof(stats) };

	CHECK(part != NULL);
	CHECK_EQUAL(shown_by(&within, &program.pool), 0);
	shown_check(&within, &program.pool);
	CHECK_EQUAL(poolstats(&program.pool, &stats), 0);
	CHECK_EQUAL(stats.block_bytes + stats.buried_bytes, program.pool.curalloc);
	poolcheck(&program.pool);
}

static void do_anything(const struct poolpart *part)
{
	CHECK(part != NULL);
	for (unsigned calls = program_random(4); calls > 0; calls--)
		program_operate();
}

/* Parts come in order, whatever the visitor did before. */
static int check_and_act(void *user, const struct poolpart *part)
{
	struct actor *actor = user;
	uintptr_t start = (uintptr_t)part->start;

	if (part->kind == POOL_PART_ARENA) {
		CHECK(part->start == part->arena && start < actor->arena);
		actor->above = actor->arena;
		actor->arena = start;
	} else {
		CHECK(start > actor->arena && start < actor->above);
		if (actor->last.kind != POOL_PART_ARENA)
			CHECK(start >= (uintptr_t)actor->last.start + actor->last.bytes);
	}
	actor->last = *part;
	if (actor->act_at == SHOWN_MOST || actor->seen == actor->act_at)
		actor->act(part);
	actor->seen++;
	return 0;
}

/* True if the position was reached. */
static bool act_at(const struct arena_plan *plan, int flags, act *act, size_t position)
{
	struct actor actor = { .act = act, .act_at = position, .arena = UINTPTR_MAX };

	program_start(plan, flags, 5);
	program.has_others = true;
	program.pool.lock = lock;
	program.pool.unlock = unlock;
	program_operate_until(30);
	provider.arenas_left = 12;
	CHECK_EQUAL(poolwalk(&program.pool, check_and_act, &actor), 0);
	CHECK_EQUAL(depth, 0);
	poolcheck(&program.pool);
	CHECK_EQUAL(shown_by(&shown, &program.pool), 0);
	shown_check(&shown, &program.pool);
	poolreset(&program.pool);
	return actor.seen > position;
}

static void act_everywhere(act *act)
{
	for (unsigned plan = 0; plan < program_plans_count; plan++)
		for (int flags = 0; flags <= POOL_NOREUSE; flags += POOL_NOREUSE) {
			size_t position = 0;

			while (act_at(&program_plans[plan], flags, act, position))
				position++;
			CHECK(position > 30);
			act_at(&program_plans[plan], flags, act, SHOWN_MOST);
		}
}

#define VISITOR(name, act)            \
	TEST(name)                    \
	{                             \
		act_everywhere(act);  \
	}

VISITOR(the_visitor_frees_what_is_shown, free_what_is_shown)
VISITOR(the_visitor_frees_what_comes_next, free_what_comes)
VISITOR(the_visitor_frees_what_came_before, free_what_came)
VISITOR(the_visitor_frees_all_blocks, free_all)
VISITOR(the_visitor_resizes_what_is_shown, resize_what_is_shown)
VISITOR(the_visitor_takes_a_block, take)
VISITOR(the_visitor_makes_arenas, take_an_arena)
VISITOR(the_visitor_compacts_the_pool, compact)
VISITOR(the_visitor_frees_all_blocks_and_gives_memory_back, free_all_and_trim)
VISITOR(the_visitor_resets_the_pool, reset)
VISITOR(the_visitor_resets_the_pool_and_takes_the_same_addresses, reset_and_take)
VISITOR(the_visitor_looks_at_the_pool_itself, look)
VISITOR(the_visitor_does_anything, do_anything)


/* What a program is likely to do: it frees what it finds. */
TEST(a_visitor_that_frees_each_block_sees_each_block)
{
	static struct actor actor;

	program_start(&program_plans[0], 0, 9);
	program.pool.lock = program.pool.unlock = NULL;
	program_operate_until(60);
	actor = (struct actor){ .act = free_what_is_shown, .act_at = SHOWN_MOST, .arena = UINTPTR_MAX };
	CHECK_EQUAL(poolwalk(&program.pool, check_and_act, &actor), 0);
	CHECK_EQUAL(program.pool.curalloc, 0);
	for (unsigned i = 0; i < PROGRAM_BLOCKS; i++)
		CHECK(program.blocks[i].data == NULL);
}
