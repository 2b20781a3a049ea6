/* What poolwalk() and poolstats() do where the words of the pool itself are damaged. A part of test_pool_walk. */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "pool/walk/program.h"
#include "pool/walk/shown.h"
#include "support/runner.h"

#define WORD sizeof(unsigned long)

static struct shown shown, whole;

/* What a word is made, by number. */
static unsigned long spoilt(unsigned long word, unsigned way)
{
	switch (way) {
	case 0:
		return ~word;
	case 1:
		return word == 0 ? ULONG_MAX : 0;
	case 2:
		return word + 64;
	case 3:
		return word ^ 1;
	case 4:
		return word == ULONG_MAX / 2 ? 3 : ULONG_MAX / 2;
	default:
		return (unsigned long)(uintptr_t)&shown == word ? 5 : (unsigned long)(uintptr_t)&shown;
	}
}
#define WAYS 6

/* A word that is damaged. */
struct place {
	uintptr_t address, arena;
	bool is_of_arena;                 /* of its header or its end: then nothing of it is shown */
};

/* The parts of other arenas are as they were, and of the damaged one those that end before the damage. */
static void check_the_rest(const struct place *place)
{
	size_t part = 0;

	for (size_t i = 0; i < whole.count; i++) {
		const struct poolpart *expected = &whole.parts[i];
		bool is_before = expected->kind == POOL_PART_ARENA ||
			(uintptr_t)expected->start + expected->bytes <= place->address;

		if ((uintptr_t)expected->arena == place->arena && (place->is_of_arena || !is_before))
			continue;
		CHECK(part < shown.count);
		CHECK(memcmp(&shown.parts[part++], expected, sizeof(*expected)) == 0);
	}
	CHECK_EQUAL(part, shown.count);
}

static void check_a_line(const char *call)
{
	CHECK_EQUAL(provider.panics, 1);
	CHECK(strncmp(provider.panic_text, "pool panic: ", 12) == 0);
	CHECK(strstr(provider.panic_text, "pool walked") != NULL);
	CHECK(strstr(provider.panic_text, call) != NULL);
	CHECK(strstr(provider.report, provider.panic_text) != NULL);
}

static void try_word(const struct place *place)
{
	uintptr_t address = place->address;
	struct poolcounts stats = { .size = sizeof(stats) };
	unsigned long word;

	CHECK(band_read(address, &word, sizeof(word)));
	provider.panic_way = PANIC_RETURNS;
	for (unsigned way = 0; way < WAYS; way++) {
		unsigned long now = spoilt(word, way), after;

		CHECK(band_write(address, &now, sizeof(now)));
		provider_forget();
		CHECK_EQUAL(shown_by(&shown, &program.pool), POOL_INCOMPLETE);
		check_a_line("poolwalk");
		check_the_rest(place);
		provider_forget();
		CHECK_EQUAL(poolstats(&program.pool, &stats), POOL_INCOMPLETE);
		check_a_line("poolstats");
		/* Nothing is mended. */
		CHECK(band_read(address, &after, sizeof(after)) && after == now);
		CHECK(band_write(address, &word, sizeof(word)));
	}
	provider_forget();
	CHECK_EQUAL(shown_by(&shown, &program.pool), 0);
	CHECK_EQUAL(provider.panics, 0);
}

static void try_word_in_child(const struct place *place)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20)
		try_word(place);
	if (outcome.end != CHILD_EXITED || outcome.number != 0)
		printf("# the word at %lx in arena %lx\n", (unsigned long)place->address, (unsigned long)place->arena);
	CHECK_CHILD_WELL(&outcome);
}

TEST(every_word_of_headers_and_tails_is_told_and_none_is_followed)
{
	program_start(&program_plans[0], POOL_NOREUSE, 11);
	program_operate_until(20);
	program.pool.flags = 0;
	program_operate_until(24);
	CHECK_EQUAL(shown_by(&whole, &program.pool), 0);
	runner_set_limit(200);
	for (size_t i = 0; i < whole.count; i++) {
		uintptr_t start = (uintptr_t)whole.parts[i].start, end = start + whole.parts[i].bytes;
		bool is_arena = whole.parts[i].kind == POOL_PART_ARENA;
		struct place place = { start, (uintptr_t)whole.parts[i].arena, is_arena };

		for (unsigned word = 0; word < (is_arena ? 6 : 2); word++, place.address += WORD)
			try_word_in_child(&place);
		for (place.address = end - 2 * WORD; place.address < end; place.address += WORD)
			try_word_in_child(&place);
	}
}

