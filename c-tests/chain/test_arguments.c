/* Arguments that make no sense: one line each on stderr, errno, and nothing done. The originals do not look at them. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "chain/stage.h"
#include "support/runner.h"

#ifndef ON_THE_ORIGINALS

/* `call` must say one line, with `words` in it, and set errno. */
#define CHECK_REFUSED(errno_, words, call)                                    \
	do {                                                                  \
		struct runner_outcome outcome_;                               \
		IN_CHILD(&outcome_, 20) {                                     \
			errno = 0;                                            \
			call;                                                 \
			CHECK_EQUAL(errno, (errno_));                         \
		}                                                             \
		CHECK_CHILD_WELL(&outcome_);                                  \
		CHECK_EQUAL(outcome_.lines, 1);                               \
		CHECK(strstr(outcome_.text, (words)) != NULL);                 \
	} while (0)

static struct buffer_chain *freed_chain(struct stage *stage)
{
	struct buffer_chain *chain = stage_chain(stage, true);

	shm_chain_free(chain);
	return chain;
}

TEST(what_is_no_chain_is_refused)
{
	int side = 10;
	struct buffer *many = NULL;
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *freed = freed_chain(&stage);
	CHECK_REFUSED(EINVAL, "shm_get_buffer: chain", CHECK(stage_ask(NULL, 10, 10) == NULL));
	CHECK_REFUSED(EINVAL, "shm_get_buffer: chain", CHECK(stage_ask(freed, 10, 10) == NULL));
	CHECK_REFUSED(EINVAL, "shm_get_buffer: chain", CHECK(stage_ask((struct buffer_chain *)&stage, 10, 10) == NULL));
	CHECK_REFUSED(EINVAL, "shm_get_many: chain", (many = (struct buffer *)&stage, stage_ask_many(freed, 1, &side, &side, &many),
						      CHECK(many == NULL)));
	CHECK_REFUSED(EINVAL, "shm_purge: chain", shm_purge(NULL));
	CHECK_REFUSED(EINVAL, "shm_purge: chain", shm_purge(freed));
	CHECK_REFUSED(EINVAL, "shm_chain_free: chain", shm_chain_free(freed));
	CHECK_REFUSED(EINVAL, "shm_chain_bit_depth: chain", CHECK_EQUAL(millpond_chain_bits_per_color(freed), 8));
	stage_stop(&stage);
}

TEST(what_is_no_buffer_is_refused)
{
	struct stage stage;
	struct buffer foreign;

	memset(&foreign, 0xa5, sizeof(foreign));
	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain(&stage, true);
	struct buffer *gone = stage_frame(&stage, chain, 60, 40, 1);
	shm_purge(chain);
	struct buffer *const none[] = { NULL, &foreign, gone };
	for (unsigned i = 0; i < 3; i++) {
		CHECK(!shm_can_scroll(none[i]));
		CHECK_REFUSED(EINVAL, "shm_scroll: buf", CHECK(!shm_scroll(none[i], 1, 0, 0, 0, 0)));
		CHECK_REFUSED(EINVAL, "shm_addref: buf", shm_addref(none[i]));
		if (none[i] != NULL)
			CHECK_REFUSED(EINVAL, "shm_unref: buf", shm_unref(none[i]));
#if HAS_UNUSED
		CHECK_REFUSED(EINVAL, "shm_did_not_use_buf: buf", shm_did_not_use_buf(none[i]));
#endif
	}
	shm_chain_free(chain);
	stage_stop(&stage);
}

TEST(sizes_that_no_buffer_has_are_refused)
{
	const struct {
		int width, height, errno_;
	} cases[] = {
		{ 0, 10, EINVAL }, { 10, 0, EINVAL }, { -1, 10, EINVAL }, { 10, -1, EINVAL }, { INT_MIN, INT_MIN, EINVAL },
		{ INT_MAX, INT_MAX, EOVERFLOW }, { 30000, 20000, EOVERFLOW }, { 1, INT_MAX, EOVERFLOW }, { INT_MAX, 1, EOVERFLOW },
	};
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain(&stage, true);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int width = cases[i].width, height = cases[i].height;
		struct buffer *many;

		CHECK_REFUSED(cases[i].errno_, "shm_get_buffer: ", CHECK(stage_ask(chain, width, height) == NULL));
		if (width != 0 && height != 0)
			CHECK_REFUSED(cases[i].errno_, "shm_get_many: ",
				      (stage_ask_many(chain, 1, &width, &height, &many), CHECK(many == NULL)));
	}
	CHECK_EQUAL(stage_buffers(&stage), 0);
	stage_show(&stage, stage_get(chain, 10, 10)); /* the chain is as good as before */
	shm_chain_free(chain);
	stage_stop(&stage);
}

