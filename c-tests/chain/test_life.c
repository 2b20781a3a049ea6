/* The life of a buffer of a chain: what shm_get_buffer() returns, what comes back, what goes. */
#include <stdlib.h>
#include <string.h>

#include "chain/stage.h"
#include "support/runner.h"

#define WHITE 0xffffffff

/* On the originals too. */
TEST(a_new_buffer_is_zero_and_old)
{
	const int sizes[][2] = { { 1, 1 }, { 3, 5 }, { 90, 24 }, { 1, 4000 }, { 4000, 1 }, { 844, 564 }, { 1021, 513 } };
	struct stage stage;

	stage_start(&stage, RELEASE_ON_REPLACE);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct buffer_chain *chain = stage_chain(&stage, (i + round) % 2 == 0);
			struct buffer *buffer = stage_get(chain, sizes[i][0], sizes[i][1]);

			CHECK_EQUAL(buffer->age, 1234);
			CHECK_EQUAL(buffer->stride, sizes[i][0] * 4);
			CHECK(is_all(buffer, 0));
			fill(buffer, WHITE);
			stage_show(&stage, buffer);
			shm_chain_free(chain);
		}
	}
	stage_stop(&stage);
}

/* On the originals too. */
TEST(a_buffer_that_was_released_is_used_again)
{
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain(&stage, true);
	struct buffer *buffer = stage_frame(&stage, chain, 60, 40, 0);

	for (uint32_t frame = 1; frame < 20; frame++) {
		CHECK(stage_get(chain, 60, 40) == buffer);
		CHECK_EQUAL(buffer->age, 0);
		CHECK(is_all(buffer, frame - 1));
		fill(buffer, frame);
		stage_show(&stage, buffer);
	}
	CHECK_EQUAL(compositor_counts(stage.compositor).buffers_made, 1);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(the_youngest_that_is_idle_is_used_again)
{
	struct stage stage;
	struct buffer *buffers[3];

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = stage_chain(&stage, true);
	for (uint32_t i = 0; i < 3; i++)
		buffers[i] = stage_frame(&stage, chain, 60, 40, i);
	CHECK(buffers[0] != buffers[1] && buffers[1] != buffers[2] && buffers[0] != buffers[2]);
	stage_release_all(&stage);
	CHECK(stage_get(chain, 60, 40) == buffers[2]);
	CHECK_EQUAL(buffers[2]->age, 0);
	CHECK(is_all(buffers[2], 2));
	stage_show(&stage, buffers[2]);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too, but foot 1.25, which keeps them all. */
TEST(buffers_that_are_not_needed_go)
{
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = stage_chain(&stage, true);
	for (uint32_t i = 0; i < 5; i++)
		stage_frame(&stage, chain, 60, 40, i);
	CHECK_EQUAL(stage_buffers(&stage), 5);
	stage_release_all(&stage);
	compositor_set_policy(stage.compositor, RELEASE_AT_ONCE, 0);
	for (uint32_t i = 0; i < 20; i++)
		stage_frame(&stage, chain, 60, 40, i);
	CHECK_EQUAL(stage_buffers(&stage), 1);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(the_age_counts_the_requests_that_passed_a_held_buffer_over)
{
	struct stage stage;
	struct buffer *buffers[4];

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = stage_chain(&stage, false);
	for (unsigned i = 0; i < 4; i++) {
		buffers[i] = stage_frame(&stage, chain, 30, 20, i);
		for (unsigned j = 0; j <= i; j++)
			CHECK_EQUAL(buffers[j]->age, i - j);
	}
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(an_idle_buffer_of_another_size_goes_at_once)
{
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain(&stage, true);
	for (int i = 0; i < 30; i++) {
		struct buffer *buffer = stage_get(chain, 100 + i % 7, 80);

		CHECK_EQUAL(buffer->age, 1234);
		CHECK(is_all(buffer, 0));
		CHECK_EQUAL(stage_buffers(&stage), 1);
		fill(buffer, WHITE);
		stage_show(&stage, buffer);
	}
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(a_held_buffer_of_another_size_goes_when_it_is_released)
{
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = stage_chain(&stage, true);
	stage_frame(&stage, chain, 100, 80, 5);
	stage_frame(&stage, chain, 120, 90, 6);
	CHECK_EQUAL(stage_buffers(&stage), 2);
	struct buffer *third = stage_get(chain, 100, 80); /* the first is not wanted any more */
	CHECK_EQUAL(third->age, 1234);
	CHECK(is_all(third, 0));
	CHECK_EQUAL(stage_buffers(&stage), 3);
	stage_show(&stage, third);
	stage_release_oldest(&stage);
	CHECK_EQUAL(stage_buffers(&stage), 2);
	stage_release_oldest(&stage);
	CHECK_EQUAL(stage_buffers(&stage), 1);
	stage_release_oldest(&stage);
	CHECK_EQUAL(stage_buffers(&stage), 1);
	CHECK(stage_get(chain, 100, 80) == third);
	stage_show(&stage, third);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(chains_leave_the_buffers_of_others_alone)
{
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain(&stage, true);
	struct buffer *last = stage_frame(&stage, chain, 200, 100, 0xabcdef);
	void *pixels = last->data;

	for (int i = 0; i < 200; i++) {
		struct buffer_chain *other = stage_chain(&stage, i % 3 == 0);

		CHECK(stage_frame(&stage, other, 200, 100, WHITE) != last);
		if (i % 10 != 0)
			stage_frame(&stage, other, 10 + i, 10 + i % 7 * 20, WHITE);
		if (i % 5 == 0)
			shm_purge(other);
		shm_chain_free(other);
	}
	CHECK(last->data == pixels && is_all(last, 0xabcdef));
	CHECK(stage_get(chain, 200, 100) == last);
	CHECK_EQUAL(last->age, 0);
	CHECK(is_all(last, 0xabcdef));
	stage_show(&stage, last);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(a_buffer_has_as_many_images_and_regions_as_were_asked_for)
{
	const size_t counts[] = { 1, 4, 2, 17 };
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct buffer_chain *chain = stage_chain_of(&stage, i % 2 == 0, counts[i]);

		for (int frame = 0; frame < 3; frame++) {
			struct buffer *buffer = stage_get(chain, 40, 30); /* with regions that are empty again */

			CHECK_EQUAL(buffer->pix_instances, counts[i]);
			for (size_t j = 0; j < counts[i]; j++) {
				CHECK((void *)pixman_image_get_data(buffer->pix[j]) == buffer->data);
				CHECK_EQUAL(pixman_image_get_width(buffer->pix[j]), 40);
				CHECK_EQUAL(pixman_image_get_height(buffer->pix[j]), 30);
				CHECK_EQUAL(pixman_image_get_stride(buffer->pix[j]), buffer->stride);
#if HAS_REGIONS
				for (int k = 0; k < 5; k++)
					pixman_region32_union_rect(&buffer->dirty[j], &buffer->dirty[j], k * 7, k * 5, 3, 3);
#endif
			}
			pixman_region32_union_rect(drawn_region(buffer), drawn_region(buffer), 1, 1, 3, 3);
			stage_show(&stage, buffer);
		}
		shm_chain_free(chain);
	}
	stage_stop(&stage);
}

OWN_TEST(a_chain_may_have_no_images)
{
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain_of(&stage, true, 0);
	for (int frame = 0; frame < 3; frame++) {
		struct buffer *buffer = stage_ask(chain, 40, 30);

		CHECK(buffer != NULL && buffer->pix == NULL && buffer->pix_instances == 0);
		stage_show(&stage, buffer);
	}
	shm_chain_free(chain);
	stage_stop(&stage);
}

#if HAS_SCROLL_DAMAGE
/* On the originals too. Leak checkers see it if the memory is not freed. */
TEST(recorded_scrolls_are_freed_with_the_next_use_and_with_the_buffer)
{
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain(&stage, true);
	for (int frame = 0; frame < 10; frame++) {
		struct buffer *buffer = stage_get(chain, 60, 40); /* checks that there is none */

		buffer->scroll_damage = malloc(48);
		buffer->scroll_damage_count = 3;
		stage_show(&stage, buffer);
		CHECK(buffer->scroll_damage != NULL);
		CHECK_EQUAL(buffer->scroll_damage_count, 3);
	}
	shm_chain_free(chain);
	stage_stop(&stage);
}
#endif

#if HAS_UNUSED
/* On the originals too. */
TEST(a_buffer_that_was_not_used_is_returned_again)
{
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = stage_chain(&stage, true);
	struct buffer *buffer = stage_get(chain, 60, 40);

	for (int i = 0; i < 5; i++) {
		shm_did_not_use_buf(buffer);
		CHECK(stage_get(chain, 60, 40) == buffer);
		CHECK_EQUAL(buffer->age, 1234);
	}
	stage_show(&stage, buffer);
	stage_release_all(&stage);
	CHECK(stage_get(chain, 60, 40) == buffer);
	shm_did_not_use_buf(buffer);
	CHECK(stage_get(chain, 60, 40) == buffer);
	CHECK_EQUAL(buffer->age, 0);
	stage_show(&stage, buffer);
	CHECK_EQUAL(compositor_counts(stage.compositor).buffers_made, 1);
	shm_chain_free(chain);
	stage_stop(&stage);
}
#endif
