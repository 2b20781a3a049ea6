/* Buffers that the program has references to: shm_addref() and shm_unref(). */
#include "chain/stage.h"
#include "support/runner.h"

/* On the originals too. */
TEST(a_referenced_buffer_of_another_size_stays_until_it_is_given_back)
{
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain(&stage, true);
	struct buffer *kept = stage_frame(&stage, chain, 64, 48, 7);

	shm_addref(kept);
	stage_frame(&stage, chain, 80, 60, 8);
	CHECK_EQUAL(stage_buffers(&stage), 2);
	CHECK(kept->width == 64 && kept->wl_buf != NULL && is_all(kept, 7));
	shm_unref(kept);
	CHECK_EQUAL(stage_buffers(&stage), 1);
	shm_unref(NULL);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* The originals take a reference with each request. */
OWN_TEST(requests_take_no_reference_of_the_programs)
{
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain(&stage, true);
	struct buffer *kept = stage_frame(&stage, chain, 64, 48, 7);

	shm_addref(kept);
	for (int i = 0; i < 20; i++)
		stage_frame(&stage, chain, 80 + i, 60, 8);
	shm_purge(chain);
	shm_purge(chain);
	CHECK_EQUAL(stage_buffers(&stage), 1);
	CHECK(is_all(kept, 7));
	shm_unref(kept);
	CHECK_EQUAL(stage_buffers(&stage), 0);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(a_referenced_buffer_is_used_again)
{
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain(&stage, true);
	struct buffer *kept = stage_frame(&stage, chain, 64, 48, 7);

	shm_addref(kept);
	for (uint32_t frame = 0; frame < 5; frame++)
		CHECK(stage_frame(&stage, chain, 64, 48, frame) == kept);
	shm_unref(kept);
	CHECK(stage_frame(&stage, chain, 64, 48, 9) == kept);
	CHECK_EQUAL(stage_buffers(&stage), 1);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(references_are_counted)
{
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = stage_chain(&stage, true);
	struct buffer *kept = stage_frame(&stage, chain, 64, 48, 7);

	for (int i = 0; i < 5; i++)
		shm_addref(kept);
	for (int i = 0; i < 4; i++)
		shm_unref(kept);
	shm_purge(chain);
	CHECK(is_all(kept, 7));
	stage_release_all(&stage);
	CHECK_EQUAL(stage_buffers(&stage), 1);
	CHECK(is_all(kept, 7));
	shm_unref(kept);
	CHECK_EQUAL(stage_buffers(&stage), 0);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(the_last_reference_to_a_held_buffer_waits_for_its_release)
{
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	stage_open_other(&stage);
	struct buffer_chain *chain = stage_chain(&stage, true);
	struct buffer *kept = stage_frame(&stage, chain, 64, 48, 7);

	shm_addref(kept);
	shm_purge(chain);
	shm_unref(kept);
	CHECK_EQUAL(stage_buffers(&stage), 1);
	stage_release_all(&stage);
	CHECK_EQUAL(stage_buffers(&stage), 0);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(a_referenced_buffer_may_be_drawn_and_shown_after_a_purge)
{
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain(&stage, true);
	struct buffer *kept = stage_get(chain, 64, 48);

	shm_addref(kept);
	shm_purge(chain);
	fill(kept, 7);
	stage_show(&stage, kept);
	CHECK_EQUAL(compositor_frame(stage.compositor).pixels[0], 7);
	CHECK(is_all(kept, 7));
	CHECK_EQUAL(stage_buffers(&stage), 1);
	shm_unref(kept);
	CHECK_EQUAL(stage_buffers(&stage), 0);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(one_reference_more_than_were_taken_is_the_chains)
{
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	stage_open_other(&stage);
	struct buffer_chain *chain = stage_chain(&stage, true);
	struct buffer *idle = stage_frame(&stage, chain, 64, 48, 1);

	stage_release_all(&stage);
	shm_unref(idle);
	CHECK_EQUAL(stage_buffers(&stage), 0);
	shm_unref(stage_frame(&stage, chain, 64, 48, 2)); /* held */
	CHECK_EQUAL(stage_buffers(&stage), 1);
	struct buffer *next = stage_get(chain, 64, 48);
	CHECK_EQUAL(next->age, 1234);
	stage_show(&stage, next);
	stage_release_oldest(&stage);
	CHECK_EQUAL(stage_buffers(&stage), 1);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* The originals abort, or go on with a chain that is gone. */
OWN_TEST(references_outlive_their_chain)
{
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	stage_open_other(&stage);
	struct buffer_chain *chain = stage_chain(&stage, true);
	struct buffer *held = stage_frame(&stage, chain, 64, 48, 7);
	struct buffer *idle = stage_frame(&stage, chain, 64, 48, 8);

	shm_addref(held);
	shm_addref(idle);
	CHECK(compositor_release_newest(stage.compositor));
	CHECK_EQUAL(stage_buffers(&stage), 2);
	shm_chain_free(chain);
	CHECK_EQUAL(stage_buffers(&stage), 2);
	CHECK(is_all(held, 7) && is_all(idle, 8));
	shm_addref(idle);
	shm_unref(idle);
	CHECK_EQUAL(stage_buffers(&stage), 2);
	shm_unref(idle);
	CHECK_EQUAL(stage_buffers(&stage), 1);
	shm_unref(held);
	CHECK_EQUAL(stage_buffers(&stage), 1);
	stage_release_all(&stage);
	CHECK_EQUAL(stage_buffers(&stage), 0);
	stage_stop(&stage);
}
