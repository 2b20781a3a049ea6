/* What poolwalk() shows, and when it ends. A part of test_pool_walk. */
#include <limits.h>
#include <string.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "pool/walk/program.h"
#include "pool/walk/shown.h"
#include "support/runner.h"

#define OPERATIONS 1200
#define WALK_EVERY 12

static struct shown shown;

/* Each block of the program is shown by what the program knows of it, and no other is. */
static void check_noted(void)
{
	size_t noted = 0, allocated = 0;

	for (unsigned i = 0; i < PROGRAM_BLOCKS; i++) {
		const struct noted *block = &program.blocks[i];
		const struct poolpart *part = shown_part(&shown, block->data);

		if (block->data == NULL)
			continue;
		noted++;
		CHECK(part != NULL);
		CHECK_EQUAL(part->kind, POOL_PART_ALLOCATED);
		CHECK_EQUAL(part->asked, block->asked);
		CHECK_EQUAL(part->is_pinned, block->is_aligned);
	}
	for (size_t i = 0; i < shown.count; i++)
		allocated += shown.parts[i].kind == POOL_PART_ALLOCATED;
	CHECK_EQUAL(allocated, noted);
}

static void walk_after_random_calls(const struct arena_plan *plan, int flags, unsigned seed)
{
	program_start(plan, flags, seed);
	for (unsigned i = 0; i < OPERATIONS; i++) {
		program_operate();
		if (i % WALK_EVERY != 0)
			continue;
		CHECK_EQUAL(shown_by(&shown, &program.pool), 0);
		shown_check(&shown, &program.pool);
		check_noted();
	}
	CHECK_EQUAL(provider.panics, 0);
	CHECK_EQUAL(provider.unlocked_calls, 0);
	CHECK_EQUAL(provider.locks, provider.unlocks);
}

TEST(all_is_shown_whatever_the_program_does)
{
	for (unsigned flags = 0; flags < program_flags_count; flags++)
		for (unsigned plan = 0; plan < program_plans_count; plan++)
			walk_after_random_calls(&program_plans[plan], program_flags[flags], flags * 16 + plan);
}

/* Neither is anything made for a walk of a pool that has nothing. */
TEST(a_pool_that_was_never_used_and_one_that_was_reset_have_no_parts)
{
	Pool pool = provider_start("walked", &(struct arena_plan){ .order = ARENAS_APART });

	CHECK_EQUAL(shown_by(&shown, &pool), 0);
	CHECK_EQUAL(shown.count, 0);
	CHECK(pool.freeroot == NULL);
	CHECK(poolalloc(&pool, 10) != NULL);
	CHECK_EQUAL(shown_by(&shown, &pool), 0);
	CHECK_EQUAL(shown.count, 3);
	poolreset(&pool);
	CHECK_EQUAL(shown_by(&shown, &pool), 0);
	CHECK_EQUAL(shown.count, 0);
	CHECK_EQUAL(provider.allocs, 1);
}

static void make_some_arenas(void)
{
	program_start(&program_plans[0], 0, 7);
	program_operate_until(60);
	CHECK_EQUAL(shown_by(&shown, &program.pool), 0);
}

TEST(the_visitor_ends_the_walk_wherever_it_wants)
{
	static const int answers[] = { 1, -1, INT_MIN, INT_MAX };
	size_t count;

	make_some_arenas();
	count = shown.count;
	for (size_t i = 0; i < count; i++) {
		CHECK_EQUAL(shown_up_to(&shown, &program.pool, i, answers[i % 4]), answers[i % 4]);
		CHECK_EQUAL(shown.count, i + 1);
		CHECK(provider.holder == NULL);
	}
	CHECK_EQUAL(shown_up_to(&shown, &program.pool, count, 1), 0);
}

/* The pool keeps no more than a word of where a block begins. */
TEST(an_address_between_words_is_shown_by_its_word)
{
	Pool pool = provider_start("walked", &(struct arena_plan){ .order = ARENAS_APART });

	for (unsigned long offset = 0; offset < 2 * sizeof(long); offset++) {
		unsigned char *data = poolallocalign(&pool, 100, 64, (long)offset, 0);
		unsigned long beyond = offset % sizeof(long);
		const struct poolpart *part;

		CHECK(data != NULL && (uintptr_t)data % 64 == offset);
		CHECK_EQUAL(shown_by(&shown, &pool), 0);
		part = shown_part(&shown, data - beyond);
		CHECK(part != NULL && part->is_pinned == 1);
		CHECK_EQUAL(part->asked, 100 + beyond);
		poolfree(&pool, data);
	}
}

