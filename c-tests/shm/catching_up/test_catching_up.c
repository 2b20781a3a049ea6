/*
 * A compositor that keeps the last buffer until the next one makes two buffers alternate. shm_get_buffer() then brings
 * the older one up to date, and says so with age 0: is every pixel right then, whatever programs and compositors do?
 *
 * A million random frames, each compared with a model: what stands in a buffer when it is handed out, what the program
 * has drawn, what the compositor sees. MILLPOND_SOAK_SCROLLS=N: fewer, or more. MILLPOND_SOAK_SEED=N: other ones.
 * test_late.c has the compositors that keep more buffers, or give them back in any order.
 */
#include <stdio.h>
#include <stdlib.h>

#include "shm/catching_up/runs.h"
#include "support/runner.h"

#define FRAMES_OF_A_CALM_TEST 20000
#define FRAMES_OF_A_CALM_RUN 500
#define FRAMES_OF_A_COMPARISON 500

TEST(released_at_once)
{
	struct tallies tallies = { 0 };

	soak_policy(RELEASE_AT_ONCE, 0, "released_at_once", &tallies);
	check_all_was_seen(&tallies);
	CHECK(tallies.zero_same > tallies.frames / 2);
}

TEST(released_when_replaced)
{
	struct tallies tallies = { 0 };

	soak_policy(RELEASE_ON_REPLACE, 0, "released_when_replaced", &tallies);
	check_all_was_seen(&tallies);
	CHECK(tallies.zero_older > tallies.frames / 4);
}

TEST(released_two_late)
{
	struct tallies tallies = { 0 };

	soak_policy(RELEASE_LATE, 2, "released_two_late", &tallies);
	check_all_was_seen(&tallies);
}

/* --- a library that never catches up is not wrong, but is not what is wanted ------------------------------------- */

/* Programs that do all as the contract says: then nearly every older buffer is brought up to date. */
static void check_catches_up(const struct habits *habits, const char *test)
{
	struct tallies tallies = { 0 };
	unsigned long wanted = frames_wanted(habits->is_large ? FRAMES_OF_A_CALM_TEST / 8 : FRAMES_OF_A_CALM_TEST, 1);

	runner_set_limit(SOAK_LIMIT_SECONDS);
	for (uint64_t seed = first_seed(); tallies.frames < wanted; seed++) {
		struct run run = {
			.policy = RELEASE_ON_REPLACE, .seed = seed, .frames = FRAMES_OF_A_CALM_RUN, .habits = *habits,
		};

		run_in_child(&run, test, &tallies);
	}
	tallies_print(&tallies);
	CHECK_EQUAL(tallies.zero_same + tallies.old_same, 0);
	CHECK(tallies.made * 100 < tallies.frames);
	CHECK(tallies.zero_older > tallies.frames / 10 * 9);
}

TEST(small_pictures_are_brought_up_to_date)
{
	check_catches_up(&(struct habits){ .has_two_panes = true }, "small_pictures_are_brought_up_to_date");
}

TEST(large_pictures_are_brought_up_to_date)
{
	check_catches_up(&(struct habits){ .is_large = true }, "large_pictures_are_brought_up_to_date");
}

TEST(exposed_rows_that_are_not_cleared_are_brought_up_to_date)
{
	check_catches_up(&(struct habits){ .keeps_exposed = true },
			 "exposed_rows_that_are_not_cleared_are_brought_up_to_date");
}

TEST(pictures_that_do_not_scroll_are_brought_up_to_date)
{
	check_catches_up(&(struct habits){ .never_scrolls = true },
			 "pictures_that_do_not_scroll_are_brought_up_to_date");
}

/* --- the original: where two buffers alternate, foot's replay of the last frame is right -------------------------- */

static void check_same_frames(const struct run *run, const uint64_t *ours, const uint64_t *theirs)
{
	for (unsigned frame = 0; frame < run->frames; frame++) {
		if (ours[frame] == theirs[frame])
			continue;
		printf("# seed 0x%llx: frame %u is another one\n", (unsigned long long)run->seed, frame);
		CHECK(!"both libraries show the same pictures");
	}
}

static void compare_with_original(const struct habits *habits)
{
	static uint64_t ours[FRAMES_OF_A_COMPARISON], theirs[FRAMES_OF_A_COMPARISON];
	unsigned long wanted = frames_wanted(FRAMES_OF_A_CALM_TEST, 1);
	struct tallies our_tallies = { 0 }, their_tallies = { 0 };

	if (!library_original())
		SKIP("MILLPOND_REFERENCE does not name the original's folder");
	runner_set_limit(SOAK_LIMIT_SECONDS);
	for (uint64_t seed = first_seed(); their_tallies.frames < wanted; seed++) {
		struct run run = {
			.policy = RELEASE_ON_REPLACE, .seed = seed, .frames = FRAMES_OF_A_COMPARISON, .habits = *habits,
		};

		run.habits.is_large = seed % 16 == 15;
		run_program(library_original(), &run, &their_tallies, theirs);
		run_program(library_under_test(), &run, &our_tallies, ours);
		check_same_frames(&run, ours, theirs);
	}
	tallies_print(&their_tallies);
	tallies_print(&our_tallies);
	/* The original tells 1 where this library is to tell 0. */
	CHECK(their_tallies.replays > their_tallies.frames / 2);
	CHECK_EQUAL(our_tallies.scrolls, their_tallies.scrolls);
}

TEST(pictures_are_those_of_the_original)
{
	compare_with_original(&(struct habits){ .scrolls_first = true });
}

TEST(pictures_are_those_of_the_original_with_everything_that_foot_does)
{
	compare_with_original(&(struct habits){
		.scrolls_first = true, .has_two_panes = true, .has_plain_pane = true, .crowds = 20,
		.size_changes = 10 });
}
