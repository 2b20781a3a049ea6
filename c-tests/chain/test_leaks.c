/* References that are taken twice, buffers that are held in numbers, and pixels that are carried over. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdlib.h>
#include <string.h>

#include "chain/stage.h"
#include "support/runner.h"

#ifndef ON_THE_ORIGINALS
/* Ends the session: what the library has said is on stderr. */
static void end_frames(struct stage *stage, struct buffer_chain *chain)
{
	shm_chain_free(chain);
	stage_stop(stage);
}
#endif

OWN_TEST(a_second_reference_in_one_frame_is_told_of_once_for_a_chain)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		struct stage stage;

		stage_start(&stage, RELEASE_AT_ONCE);
		struct buffer_chain *chain = stage_chain(&stage, true), *other = stage_chain(&stage, true);

		for (uint32_t frame = 0; frame < 40; frame++) {
			struct buffer *kept = stage_get(frame % 2 == 0 ? chain : other, 64, 48);

			shm_addref(kept);
			stage_show(&stage, kept);
			shm_addref(kept); /* shown once more, and kept once more */
			stage_show(&stage, kept);
			shm_unref(kept);
			shm_unref(kept);
		}
		shm_chain_free(other);
		end_frames(&stage, chain);
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, 2);
	CHECK(strstr(outcome.text, "shm_addref: a buffer of chain 0x") != NULL);
	CHECK(strstr(outcome.text, "was taken once more while it was held") != NULL);
}

/* foot has one reference to the buffer that it showed last, and takes the next before it gives that back, or after it. */
OWN_TEST(a_reference_for_each_frame_is_not_told_of)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		static const enum release_policy policies[] = { RELEASE_AT_ONCE, RELEASE_ON_REPLACE, RELEASE_LATE };

		for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++)
			for (int takes_first = 0; takes_first < 2; takes_first++) {
				struct stage stage;
				struct buffer *last = NULL;

				stage_start(&stage, policies[i]);
				struct buffer_chain *chain = stage_chain(&stage, true);

				for (uint32_t frame = 0; frame < 50; frame++) {
					struct buffer *buffer = stage_get(chain, 64, 48 + (int)frame / 10);

					if (takes_first)
						shm_addref(buffer);
					shm_unref(last);
					if (!takes_first)
						shm_addref(buffer);
					last = buffer;
					stage_show(&stage, buffer);
				}
				shm_unref(last);
				end_frames(&stage, chain);
			}
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, 0);
}

OWN_TEST(many_held_buffers_of_a_chain_are_told_of)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		struct stage stage;
		struct buffer *buffers[100];
		int sizes[100];

		shm_set_max_held(5);
		stage_start(&stage, RELEASE_NEVER);
		struct buffer_chain *chain = stage_chain(&stage, true);

		/* As many as are shown at a time, each on a surface of its own. */
		for (size_t i = 0; i < 100; i++)
			sizes[i] = 16;
		stage_ask_many(chain, 100, sizes, sizes, buffers);
		for (uint32_t frame = 0; frame < 8; frame++)
			stage_frame(&stage, chain, 16, 16, frame);
		end_frames(&stage, chain);
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, 1);
	CHECK(strstr(outcome.text, "6 buffers of chain 0x") != NULL);
	CHECK(strstr(outcome.text, "are held, more than SHM_MAX_HELD=5, the oldest for ") != NULL);
}

OWN_TEST(what_is_not_drawn_is_carried_over)
{
	struct stage stage;
	pixman_region32_t region;

	stage_start(&stage, RELEASE_NEVER);
	struct buffer_chain *chain = stage_chain(&stage, true), *other = stage_chain(&stage, false);
	struct buffer *src = stage_frame(&stage, chain, 64, 48, 7), *dst = stage_get(chain, 64, 48);
	struct buffer *of_other = stage_get(other, 64, 48), *wide = stage_get(other, 65, 48);

	fill(dst, 8);
	pixman_region32_init_rect(&region, 10, 20, 30, 5);
	CHECK(shm_carry_over(dst, src, &region));
	for (int y = 0; y < 48; y++)
		for (int x = 0; x < 64; x++)
			CHECK_EQUAL(pixel_row(dst, y)[x], pixman_region32_contains_point(&region, x, y, NULL) ? 8 : 7);
	pixman_region32_fini(&region);
	fill(of_other, 9);
	CHECK(shm_carry_over(dst, of_other, NULL));
	CHECK(is_all(dst, 9) && is_all(src, 7));
	shm_chain_free(other);
	shm_chain_free(chain);
	(void)wide;
	stage_stop(&stage);
}

OWN_TEST(what_cannot_be_carried_over_changes_nothing)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		struct stage stage;

		stage_start(&stage, RELEASE_NEVER);
		struct buffer_chain *chain = stage_chain(&stage, true), *other = stage_chain(&stage, false);
		struct buffer *dst = stage_get(chain, 64, 48), *wide = stage_get(other, 65, 48);

		fill(dst, 8);
		CHECK(!shm_carry_over(dst, NULL, NULL));
		CHECK(!shm_carry_over(NULL, dst, NULL));
		CHECK(!shm_carry_over(dst, wide, NULL));
		CHECK(!shm_carry_over(dst, (struct buffer *)&stage, NULL));
		CHECK(shm_carry_over(dst, dst, NULL));
		CHECK(is_all(dst, 8));
		shm_chain_free(other);
		shm_chain_free(chain);
		stage_stop(&stage);
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, 4);
}
