/*
 * As test_catching_up.c, on compositors that keep many buffers, or give them back in any order: what is brought up to
 * date may then be several frames old.
 */
#include "shm/catching_up/runs.h"
#include "support/runner.h"

TEST(released_three_late)
{
	struct tallies tallies = { 0 };

	soak_policy(RELEASE_LATE, 3, "released_three_late", &tallies);
	check_all_was_seen(&tallies);
}

TEST(released_out_of_order)
{
	struct tallies tallies = { 0 };

	soak_policy(RELEASE_OUT_OF_ORDER, 0, "released_out_of_order", &tallies);
	check_all_was_seen(&tallies);
}

TEST(released_at_random)
{
	struct tallies tallies = { 0 };

	soak_policy(RELEASE_BY_HAND, 0, "released_at_random", &tallies);
	check_all_was_seen(&tallies);
	CHECK(tallies.zero_same > tallies.frames / 50 && tallies.old_older + tallies.zero_older > tallies.frames / 50);
}