TEST(one_bad_entry_of_many_leaves_the_others_alone)
{
	int widths[] = { 30, -5, 20, INT_MAX, 10 }, heights[] = { 10, 10, 20, INT_MAX, 0 };
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		struct buffer *buffers[5];
		struct stage stage;

		stage_start(&stage, RELEASE_AT_ONCE);
		struct buffer_chain *chain = stage_chain(&stage, false);
		stage_ask_many(chain, 5, widths, heights, buffers);
		CHECK(buffers[0] != NULL && buffers[2] != NULL);
		CHECK(buffers[1] == NULL && buffers[3] == NULL && buffers[4] == NULL);
		stage_show(&stage, buffers[0]);
		stage_show(&stage, buffers[2]);
		shm_chain_free(chain);
		stage_stop(&stage);
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, 2);
}

TEST(scrolls_that_make_no_sense_are_refused)
{
	const int cases[][5] = {
		{ 0, 0, 0, 0, 0 }, { 40, 0, 0, 0, 0 }, { -40, 0, 0, 0, 0 }, { INT_MIN, 0, 0, 0, 0 }, { INT_MAX, 0, 0, 0, 0 },
		{ 1, -1, 0, 0, 0 }, { 1, 0, INT_MIN, 0, 0 }, { 1, 0, 0, -3, 0 }, { 1, 0, 0, 0, -3 },
		{ 10, 0, 31, 0, 0 }, { 10, 0, 0, 0, 31 }, { 1, 0, 0, INT_MAX, INT_MAX },
	};
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = stage_chain(&stage, true);
	struct buffer *buffer = stage_get(chain, 60, 40);
	fill(buffer, 7);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const int *step = cases[i];

		CHECK_REFUSED(EINVAL, "shm_scroll: ", CHECK(!shm_scroll(buffer, step[0], step[1], step[2], step[3], step[4])));
	}
	CHECK(is_all(buffer, 7));
	stage_show(&stage, buffer);
	stage_release_all(&stage);
	CHECK_REFUSED(EINVAL, "shm_scroll: buf was released", CHECK(!shm_scroll(buffer, 1, 0, 0, 0, 0)));
	shm_chain_free(chain);
	stage_stop(&stage);
}

static struct millpond_chain_request good_request(void)
{
	return (struct millpond_chain_request){
		.bytes = sizeof(struct millpond_chain_request), .foot_version = FOOT, .buffer_bytes = sizeof(struct buffer),
		.scrollable = true, .pix_instances = 1,
		.format_with_alpha = WL_SHM_FORMAT_ARGB8888, .format_without_alpha = WL_SHM_FORMAT_XRGB8888,
	};
}

TEST(a_chain_of_what_is_not_known_is_refused)
{
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct millpond_chain_request good = good_request(), bad[8];
	for (unsigned i = 0; i < 8; i++)
		bad[i] = good;
	bad[0].buffer_bytes += 8;          /* another program's struct buffer */
	bad[1].foot_version = 10801;
	bad[2].foot_version = 12900;
	bad[3].foot_version = FOOT < 11400 ? 11400 : 11301;
	bad[4].bytes -= 1;
	bad[5].pix_instances = 65537;
	bad[6].format_with_alpha = 12345;
	bad[7].format_without_alpha = 12345;
	for (unsigned i = 0; i < 8; i++)
		CHECK_REFUSED(EINVAL, "shm_chain_new: ", CHECK(millpond_chain_new(stage.shm, &bad[i]) == NULL));
	CHECK_REFUSED(EINVAL, "shm_chain_new: request is NULL", CHECK(millpond_chain_new(stage.shm, NULL) == NULL));
	CHECK_REFUSED(EINVAL, "shm_chain_new: shm is NULL", CHECK(millpond_chain_new(NULL, &good) == NULL));
	good.bytes += 64; /* a later header knows more */
	struct {
		struct millpond_chain_request request;
		char more[64];
	} longer = { .request = good };
	struct buffer_chain *chain = millpond_chain_new(stage.shm, &longer.request);
	CHECK(chain != NULL);
	stage_show(&stage, stage_get(chain, 10, 10));
	shm_chain_free(chain);
	stage_stop(&stage);
}

TEST(a_negative_pool_size_counts_as_none)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		struct stage stage;

		stage_start(&stage, RELEASE_AT_ONCE);
		shm_set_max_pool_size(-1);
		struct buffer_chain *chain = stage_chain(&stage, true);
		struct buffer *buffer = stage_get(chain, 60, 40);
		CHECK(!shm_can_scroll(buffer));
		stage_show(&stage, buffer);
		shm_chain_free(chain);
		stage_stop(&stage);
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, 1);
}

/* Releases that come twice, or for nothing, are passed over. The originals abort (D13). */
TEST(a_second_release_is_passed_over)
{
	struct stage stage;

	stage_start(&stage, RELEASE_TWICE);
	struct buffer_chain *chain = stage_chain(&stage, true);
	for (uint32_t frame = 0; frame < 30; frame++)
		stage_frame(&stage, chain, 60, 40, frame);
	shm_chain_free(chain);
	stage_stop(&stage);
}
#endif
