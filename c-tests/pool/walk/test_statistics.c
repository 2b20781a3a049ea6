/* What poolstats() counts. */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "pool/walk/program.h"
#include "pool/walk/shown.h"
#include "support/runner.h"

#define OPERATIONS 1500
#define LOOK_EVERY 7
#define OVERHEAD_BYTES (HEADER_BYTES + sizeof(struct band_tail))

static struct shown shown;

static struct poolcounts stats_of(Pool *pool)
{
	struct poolcounts stats;

	memset(&stats, 0xa5, sizeof(stats));
	stats.size = sizeof(stats);
	CHECK_EQUAL(poolstats(pool, &stats), 0);
	CHECK_EQUAL(stats.size, sizeof(stats));
	return stats;
}

/* The plainest way: over all parts that a walk shows, and what the program has noted. */
static struct poolcounts expected_stats(void)
{
	struct poolcounts stats = {
		.size = sizeof(stats), .arena_bytes = program.pool.cursize, .failed_calls = program.failed_calls,
		.most_arena_bytes = program.most_arena_bytes, .most_seen_bytes = program.most_seen_bytes,
	};

	CHECK_EQUAL(shown_by(&shown, &program.pool), 0);
	for (size_t i = 0; i < shown.count; i++) {
		const struct poolpart *part = &shown.parts[i];

		stats.arenas += part->kind == POOL_PART_ARENA;
		stats.free_blocks += part->kind == POOL_PART_FREE;
		stats.buried_blocks += part->kind == POOL_PART_BURIED;
		if (part->kind == POOL_PART_BURIED)
			stats.buried_bytes += part->bytes;
		if (part->kind == POOL_PART_FREE && part->bytes > stats.largest_free_bytes)
			stats.largest_free_bytes = part->bytes;
	}
	stats.free_bytes = program.pool.curfree;
	stats.block_bytes = program.pool.curalloc - stats.buried_bytes;
	for (unsigned i = 0; i < PROGRAM_BLOCKS; i++) {
		stats.blocks += program.blocks[i].data != NULL;
		stats.asked_bytes += program.blocks[i].asked;
	}
	stats.slack_bytes = stats.block_bytes - stats.asked_bytes - stats.blocks * OVERHEAD_BYTES;
	return stats;
}

static void check_same(const struct poolcounts *stats, const struct poolcounts *expected)
{
	CHECK_EQUAL(stats->arenas, expected->arenas);
	CHECK_EQUAL(stats->arena_bytes, expected->arena_bytes);
	CHECK_EQUAL(stats->blocks, expected->blocks);
	CHECK_EQUAL(stats->block_bytes, expected->block_bytes);
	CHECK_EQUAL(stats->asked_bytes, expected->asked_bytes);
	CHECK_EQUAL(stats->slack_bytes, expected->slack_bytes);
	CHECK_EQUAL(stats->free_blocks, expected->free_blocks);
	CHECK_EQUAL(stats->free_bytes, expected->free_bytes);
	CHECK_EQUAL(stats->largest_free_bytes, expected->largest_free_bytes);
	CHECK_EQUAL(stats->buried_blocks, expected->buried_blocks);
	CHECK_EQUAL(stats->buried_bytes, expected->buried_bytes);
	CHECK_EQUAL(stats->set_aside_blocks, expected->set_aside_blocks);
	CHECK_EQUAL(stats->set_aside_bytes, expected->set_aside_bytes);
	CHECK_EQUAL(stats->failed_calls, expected->failed_calls);
	CHECK_EQUAL(stats->most_arena_bytes, expected->most_arena_bytes);
	CHECK_EQUAL(stats->most_seen_bytes, expected->most_seen_bytes);
	CHECK(memcmp(stats, expected, sizeof(*stats)) == 0);
}

static void count_after_random_calls(const struct arena_plan *plan, int flags, unsigned seed)
{
	program_start(plan, flags, seed);
	for (unsigned i = 0; i < OPERATIONS; i++) {
		program_operate();
		if (i % LOOK_EVERY != 0)
			continue;
		/* Asking is a look, too. */
		if (program.pool.curalloc > program.most_seen_bytes)
			program.most_seen_bytes = program.pool.curalloc;
		struct poolcounts stats = stats_of(&program.pool), expected = expected_stats();

		check_same(&stats, &expected);
	}
	CHECK_EQUAL(provider.panics, 0);
	CHECK_EQUAL(provider.locks, provider.unlocks);
}