/* What the program has in its blocks says nothing of where they begin, but in those that were aligned. */
TEST(words_of_the_programs_own_are_not_taken_for_those_before_aligned_blocks)
{
	Pool pool = provider_start("walked", &(struct arena_plan){ .order = ARENAS_APART });
	unsigned long *block = poolalloc(&pool, 10 * sizeof(long));

	for (int i = 0; i < 10; i++)
		block[i] = MAGIC_BEFORE_ALIGNED;
	CHECK_EQUAL(shown_by(&shown, &pool), 0);
	CHECK(shown_part(&shown, block) != NULL);
	CHECK_EQUAL(shown_part(&shown, block)->asked, 10 * sizeof(long));
}

TEST(what_poolmsize_gives_counts_as_asked_for)
{
	Pool pool = provider_start("walked", &(struct arena_plan){ .order = ARENAS_APART });
	void *block = poolalloc(&pool, 33);
	unsigned long bytes = poolmsize(&pool, block);

	CHECK(bytes > 33);
	CHECK_EQUAL(shown_by(&shown, &pool), 0);
	CHECK_EQUAL(shown_part(&shown, block)->asked, bytes);
}

/* A tail says no more than that. */
TEST(of_more_than_64_kib_beyond_what_was_asked_for_the_rest_counts_as_asked_for)
{
	Pool pool = provider_start("walked", &(struct arena_plan){ .order = ARENAS_APART });
	void *block;

	pool.minblock = 100000;
	block = poolalloc(&pool, 10);
	CHECK_EQUAL(shown_by(&shown, &pool), 0);
	CHECK_EQUAL(shown_part(&shown, block)->asked, shown_part(&shown, block)->bytes - 0xffff);
}

TEST(what_is_set_aside_is_shown_as_that)
{
	Pool pool = provider_start("walked", &(struct arena_plan){ .order = ARENAS_APART });
	unsigned char *blocks[3];
	size_t aside = 0;

	for (int i = 0; i < 3; i++)
		blocks[i] = poolalloc(&pool, 96);
	memset(blocks[1] + 96, 0, 40);          /* its tail, and the header of the next one */
	provider.panic_way = PANIC_RETURNS;
	pool.flags = POOL_PARANOIA;
	poolfree(&pool, blocks[0]);
	pool.flags = 0;
	CHECK_EQUAL(provider.panics, 1);
	provider_forget();
	CHECK_EQUAL(shown_by(&shown, &pool), 0);
	for (size_t i = 0; i < shown.count; i++)
		if (shown.parts[i].kind == POOL_PART_SET_ASIDE) {
			CHECK(shown.parts[i].data == NULL && shown.parts[i].asked == 0);
			CHECK_EQUAL(shown.parts[i].is_pinned, 1);
			aside++;
		}
	CHECK_EQUAL(aside, 1);
	CHECK_EQUAL(provider.panics, 0);
}

/* --- nil ---------------------------------------------------------------------------------------------------------- */

TEST(a_pool_of_nil_is_one_line_on_stderr)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 10)
		CHECK_EQUAL(poolwalk(NULL, shown_keep, &shown), POOL_INCOMPLETE);
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, 1);
	CHECK(strcmp(outcome.text, "poolwalk: the pool is nil\n") == 0);
}

TEST(a_visitor_of_nil_is_one_line)
{
	Pool pool = provider_start("walked", &(struct arena_plan){ .order = ARENAS_APART });
	struct runner_outcome outcome;

	CHECK_EQUAL(poolwalk(&pool, NULL, NULL), POOL_INCOMPLETE);
	CHECK(strcmp(provider.report, "poolwalk: pool walked: visit is nil\n") == 0);
	CHECK_EQUAL(provider.locks, 1);
	CHECK_EQUAL(provider.unlocks, 1);
	CHECK_EQUAL(provider.unlocked_calls, 0);
	pool.print = NULL;
	IN_CHILD(&outcome, 10)
		CHECK_EQUAL(poolwalk(&pool, NULL, NULL), POOL_INCOMPLETE);
	CHECK_CHILD_WELL(&outcome);
	CHECK(strcmp(outcome.text, "poolwalk: pool walked: visit is nil\n") == 0);
}
