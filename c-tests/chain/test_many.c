/* Many small buffers of one lifetime: shm_get_many(). */
#include <unistd.h>

#include "chain/stage.h"
#include "support/runner.h"

/* On the originals too. */
TEST(each_goes_at_its_release)
{
	int widths[] = { 30, 20, 0, 50, 10 }, heights[] = { 10, 20, 10, 0, 1 };
	struct buffer *buffers[5];
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = stage_chain(&stage, false);
	stage_ask_many(chain, 5, widths, heights, buffers);
	CHECK(buffers[2] == NULL && buffers[3] == NULL);
	for (int i = 0; i < 5; i += i == 1 ? 3 : 1) {
		CHECK(buffers[i] != NULL && buffers[i]->width == widths[i] && buffers[i]->height == heights[i]);
		CHECK_EQUAL(buffers[i]->age, 1234);
		CHECK(is_all(buffers[i], 0));
		for (int j = 0; j < i; j++)
			CHECK(buffers[j] == NULL || buffers[j] != buffers[i]);
		fill(buffers[i], (uint32_t)i + 1);
	}
	for (int i = 0; i < 5; i += i == 1 ? 3 : 1) {
		CHECK(is_all(buffers[i], (uint32_t)i + 1));
		stage_show(&stage, buffers[i]);
	}
	CHECK_EQUAL(stage_buffers(&stage), 3);
	for (unsigned left = 3; left > 0; left--) {
		stage_release_oldest(&stage);
		CHECK_EQUAL(stage_buffers(&stage), left - 1);
	}
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(they_are_used_once)
{
	int width = 30, height = 10;
	struct buffer *once, *again;
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = stage_chain(&stage, false);
	stage_ask_many(chain, 1, &width, &height, &once);
	stage_show(&stage, once);
	struct buffer *other = stage_frame(&stage, chain, 30, 10, 1);
	CHECK(other != once);
	stage_ask_many(chain, 1, &width, &height, &again);
	CHECK(again != once && again != other);
	stage_show(&stage, again);
	CHECK_EQUAL(other->age, 0); /* nobody has passed it over */
	stage_release_all(&stage);
	CHECK_EQUAL(stage_buffers(&stage), 1);
	CHECK(stage_get(chain, 30, 10) == other);
	stage_show(&stage, other);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(hundreds_take_a_few_descriptors_and_pools)
{
	enum { LABELS = 300 };
	static int widths[LABELS], heights[LABELS];
	static struct buffer *labels[LABELS];
	/* Where pages are large, each label takes one of its own, and the files that they share grow with that. */
	const unsigned files = sysconf(_SC_PAGESIZE) > 16384 ? 8 : 2;
	struct runner_resources before;
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	before = runner_count_resources();
	struct buffer_chain *chain = stage_chain(&stage, false);
	for (int i = 0; i < LABELS; i++) {
		widths[i] = 10 + i % 90;
		heights[i] = 20;
	}
	stage_ask_many(chain, LABELS, widths, heights, labels);
	CHECK_EQUAL(stage_buffers(&stage), LABELS);
	CHECK(compositor_counts(stage.compositor).pools_live <= files);
	CHECK(runner_count_resources().descriptors <= before.descriptors + files);
	for (int i = 0; i < LABELS; i++) {
		fill(labels[i], (uint32_t)i);
		stage_show(&stage, labels[i]);
	}
	for (int i = 0; i < LABELS; i++)
		CHECK(is_all(labels[i], (uint32_t)i));
	stage_release_all(&stage);
	CHECK_EQUAL(stage_buffers(&stage), 0);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(they_outlive_their_chain_until_they_are_released_or_all_ends)
{
	int widths[] = { 30, 20 }, heights[] = { 10, 20 };
	struct buffer *buffers[2];
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = stage_chain(&stage, false);
	stage_ask_many(chain, 2, widths, heights, buffers);
	fill(buffers[1], 5);
	shm_purge(chain);
	stage_show(&stage, buffers[0]);
	stage_show(&stage, buffers[1]);
	CHECK(is_all(buffers[1], 5));
	stage_release_oldest(&stage);
	CHECK_EQUAL(stage_buffers(&stage), 1);
	shm_chain_free(chain);
	CHECK_EQUAL(stage_buffers(&stage), 1);
	stage_stop(&stage);
}

/* The originals leave the array as it was, and some read its first entry (D19). */
OWN_TEST(all_entries_are_set_whatever_is_asked_for)
{
	int widths[] = { 0, 0, 0 }, heights[] = { 0, 10, 0 };
	struct buffer foreign, *buffers[] = { &foreign, &foreign, &foreign };
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = stage_chain(&stage, false);
	stage_ask_many(chain, 0, widths, heights, buffers);
	CHECK(buffers[0] == &foreign);
	stage_ask_many(chain, 3, widths, heights, buffers);
	CHECK(buffers[0] == NULL && buffers[1] == NULL && buffers[2] == NULL);
	widths[1] = 20; /* behind one of no size */
	stage_ask_many(chain, 2, widths, heights, buffers);
	CHECK(buffers[0] == NULL && buffers[1] != NULL);
	stage_show(&stage, buffers[1]);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* The originals never free them. */
OWN_TEST(references_to_them_count)
{
	int width = 30, height = 10;
	struct buffer *once;
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = stage_chain(&stage, false);
	for (int round = 0; round < 2; round++) {
		stage_ask_many(chain, 1, &width, &height, &once);
		shm_addref(once);
		fill(once, 9);
		stage_show(&stage, once);
		if (round == 0)
			shm_unref(once);
		stage_release_all(&stage);
		CHECK_EQUAL(stage_buffers(&stage), (unsigned)round);
		if (round == 0)
			continue;
		CHECK(is_all(once, 9));
		shm_unref(once);
		CHECK_EQUAL(stage_buffers(&stage), 0);
	}
	shm_chain_free(chain);
	stage_stop(&stage);
}

#if HAS_UNUSED
/* The originals keep it until the end. */
OWN_TEST(one_that_was_not_used_goes_at_once)
{
	int widths[] = { 30, 20 }, heights[] = { 10, 20 };
	struct buffer *buffers[2];
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = stage_chain(&stage, false);
	stage_ask_many(chain, 2, widths, heights, buffers);
	shm_did_not_use_buf(buffers[0]);
	CHECK_EQUAL(stage_buffers(&stage), 1);
	stage_show(&stage, buffers[1]);
	stage_release_all(&stage);
	CHECK_EQUAL(stage_buffers(&stage), 0);
	shm_chain_free(chain);
	stage_stop(&stage);
}
#endif