TEST(all_is_counted_whatever_the_program_does)
{
	for (unsigned flags = 0; flags < program_flags_count; flags++)
		for (unsigned plan = 0; plan < program_plans_count; plan++)
			count_after_random_calls(&program_plans[plan], program_flags[flags], flags * 16 + plan + 100);
}

TEST(a_pool_that_was_never_used_and_one_that_was_reset_have_nothing)
{
	static const struct poolcounts nothing = { .size = sizeof(nothing) };
	Pool pool = provider_start("counted", &(struct arena_plan){ .order = ARENAS_APART });
	struct poolcounts stats = stats_of(&pool);

	CHECK(memcmp(&stats, &nothing, sizeof(stats)) == 0);
	CHECK(pool.freeroot == NULL);
	CHECK(poolalloc(&pool, 100) != NULL && poolalloc(&pool, ULONG_MAX) == NULL);
	CHECK_EQUAL(stats_of(&pool).failed_calls, 1);
	for (int round = 0; round < 3; round++) {
		poolreset(&pool);
		stats = stats_of(&pool);
		CHECK(memcmp(&stats, &nothing, sizeof(stats)) == 0);
	}
	/* What the next pool gets was another's. */
	CHECK(poolalloc(&pool, 100) != NULL);
	CHECK_EQUAL(stats_of(&pool).failed_calls, 0);
	CHECK_EQUAL(stats_of(&pool).most_arena_bytes, pool.cursize);
}

TEST(only_calls_that_return_nil_for_a_reason_have_failed)
{
	Pool pool = provider_start("counted", &(struct arena_plan){ .order = ARENAS_APART });
	void *block = poolalloc(&pool, 100);

	provider.arenas_left = 0;
	CHECK(poolalloc(&pool, 100000) == NULL);
	CHECK_EQUAL(stats_of(&pool).failed_calls, 1);
	CHECK(poolrealloc(&pool, block, 100000) == NULL);
	CHECK_EQUAL(stats_of(&pool).failed_calls, 2);
	CHECK(poolallocalign(&pool, 100, 0, 0, 64) == NULL);
	CHECK_EQUAL(stats_of(&pool).failed_calls, 3);
	CHECK(poolrealloc(&pool, block, ULONG_MAX) == NULL);
	CHECK_EQUAL(stats_of(&pool).failed_calls, 4);
	pool.maxsize = pool.cursize;
	CHECK(poolalloc(&pool, 100000) == NULL);
	CHECK_EQUAL(stats_of(&pool).failed_calls, 5);
	/* These have not. */
	CHECK(poolrealloc(&pool, block, 0) == NULL);
	CHECK_EQUAL(poolmsize(&pool, NULL), 0);
	poolfree(&pool, NULL);
	CHECK(poolalloc(&pool, 100) != NULL);
	CHECK_EQUAL(poolcompact(&pool), 0);
	CHECK_EQUAL(stats_of(&pool).failed_calls, 5);
}

TEST(a_call_that_panic_has_left_has_not_failed_and_one_that_went_on_has)
{
	Pool pool = provider_start("counted", &(struct arena_plan){ .order = ARENAS_APART });
	unsigned char *block = poolalloc(&pool, 100);

	memset(block + 100, 'x', 4);
	CHECK(provider_panics(&pool, POOL_OPERATION_REALLOC, block, 500));
	CHECK_EQUAL(pool.curalloc != 0, 1);
	provider.panic_way = PANIC_RETURNS;
	CHECK(poolrealloc(&pool, block, 500) == NULL);
	CHECK(strncmp(poolerror(), "panic returned", 14) == 0);
	poolfree(&pool, block);                 /* returns nothing, so it cannot fail */
	memcpy(block + 100, (unsigned char[]){ 0xfe, 0xf1, 0xf0, 0xfa }, 4);
	provider.panic_way = PANIC_FAILS_THE_TEST;
	CHECK_EQUAL(stats_of(&pool).failed_calls, 1);
}

