/* Each call fails in turn, in a fixed scenario of a launcher and in random ones. */
#include "launcher/faults/life.h"
#include "support/runner.h"

static void sweep_fixed(bool persists)
{
	struct sweep sweep = { .body = life_run, .persists = persists, .tries_all_errors = sweep_scenarios(0) > 0 };

	sweep_all(&sweep);
}

static void sweep_random(bool persists, uint64_t first_seed)
{
	struct sweep sweep = { .body = life_run, .persists = persists, .scenarios = sweep_scenarios(4) / 2,
			       .first_seed = first_seed };

	sweep_all(&sweep);
}

TEST(one_call_of_a_launcher_fails)
{
	sweep_fixed(false);
}

TEST(all_calls_of_a_launcher_from_one_on_fail)
{
	sweep_fixed(true);
}

TEST(one_call_of_random_ones_fails)
{
	sweep_random(false, 7000);
}

TEST(all_random_calls_from_one_on_fail)
{
	sweep_random(true, 8000);
}
