/* Random scenarios of chains with each call failing in turn: few in `make check`, hundreds in `make check-faults`. */
#include "chain/faults/life.h"
#include "support/runner.h"

static void sweep_random(bool persists, uint64_t first_seed)
{
	struct sweep sweep = { .body = life_run, .persists = persists, .scenarios = sweep_scenarios(4) / 2,
			       .first_seed = first_seed };

	sweep_all(&sweep);
}

TEST(one_call_fails)
{
	sweep_random(false, 5000);
}

TEST(all_calls_from_one_on_fail)
{
	sweep_random(true, 6000);
}
