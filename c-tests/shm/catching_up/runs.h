/*
 * Many programs, one after the other, each in a process of its own, with a seed that repeats it.
 */
#ifndef MILLPOND_CATCHING_UP_RUNS_H
#define MILLPOND_CATCHING_UP_RUNS_H

#include "shm/catching_up/program.h"

#define SOAK_LIMIT_SECONDS 250

struct run {
	enum release_policy policy;
	unsigned late_commits;
	uint64_t seed;
	unsigned frames;
	struct habits habits;
};

/* Everything random: which habits go together is the seed's choice. */
struct habits habits_of_seed(uint64_t seed);

/*
 * The number that the environment asks for: MILLPOND_SOAK_SCROLLS, as for scroll_soak, has the same meaning here, for
 * frames. At least `least`; `otherwise` if nothing is said.
 */
unsigned long frames_wanted(unsigned long otherwise, unsigned long least);

/* MILLPOND_SOAK_SEED, or else 1. */
uint64_t first_seed(void);

/* One program from start to end, in this process. `hashes`, if not NULL, takes one for each frame. */
void run_program(const struct library *library, const struct run *run, struct tallies *tallies, uint64_t *hashes);

/* The same in a child; what happens is added to `tallies`. Says how to repeat it if it fails. */
void run_in_child(const struct run *run, const char *test, struct tallies *tallies);

/* Many programs that do everything, on compositors with one policy; about a sixth of a million frames. */
void soak_policy(enum release_policy policy, unsigned late_commits, const char *test, struct tallies *tallies);

/* Fails the test if something has not happened often enough to be tested; not where there were few frames. */
void check_all_was_seen(const struct tallies *tallies);

void tallies_print(const struct tallies *tallies);

#endif
