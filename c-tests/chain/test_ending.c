/* What ends: buffers that are purged, chains that are freed, all. */
#include <string.h>

#include "chain/stage.h"
#include "support/runner.h"

/* On the originals too. */
TEST(a_purge_takes_the_idle_at_once_and_the_held_when_they_are_released)
{
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	stage_open_other(&stage);
	struct buffer_chain *chain = stage_chain(&stage, true);
	stage_frame(&stage, chain, 64, 48, 1);
	stage_frame(&stage, chain, 64, 48, 2);
	stage_frame(&stage, chain, 64, 48, 3);
	stage_release_oldest(&stage);
	shm_purge(chain);
	CHECK_EQUAL(stage_buffers(&stage), 2);
	stage_release_oldest(&stage);
	CHECK_EQUAL(stage_buffers(&stage), 1);
	struct buffer *next = stage_get(chain, 64, 48); /* the chain goes on */
	CHECK_EQUAL(next->age, 1234);
	CHECK(is_all(next, 0));
	stage_show(&stage, next);
	stage_release_oldest(&stage);
	CHECK_EQUAL(stage_buffers(&stage), 1);
	shm_purge(chain);
	stage_release_oldest(&stage);
	CHECK_EQUAL(stage_buffers(&stage), 0);
	shm_purge(chain);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(a_chain_may_be_freed_while_the_compositor_holds_its_buffers)
{
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	stage_open_other(&stage);
	for (int round = 0; round < 20; round++) {
		struct buffer_chain *chain = stage_chain(&stage, round % 2 == 0);

		stage_frame(&stage, chain, 64, 48, 1);
		stage_frame(&stage, chain, 64, 48, 2);
		stage_release_oldest(&stage);
		shm_chain_free(chain);
		CHECK_EQUAL(stage_buffers(&stage), 1);
		stage_release_oldest(&stage);
		CHECK_EQUAL(stage_buffers(&stage), 0);
	}
	shm_chain_free(NULL);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(fini_ends_what_was_waited_for)
{
	struct stage stage;

	stage_start(&stage, RELEASE_NEVER);
	for (int i = 0; i < 5; i++) {
		struct buffer_chain *chain = stage_chain(&stage, i % 2 == 0);

		stage_frame(&stage, chain, 64, 48, 1);
		stage_frame(&stage, chain, 32, 48, 2);
		shm_chain_free(chain);
	}
	struct buffer_chain *other = stage_chain(&stage, true);
	stage_frame(&stage, other, 64, 48, 2);
	shm_purge(other);
	shm_fini();
	shm_fini();
	CHECK_EQUAL(stage_buffers(&stage), 0);
	shm_chain_free(other);
	stage_stop(&stage);
}

/* The originals leave what no chain was purged of. */
OWN_TEST(fini_ends_the_buffers_of_chains_that_stay)
{
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = stage_chain(&stage, true);
	for (int round = 0; round < 3; round++) {
		stage_frame(&stage, chain, 64, 48, 1);
		struct buffer *kept = stage_frame(&stage, chain, 64, 48, 2);

		shm_addref(kept);
		stage_release_oldest(&stage);
		shm_fini();
		CHECK_EQUAL(stage_buffers(&stage), 0);
	}
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(nothing_is_left_when_all_chains_are_freed)
{
	struct runner_resources before = runner_count_resources();
	struct stage stage;

	stage_start(&stage, RELEASE_ON_REPLACE);
	for (int round = 0; round < 10; round++) {
		struct buffer_chain *chain = stage_chain(&stage, true);
		struct buffer_chain *overlay = stage_chain(&stage, false);

		for (uint32_t frame = 0; frame < 10; frame++) {
			stage_frame(&stage, chain, 100 + (int)frame / 5, 80, frame);
			stage_frame(&stage, overlay, 40, 20, frame);
		}
		shm_purge(overlay);
		shm_chain_free(chain);
		shm_chain_free(overlay);
	}
	stage_release_all(&stage);
	CHECK_EQUAL(stage_buffers(&stage), 0);
	CHECK_EQUAL(compositor_counts(stage.compositor).pools_live, 0);
	stage_stop(&stage);
	CHECK_SAME_RESOURCES(before);
}

/* What was purged may be drawn and shown by a program that holds it: until it is released, or shm_fini(). */
TEST(what_the_last_window_holds_stays_until_it_is_released)
{
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = stage_chain(&stage, true);
	stage_frame(&stage, chain, 64, 48, 1);
	struct buffer *buffer = stage_get(chain, 64, 48);
	shm_chain_free(chain);
	memset(buffer->data, 0x55, (size_t)buffer->stride * 48);
	stage_show(&stage, buffer);
	CHECK_EQUAL(stage_buffers(&stage), 2);
	stage_release_all(&stage);
	CHECK_EQUAL(stage_buffers(&stage), 0);
	stage_stop(&stage);
}
