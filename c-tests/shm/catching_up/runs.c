#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "shm/catching_up/runs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "compositor/session.h"
#include "support/runner.h"

#define RUN_LIMIT_SECONDS 60
#define FRAMES_OF_A_POLICY 160000
#define FRAMES_OF_A_RUN 1600
#define FRAMES_OF_A_LARGE_RUN 500

static unsigned long number_from_environment(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text != NULL && text[0] != '\0' ? strtoul(text, NULL, 0) : otherwise;
}

unsigned long frames_wanted(unsigned long otherwise, unsigned long least)
{
	unsigned long all = number_from_environment("MILLPOND_SOAK_SCROLLS", 1000000);
	unsigned long frames = (unsigned long)((double)otherwise * (double)all / 1e6);

	return frames > least ? frames : least;
}

uint64_t first_seed(void)
{
	return number_from_environment("MILLPOND_SOAK_SEED", 1);
}

struct habits habits_of_seed(uint64_t seed)
{
	struct soak_random random = soak_random_from(seed ^ 0x6861626974);
	struct habits habits = {
		.is_large = soak_happens(&random, 50),
		.has_two_panes = soak_happens(&random, 500),
		.has_plain_pane = soak_happens(&random, 300),
		.keeps_exposed = soak_happens(&random, 250),
		.scrolls_first = soak_happens(&random, 150),
		.strange = soak_happens(&random, 500) ? soak_below(&random, 300) : 0,
		.own_moves = soak_happens(&random, 400) ? 30 : 0,
		.draws_all = 50,
		.crowds = soak_happens(&random, 100) ? 80 : 5,
		.size_changes = soak_happens(&random, 700) ? 10 : 0,
		.sizes_come_back = true,
		.purges = soak_happens(&random, 500) ? 5 : 0,
		.ends = soak_happens(&random, 100) ? 3 : 0,
		.pool_sizes = soak_happens(&random, 200) ? 20 : 0,
	};

	return habits;
}

void run_program(const struct library *library, const struct run *run, struct tallies *tallies, uint64_t *hashes)
{
	static struct program program;
	struct messages messages;

	messages_catch(&messages);
	program_start(&program, library, run->policy, run->late_commits, run->seed, &run->habits, tallies);
	for (unsigned frame = 0; frame < run->frames; frame++) {
		program_step(&program);
		if (hashes != NULL)
			hashes[frame] = compositor_frame(program.compositor).hash;
	}
	program_stop(&program);
	messages_stop();
}

static void add(struct tallies *sum, const struct tallies *more)
{
	unsigned long *to = (unsigned long *)sum;
	const unsigned long *from = (const unsigned long *)more;

	for (size_t i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += from[i];
}

void run_in_child(const struct run *run, const char *test, struct tallies *tallies)
{
	struct runner_outcome outcome;
	struct tallies *of_child =
		mmap(NULL, sizeof(*of_child), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(of_child != MAP_FAILED);
	IN_CHILD(&outcome, RUN_LIMIT_SECONDS) {
		run_program(library_under_test(), run, of_child, NULL);
	}
	if (outcome.end != CHILD_EXITED || outcome.number != 0)
		printf("# seed 0x%llx, frame %lu; to repeat it: MILLPOND_SOAK_SEED=0x%llx MILLPOND_SOAK_SCROLLS=1 "
		       "build/c-tests/shm/catching_up/%s %s\n", (unsigned long long)run->seed, of_child->frames,
		       (unsigned long long)run->seed, program_invocation_short_name, test);
	CHECK_CHILD_WELL(&outcome);
	add(tallies, of_child);
	munmap(of_child, sizeof(*of_child));
}

void tallies_print(const struct tallies *tallies)
{
	printf("# %lu frames, %lu buffers made; age 0: %lu of the last buffer, %lu of older ones; more: %lu and %lu\n",
	       tallies->frames, tallies->made, tallies->zero_same, tallies->zero_older, tallies->old_same,
	       tallies->old_older);
	printf("# %lu scrolls, %lu refused, %lu bad ones, %lu moves by hand, %lu rectangles, %lu purges, %lu sizes\n",
	       tallies->scrolls, tallies->failed_scrolls, tallies->bad_scrolls, tallies->own_moves,
	       tallies->rectangles, tallies->purges, tallies->size_changes);
	printf("# frames: %lu as the contract says, %lu without records, %lu with their age, %lu miscounted, %lu not "
	       "drawn, %lu not shown\n", tallies->conducts[HONEST], tallies->conducts[NOTHING_RECORDED],
	       tallies->conducts[AGE_LEFT_ALONE], tallies->conducts[MISCOUNTED], tallies->conducts[NOT_DRAWN],
	       tallies->conducts[NOT_SHOWN]);
}

void soak_policy(enum release_policy policy, unsigned late_commits, const char *test, struct tallies *tallies)
{
	unsigned long wanted = frames_wanted(FRAMES_OF_A_POLICY, 1);

	runner_set_limit(SOAK_LIMIT_SECONDS);
	for (uint64_t seed = first_seed(); tallies->frames < wanted; seed++) {
		struct run run = {
			.policy = policy, .late_commits = late_commits, .seed = seed, .habits = habits_of_seed(seed),
		};

		run.frames = run.habits.is_large ? FRAMES_OF_A_LARGE_RUN : FRAMES_OF_A_RUN;
		run_in_child(&run, test, tallies);
	}
	tallies_print(tallies);
}

/* A soak in which something never happens has not tested it. */
void check_all_was_seen(const struct tallies *tallies)
{
	unsigned long frames = tallies->frames;

	if (frames < FRAMES_OF_A_POLICY / 2)
		return;
	CHECK(tallies->scrolls > frames / 4 && tallies->rectangles > frames);
	CHECK(tallies->own_moves > frames / 100 && tallies->failed_scrolls > frames / 2000);
	CHECK(tallies->bad_scrolls > frames / 500 && tallies->purges > frames / 1000);
	CHECK(tallies->size_changes > frames / 1000);
	for (int conduct = NOTHING_RECORDED; conduct < NOT_SHOWN; conduct++)
		CHECK(tallies->conducts[conduct] > frames / 200);
	CHECK(tallies->conducts[NOT_SHOWN] > frames / 10000);
}