TEST(the_most_bytes_are_those_of_the_moments_that_the_header_names)
{
	Pool pool = provider_start("counted", &(struct arena_plan){ .order = ARENAS_APART });
	void *first = poolalloc(&pool, 1000), *second;
	uintptr_t with_first = pool.curalloc, with_both;

	second = poolalloc(&pool, 500);
	with_both = pool.curalloc;
	poolfree(&pool, second);
	CHECK_EQUAL(stats_of(&pool).most_seen_bytes, with_first);
	second = poolalloc(&pool, 500);
	CHECK_EQUAL(pool.curalloc, with_both);
	CHECK_EQUAL(stats_of(&pool).most_seen_bytes, with_both);
	poolfree(&pool, second);
	poolfree(&pool, first);
	CHECK_EQUAL(stats_of(&pool).most_seen_bytes, with_both);
	CHECK_EQUAL(stats_of(&pool).most_arena_bytes, pool.cursize);
	first = poolalloc(&pool, 3000);
	CHECK(poolalloc(&pool, ULONG_MAX) == NULL);
	poolfree(&pool, first);
	CHECK(stats_of(&pool).most_seen_bytes >= 3000);
}

TEST(the_most_bytes_of_arenas_stay_when_memory_is_given_back)
{
	Pool pool = provider_start("counted", &(struct arena_plan){ .order = ARENAS_APART });
	void *blocks[5];
	uintptr_t most;

	for (int i = 0; i < 5; i++)
		CHECK((blocks[i] = poolalloc(&pool, 20000)) != NULL);
	most = pool.cursize;
	for (int i = 1; i < 5; i++)
		poolfree(&pool, blocks[i]);
	pooltrim(&pool, 0);
	CHECK(pool.cursize < most);
	CHECK_EQUAL(stats_of(&pool).arena_bytes, pool.cursize);
	CHECK_EQUAL(stats_of(&pool).most_arena_bytes, most);
	CHECK(poolalloc(&pool, 20000) != NULL);
	CHECK_EQUAL(stats_of(&pool).most_arena_bytes, most);
}

TEST(what_is_set_aside_is_counted)
{
	Pool pool = provider_start("counted", &(struct arena_plan){ .order = ARENAS_APART });
	unsigned char *blocks[3];
	struct poolcounts stats;

	for (int i = 0; i < 3; i++)
		blocks[i] = poolalloc(&pool, 96);
	memset(blocks[1] + 96, 0, 40);
	provider.panic_way = PANIC_RETURNS;
	pool.flags = POOL_PARANOIA;
	poolfree(&pool, blocks[0]);
	pool.flags = 0;
	CHECK_EQUAL(provider.panics, 1);
	stats = stats_of(&pool);
	CHECK_EQUAL(stats.set_aside_blocks, 1);
	CHECK(stats.set_aside_bytes > 0);
	CHECK_EQUAL(stats.set_aside_bytes + stats.block_bytes, pool.curalloc);
	CHECK_EQUAL(stats.free_bytes, pool.curfree);
}

TEST(of_a_damaged_arena_what_lies_before_that_is_counted)
{
	static const unsigned long nothing;
	Pool pool = provider_start("counted", &(struct arena_plan){ .order = ARENAS_APART });
	struct poolcounts stats = { .size = sizeof(stats) }, before;
	void *blocks[6];

	for (int i = 0; i < 6; i++)
		CHECK((blocks[i] = poolalloc(&pool, 1500)) != NULL);
	before = stats_of(&pool);
	CHECK_EQUAL(before.arenas, 3);
	CHECK_EQUAL(before.blocks, 6);
	CHECK(band_write((uintptr_t)blocks[3] - HEADER_BYTES, &nothing, sizeof(nothing)));
	provider.panic_way = PANIC_RETURNS;
	CHECK_EQUAL(poolstats(&pool, &stats), POOL_INCOMPLETE);
	CHECK_EQUAL(provider.panics, 1);
	CHECK(stats.blocks >= 4 && stats.blocks < 6);
	CHECK_EQUAL(stats.arenas, 3);
	CHECK_EQUAL(stats.arena_bytes, pool.cursize);
}

