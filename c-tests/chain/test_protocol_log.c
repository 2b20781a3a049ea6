/* What libwayland writes down of a client with chains (WAYLAND_DEBUG) keeps the rules when it is played once more. */
#include <stdlib.h>

#include "chain/stage.h"
#include "compositor/replay.h"
#include "support/random.h"
#include "support/runner.h"

#define POLICIES (RELEASE_BY_HAND + 1)
#define FRAMES 100

static void scroll(struct buffer *buffer, uint64_t *state)
{
	int rows = random_below(state, 4) == 0 ? -9 : 7;

	if (shm_can_scroll(buffer))
		shm_scroll(buffer, rows, 0, 0, 0, 0);
}

static void live(enum release_policy policy)
{
	struct stage stage;
	uint64_t state = 70 + (uint64_t)policy;
	struct buffer_chain *chains[2];

	stage_start(&stage, policy);
	chains[0] = stage_chain(&stage, true);
	chains[1] = stage_chain(&stage, false);
	for (unsigned frame = 0; frame < FRAMES; frame++) {
		unsigned of = (unsigned)random_below(&state, 2);
		int side = random_below(&state, 20) == 0 ? 60 : 48;
		struct buffer *buffer = stage_get(chains[of], side, side);

		if (of == 0)
			scroll(buffer, &state);
		fill(buffer, frame);
		stage_show(&stage, buffer);
		if (policy == RELEASE_BY_HAND && random_below(&state, 2) == 0)
			compositor_release_newest(stage.compositor);
	}
	shm_chain_free(chains[0]);
	shm_chain_free(chains[1]);
	stage_stop(&stage);
}

OWN_TEST(the_log_of_each_policy_keeps_the_rules)
{
	for (int policy = 0; policy < POLICIES; policy++) {
		FILE *log = replay_new_log();
		struct runner_outcome outcome;
		struct replay replay;

		IN_CHILD(&outcome, 60) {
			replay_write_log(log);
			live((enum release_policy)policy);
		}
		CHECK_CHILD_WELL(&outcome);
		replay = replay_log(log);
		printf("# policy %d: %u commits, %u releases%s%s\n", policy, replay.counts.commits,
		       replay.counts.releases, replay.broken_rule[0] == '\0' ? "" : ", ", replay.broken_rule);
		CHECK(replay.broken_rule[0] == '\0');
		CHECK_EQUAL(replay.counts.commits, FRAMES);
		CHECK_EQUAL(replay.counts.buffers_live, 0);
		CHECK_EQUAL(replay.counts.pools_live, 0);
		CHECK((replay.stray_releases > 0) == (policy == RELEASE_TWICE));
		fclose(log);
	}
}
