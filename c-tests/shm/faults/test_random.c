/* Random scenarios with each call failing in turn: few in `make check`, hundreds in `make check-faults`. */
#include "shm/faults/scenario.h"
#include "shm/faults/sweep.h"
#include "support/runner.h"

static void sweep_random(bool has_error_return, bool persists, uint64_t first_seed)
{
	struct sweep sweep = { .body = scenario_run_random, .has_error_return = has_error_return, .persists = persists,
			       .scenarios = sweep_scenarios(4) / 4 + 1, .first_seed = first_seed };

	sweep_all(&sweep);
}

/* Each quarter has scenarios of its own: so there are more of them in the same time. */
TEST(one_call_of_random_ones_fails_and_errors_return)
{
	sweep_random(true, false, 1000);
}

TEST(all_random_calls_from_one_on_fail_and_errors_return)
{
	sweep_random(true, true, 2000);
}

TEST(one_call_of_random_ones_fails_and_errors_abort)
{
	sweep_random(false, false, 3000);
}

TEST(all_random_calls_from_one_on_fail_and_errors_abort)
{
	sweep_random(false, true, 4000);
}