/* --- the size that the program says ------------------------------------------------------------------------------- */

TEST(a_larger_struct_gets_0_for_what_is_unknown)
{
	struct {
		struct poolcounts known;
		uint64_t unknown[3];
		uint64_t behind;
	} out;
	Pool pool = provider_start("counted", &(struct arena_plan){ .order = ARENAS_APART });

	CHECK(poolalloc(&pool, 100) != NULL);
	memset(&out, 0x55, sizeof(out));
	out.known.size = sizeof(out) - sizeof(out.behind);
	CHECK_EQUAL(poolstats(&pool, &out.known), 0);
	CHECK_EQUAL(out.known.size, sizeof(out) - sizeof(out.behind));
	CHECK_EQUAL(out.known.blocks, 1);
	for (int i = 0; i < 3; i++)
		CHECK_EQUAL(out.unknown[i], 0);
	CHECK_EQUAL(out.behind, 0x5555555555555555);
}

TEST(a_struct_may_lie_at_any_address)
{
	unsigned char *room = malloc(sizeof(struct poolcounts) + 16);
	struct poolcounts stats = { .size = sizeof(stats) };
	Pool pool = provider_start("counted", &(struct arena_plan){ .order = ARENAS_APART });

	CHECK(room != NULL && poolalloc(&pool, 100) != NULL);
	for (size_t offset = 0; offset < 16; offset++) {
		memset(room, 0x77, sizeof(stats) + 16);
		memcpy(room + offset, &stats, sizeof(stats));
		CHECK_EQUAL(poolstats(&pool, (void *)(room + offset)), 0);
		CHECK_EQUAL(room[offset + sizeof(stats)], offset + sizeof(stats) < sizeof(stats) + 16 ? 0x77 : 0);
		memcpy(&stats, room + offset, sizeof(stats));
		CHECK_EQUAL(stats.blocks, 1);
		CHECK_EQUAL(stats.size, sizeof(stats));
		memset(&stats.arenas, 0, sizeof(stats) - sizeof(stats.size));
	}
	free(room);
}

static void check_refused(Pool *pool, uint64_t size)
{
	struct poolcounts stats;

	memset(&stats, 0x33, sizeof(stats));
	stats.size = size;
	provider_forget();
	CHECK_EQUAL(poolstats(pool, &stats), POOL_INCOMPLETE);
	CHECK_EQUAL(stats.arenas, 0x3333333333333333);
	CHECK_EQUAL(stats.most_seen_bytes, 0x3333333333333333);
	CHECK(strncmp(provider.report, "poolstats: pool counted: the size in out is ", 44) == 0);
	CHECK(strchr(provider.report, '\n') == provider.report + strlen(provider.report) - 1);
	CHECK_EQUAL(provider.panics, 0);
}

TEST(a_size_that_is_none_is_one_line_and_nothing_is_written)
{
	Pool pool = provider_start("counted", &(struct arena_plan){ .order = ARENAS_APART });

	CHECK(poolalloc(&pool, 100) != NULL);
	for (uint64_t size = 0; size < sizeof(struct poolcounts); size++)
		check_refused(&pool, size);
	for (unsigned beyond = 1; beyond < 8; beyond++)
		check_refused(&pool, sizeof(struct poolcounts) + beyond);
	for (unsigned bit = 14; bit < 64; bit++)
		check_refused(&pool, UINT64_C(1) << bit);
	check_refused(&pool, UINT64_MAX);
	check_refused(&pool, UINT64_MAX - 7);
}

TEST(nil_is_one_line)
{
	Pool pool = provider_start("counted", &(struct arena_plan){ .order = ARENAS_APART });
	struct poolcounts stats = { .size = sizeof(stats) };
	struct runner_outcome outcome;

	CHECK_EQUAL(poolstats(&pool, NULL), POOL_INCOMPLETE);
	CHECK(strcmp(provider.report, "poolstats: pool counted: out is nil\n") == 0);
	IN_CHILD(&outcome, 10)
		CHECK_EQUAL(poolstats(NULL, &stats), POOL_INCOMPLETE);
	CHECK_CHILD_WELL(&outcome);
	CHECK(strcmp(outcome.text, "poolstats: the pool is nil\n") == 0);
}