TEST(damage_in_one_arena_leaves_the_others_to_be_shown)
{
	static const unsigned long nothing;
	size_t arenas = 0;

	program_start(&program_plans[0], 0, 12);
	program_operate_until(60);
	CHECK_EQUAL(shown_by(&whole, &program.pool), 0);
	for (size_t i = 0; i < whole.count; i++)
		if (whole.parts[i].kind == POOL_PART_ARENA) {
			CHECK(band_write((uintptr_t)whole.parts[i].start, &nothing, sizeof(nothing)));
			arenas++;
		}
	CHECK(arenas > 2);
	provider.panic_way = PANIC_RETURNS;
	CHECK_EQUAL(shown_by(&shown, &program.pool), POOL_INCOMPLETE);
	CHECK_EQUAL(shown.count, 0);
	CHECK_EQUAL(provider.panics, arenas);
}

/* The counts are of one time, so nothing is told before all is counted. */
TEST(of_several_damaged_arenas_the_first_is_told_when_the_others_are_counted)
{
	struct poolcounts counts = { .size = sizeof(counts) };
	static const unsigned long nothing;
	char highest[64];

	program_start(&program_plans[0], 0, 12);
	program_operate_until(60);
	CHECK_EQUAL(shown_by(&whole, &program.pool), 0);
	for (size_t i = 0; i < whole.count; i++)
		if (whole.parts[i].kind == POOL_PART_ARENA)
			CHECK(band_write((uintptr_t)whole.parts[i].start, &nothing, sizeof(nothing)));
	provider.panic_way = PANIC_RETURNS;
	CHECK_EQUAL(poolstats(&program.pool, &counts), POOL_INCOMPLETE);
	CHECK_EQUAL(provider.panics, 1);
	snprintf(highest, sizeof(highest), ", arena %lx", (unsigned long)(uintptr_t)whole.parts[0].start);
	CHECK(strstr(provider.panic_text, highest) != NULL);
}

/* The visitor's answer is what counts, also where damage was told before. */
TEST(the_visitor_may_end_a_walk_that_has_found_damage)
{
	static const unsigned long nothing;

	program_start(&program_plans[0], 0, 12);
	program_operate_until(60);
	CHECK(band_write((uintptr_t)program.pool.arenalist, &nothing, sizeof(nothing)));
	provider.panic_way = PANIC_RETURNS;
	CHECK_EQUAL(shown_up_to(&shown, &program.pool, 2, 77), 77);
	CHECK_EQUAL(provider.panics, 1);
}

/* A visitor that writes over what comes, and over what was. */
static int spoil_block(void *user, const struct poolpart *part)
{
	static const unsigned long words[2] = { 1, 2 };
	size_t *left = user;

	if (part->kind == POOL_PART_ALLOCATED && (*left)-- == 0)
		CHECK(band_write((uintptr_t)part->start, words, sizeof(words)));
	return 0;
}

TEST(what_the_visitor_damages_is_told)
{
	for (size_t block = 0; block < 8; block++) {
		size_t left = block;
		unsigned char *blocks[8];
		Pool pool = provider_start("walked", &(struct arena_plan){ .order = ARENAS_APART });

		for (int i = 0; i < 8; i++)
			CHECK((blocks[i] = poolalloc(&pool, 100)) != NULL);
		provider.panic_way = PANIC_RETURNS;
		CHECK_EQUAL(poolwalk(&pool, spoil_block, &left), POOL_INCOMPLETE);
		check_a_line("poolwalk");
	}
}

/* What a panic that leaves leaves behind is as after any call. */
TEST(panic_leaves_the_walk)
{
	static const unsigned long nothing;
	Pool pool = provider_start("walked", &(struct arena_plan){ .order = ARENAS_APART });
	void *block = poolalloc(&pool, 100);
	unsigned long magic = MAGIC_ALLOCATED;
	uintptr_t header = (uintptr_t)block - HEADER_BYTES;

	CHECK(band_write(header, &nothing, sizeof(nothing)));
	provider.panic_way = PANIC_JUMPS;
	if (sigsetjmp(provider.escape, 0) == 0) {
		shown_by(&shown, &pool);
		CHECK(!"panic leaves");
	}
	CHECK(provider.holder == &pool);
	pool.unlock(&pool);
	CHECK(band_write(header, &magic, sizeof(magic)));
	provider.panic_way = PANIC_FAILS_THE_TEST;
	poolfree(&pool, block);
	poolcheck(&pool);
}
