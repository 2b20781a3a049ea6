/* fork() at the single instructions of what a system pool does in another thread. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pool.h"
#include "support/fork_steps.h"
#include "support/runner.h"

#define CHILD_SECONDS 10
#define BLOCKS 20
#define CALLS_UNTIL_FAVOURED 5000

static Pool pool = POOL_SYSTEM_INIT("stepped"), other_pool = POOL_SYSTEM_INIT("other");
static void *block;

/* Both pools are whole in a child, and can be used. */
static void use_both_pools(void *unused)
{
	Pool *const pools[] = { &pool, &other_pool };

	(void)unused;
	for (int i = 0; i < 2; i++) {
		unsigned char *blocks[BLOCKS];

		poolcheck(pools[i]);
		for (size_t j = 0; j < BLOCKS; j++) {
			CHECK((blocks[j] = poolalloc(pools[i], 1 + 50 * j)) != NULL);
			memset(blocks[j], (int)j, 1 + 50 * j);
		}
		for (size_t j = 0; j < BLOCKS; j++) {
			CHECK(blocks[j][50 * j] == j);
			poolfree(pools[i], blocks[j]);
		}
		poolcheck(pools[i]);
	}
	pooldestroy(poolsystem("the child's"));
}

static void try(const char *name, void (*prepare)(void *), void (*operation)(void *))
{
	const struct fork_steps_case tried = {
		.prepare = prepare, .operation = operation, .in_child = use_both_pools, .child_seconds = CHILD_SECONDS,
	};
	struct fork_steps_seen seen = fork_steps(name, &tried);

	/* Most of them lie outside of the lock, or fork() has not been seen to wait. */
	CHECK(seen.forks >= 3 && seen.exact >= 2);
}

static void allocate(void *unused)
{
	(void)unused;
	CHECK((block = poolalloc(&pool, 100)) != NULL);
}

static void allocate_and_free(void *unused)
{
	allocate(unused);
	poolfree(&pool, block);
}

static void use_a_little(void *unused)
{
	allocate_and_free(unused);
	poolfree(&other_pool, poolalloc(&other_pool, 1));
}

/* From then on the thread takes the lock without an atomic step. */
static void use_much(void *unused)
{
	for (int i = 0; i < CALLS_UNTIL_FAVOURED; i++)
		use_a_little(unused);
}

static void leave_a_block(void *unused)
{
	use_a_little(unused);
	allocate(unused);
}

static void grow_it(void *unused)
{
	(void)unused;
	CHECK((block = poolrealloc(&pool, block, 300000)) != NULL);
	poolfree(&pool, block);
}

static void make_and_destroy(void *unused)
{
	Pool *made = poolsystem("made");

	(void)unused;
	CHECK(made != NULL);
	poolfree(made, poolalloc(made, 10));
	pooldestroy(made);
}

static void trim(void *unused)
{
	(void)unused;
	poolfree(&pool, block);
	pooltrim(&pool, 0);
}

TEST(a_child_may_be_made_at_any_instruction_of_a_first_call)
{
	try("the first poolalloc", NULL, allocate);
}

TEST(a_child_may_be_made_at_any_instruction_of_a_call)
{
	try("poolalloc and poolfree", use_a_little, allocate_and_free);
}

TEST(a_child_may_be_made_at_any_instruction_of_a_call_of_a_favoured_thread)
{
	try("poolalloc and poolfree, favoured", use_much, allocate_and_free);
}

TEST(a_child_may_be_made_at_any_instruction_of_growing)
{
	try("poolrealloc and poolfree", leave_a_block, grow_it);
}

TEST(a_child_may_be_made_at_any_instruction_of_trimming)
{
	try("poolfree and pooltrim", leave_a_block, trim);
}

TEST(a_child_may_be_made_at_any_instruction_of_a_pool_that_comes_and_goes)
{
	try("poolsystem and pooldestroy", use_a_little, make_and_destroy);
}
