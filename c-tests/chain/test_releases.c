/* What a program hears of releases, from foot 1.25 on: the callback of a chain. */
#include "chain/stage.h"
#include "support/runner.h"

#if HAS_RELEASES
#define MOST 8

struct heard {
	unsigned count;
	struct buffer *buffers[MOST];
	struct buffer_chain *chain;
	struct buffer *next;               /* for those that ask for one when they hear of a release */
};

static void hear(struct buffer *buffer, void *data)
{
	struct heard *heard = data;

	CHECK(heard->count < MOST);
	heard->buffers[heard->count++] = buffer;
}

static struct buffer_chain *hearing_chain(struct stage *stage, struct heard *heard, stage_released released)
{
	*heard = (struct heard){ .chain = shm_chain_new(&stage->wayland, true, 1, SHM_BITS_8, released, heard) };
	CHECK(heard->chain != NULL);
	return heard->chain;
}

/* On the originals too. */
TEST(a_release_is_heard_of_once)
{
	struct heard heard, other_heard;
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = hearing_chain(&stage, &heard, hear);
	struct buffer_chain *other = hearing_chain(&stage, &other_heard, hear);
	struct buffer *first = stage_frame(&stage, chain, 64, 48, 1);
	struct buffer *second = stage_frame(&stage, chain, 64, 48, 2);
	struct buffer *third = stage_frame(&stage, other, 64, 48, 3);

	CHECK_EQUAL(heard.count, 0);
	stage_release_oldest(&stage);
	CHECK_EQUAL(heard.count, 1);
	CHECK(heard.buffers[0] == first);
	stage_release_all(&stage);
	CHECK_EQUAL(heard.count, 2);
	CHECK(heard.buffers[1] == second);
	CHECK_EQUAL(other_heard.count, 1);
	CHECK(other_heard.buffers[0] == third);
	shm_chain_free(chain);
	shm_chain_free(other);
	stage_stop(&stage);
	CHECK_EQUAL(heard.count + other_heard.count, 3);
}

/* On the originals too. */
TEST(each_of_a_burst_is_heard_of)
{
	enum { BURST = 6 };
	struct heard heard;
	struct buffer *buffers[BURST];
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = hearing_chain(&stage, &heard, hear);
	for (uint32_t i = 0; i < BURST; i++)
		buffers[i] = stage_frame(&stage, chain, 64, 48, i);
	stage_release_all(&stage);
	CHECK_EQUAL(heard.count, BURST);
	for (unsigned i = 0; i < BURST; i++) {
		unsigned times = 0;

		for (unsigned j = 0; j < BURST; j++)
			times += heard.buffers[j] == buffers[i];
		CHECK_EQUAL(times, 1);
	}
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(nothing_is_heard_of_what_goes_with_its_release)
{
	int width = 30, height = 20;
	struct heard heard;
	struct buffer *once;
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	stage_open_other(&stage);
	struct buffer_chain *chain = hearing_chain(&stage, &heard, hear);
	stage_frame(&stage, chain, 64, 48, 1);
	stage_frame(&stage, chain, 80, 60, 2); /* the first is not wanted any more */
	stage_release_oldest(&stage);
	CHECK_EQUAL(heard.count, 0);
	shm_purge(chain);
	stage_release_oldest(&stage);
	struct buffer *unused = stage_get(chain, 64, 48);
	shm_did_not_use_buf(unused);
	CHECK_EQUAL(heard.count, 0);
	stage_frame(&stage, chain, 64, 48, 1);
	shm_chain_free(chain);
	stage_release_all(&stage);
	CHECK_EQUAL(stage_buffers(&stage), 0);
	struct buffer_chain *labels = shm_chain_new(&stage.wayland, false, 1, SHM_BITS_8, hear, &heard);
	stage_ask_many(labels, 1, &width, &height, &once);
	stage_show(&stage, once);
	stage_release_all(&stage);
	shm_chain_free(labels);
	CHECK_EQUAL(heard.count, 0);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(the_release_of_a_purged_buffer_with_a_reference_is_heard_of)
{
	struct heard heard;
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = hearing_chain(&stage, &heard, hear);
	struct buffer *kept = stage_frame(&stage, chain, 64, 48, 1);

	shm_addref(kept);
	shm_purge(chain);
	stage_release_all(&stage);
	CHECK_EQUAL(heard.count, 1);
	CHECK(heard.buffers[0] == kept && is_all(kept, 1));
	shm_unref(kept);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* The originals abort, or go on with a chain that is gone. */
OWN_TEST(the_release_of_a_referenced_buffer_is_heard_of_when_its_chain_is_gone)
{
	struct heard heard;
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = hearing_chain(&stage, &heard, hear);
	struct buffer *kept = stage_frame(&stage, chain, 64, 48, 1);

	shm_addref(kept);
	shm_chain_free(chain);
	stage_release_all(&stage);
	CHECK_EQUAL(heard.count, 1);
	CHECK(heard.buffers[0] == kept && is_all(kept, 1));
	shm_unref(kept);
	CHECK_EQUAL(stage_buffers(&stage), 0);
	stage_stop(&stage);
}

static void ask_again(struct buffer *buffer, void *data)
{
	struct heard *heard = data;

	hear(buffer, data);
	heard->next = stage_ask(heard->chain, buffer->width, buffer->height);
}

static void purge_all(struct buffer *buffer, void *data)
{
	struct heard *heard = data;

	hear(buffer, data);
	shm_purge(heard->chain);
}

static void free_chain(struct buffer *buffer, void *data)
{
	struct heard *heard = data;

	hear(buffer, data);
	shm_chain_free(heard->chain);
	heard->chain = NULL;
}

static void give_reference_back(struct buffer *buffer, void *data)
{
	hear(buffer, data);
	shm_unref(buffer);
}

/* On the originals too. */
TEST(who_hears_of_a_release_may_use_the_chain)
{
	struct heard heard;
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = hearing_chain(&stage, &heard, ask_again);
	struct buffer *first = stage_frame(&stage, chain, 64, 48, 1);
	stage_release_oldest(&stage);
	CHECK(heard.next == first);
	stage_show(&stage, first);
	shm_chain_free(chain);
	stage_release_all(&stage);
	CHECK_EQUAL(heard.count, 1);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(who_hears_of_a_release_may_end_the_buffer)
{
	const stage_released ends[] = { purge_all, free_chain, give_reference_back };
	struct heard heard;
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	stage_open_other(&stage);
	for (unsigned i = 0; i < 3; i++) {
		struct buffer_chain *chain = hearing_chain(&stage, &heard, ends[i]);

		stage_frame(&stage, chain, 64, 48, 1);
		stage_frame(&stage, chain, 64, 48, 2);
		stage_release_all(&stage); /* of the second one nothing is heard when the first has ended both */
		CHECK_EQUAL(stage_buffers(&stage), 0);
		CHECK_EQUAL(heard.count, ends[i] == give_reference_back ? 2 : 1);
		shm_chain_free(heard.chain);
	}
	stage_stop(&stage);
}
#endif

/* On the originals too. */
TEST(a_chain_without_callback_hears_of_nothing)
{
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain(&stage, true);
	for (uint32_t frame = 0; frame < 5; frame++)
		stage_frame(&stage, chain, 64, 48, frame);
	shm_chain_free(chain);
	stage_stop(&stage);
}
