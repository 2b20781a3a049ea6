/* Where something runs out: a compositor that releases nothing, a process without descriptors. The originals know no limit. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "chain/stage.h"
#include "support/runner.h"

/* On the originals too. */
TEST(a_chain_belongs_to_its_display)
{
	struct stage stages[2];
	struct buffer_chain *chains[2];

	for (int i = 0; i < 2; i++) {
		stage_start(&stages[i], RELEASE_ON_REPLACE);
		chains[i] = stage_chain(&stages[i], true);
	}
	for (uint32_t frame = 0; frame < 20; frame++)
		for (int i = 0; i < 2; i++) {
			struct buffer *buffer = stage_frame(&stages[i], chains[i], 64, 48, frame * 2 + (uint32_t)i);

			CHECK_EQUAL(compositor_frame(stages[i].compositor).pixels[0], pixel_row(buffer, 0)[0]);
			CHECK(stage_buffers(&stages[i]) <= 2);
		}
	for (int i = 0; i < 2; i++) {
		stage_release_all(&stages[i]);
		shm_chain_free(chains[i]);
		CHECK_EQUAL(stage_buffers(&stages[i]), 0);
	}
	for (int i = 0; i < 2; i++)
		stage_stop(&stages[i]);
}

OWN_TEST(a_compositor_that_releases_nothing_costs_a_bounded_number_of_buffers)
{
	struct runner_outcome outcome;

	runner_set_limit(120);
	IN_CHILD(&outcome, 100) {
		struct stage stage;
		unsigned descriptors = 0;

		stage_start(&stage, RELEASE_NEVER);
		struct buffer_chain *chain = stage_chain(&stage, true);
		for (uint32_t frame = 0; frame < 3000; frame++) {
			stage_frame(&stage, chain, 16, 16, frame);
			if (frame == 200)
				descriptors = runner_count_resources().descriptors;
		}
		CHECK(runner_count_resources().descriptors <= descriptors + 8);
		CHECK(stage_buffers(&stage) <= 128);
		shm_chain_free(chain);
		stage_stop(&stage);
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, 2); /* that many are held, and that they are given up */
	CHECK(strstr(outcome.text, "SHM_MAX_HELD=32") != NULL);
	CHECK(strstr(outcome.text, "were not released") != NULL);
}

/* What the program has a reference to is not given up. On the originals too, which give nothing up. */
TEST(referenced_buffers_stay_whatever_the_compositor_does)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 60) {
		struct stage stage;

		stage_start(&stage, RELEASE_NEVER);
		struct buffer_chain *chain = stage_chain(&stage, true);
		struct buffer *kept = stage_frame(&stage, chain, 16, 16, 12345);

		shm_addref(kept);
		for (uint32_t frame = 0; frame < 500; frame++)
			stage_frame(&stage, chain, 16, 16, frame);
		CHECK(kept->wl_buf != NULL && is_all(kept, 12345));
		shm_unref(kept);
		shm_chain_free(chain);
		stage_stop(&stage);
	}
	CHECK_CHILD_WELL(&outcome);
}

static void exhaust_descriptors(void)
{
	struct rlimit limit;

	/* The hard limit stays: valgrind refuses another one. */
	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = 64;
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
		continue;
	CHECK_EQUAL(errno, EMFILE);
}

OWN_TEST(without_descriptors_the_program_is_aborted_after_one_line)
{
	int width = 20, height = 10;
	struct buffer *many;
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain(&stage, true);
	EXPECT_ABORT("shm_get_buffer: no buffer of 64x48 pixels to be had") {
		exhaust_descriptors();
		stage_ask(chain, 64, 48);
	}
	EXPECT_ABORT("shm_get_many: no buffer of 20x10 pixels to be had") {
		exhaust_descriptors();
		stage_ask_many(chain, 1, &width, &height, &many);
	}
	stage_show(&stage, stage_get(chain, 64, 48));
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* More than most processes may have open descriptors. On the originals too. */
TEST(thousands_of_labels_are_all_of_use)
{
	enum { LABELS = 3000 };
	static int widths[LABELS], heights[LABELS];
	static struct buffer *labels[LABELS];
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = stage_chain(&stage, false);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < LABELS; i++) {
			widths[i] = 1 + (i + round) % 40;
			heights[i] = 8;
		}
		stage_ask_many(chain, LABELS, widths, heights, labels);
		for (int i = 0; i < LABELS; i++) {
			CHECK(labels[i] != NULL && labels[i]->wl_buf != NULL && is_all(labels[i], 0));
			fill(labels[i], (uint32_t)i);
		}
		for (int i = 0; i < LABELS; i++)
			CHECK(is_all(labels[i], (uint32_t)i));
		CHECK(compositor_pump(stage.compositor)); /* or the socket is full */
		for (int i = 0; i < LABELS; i++) {
			window_commit(&stage.window, labels[i]->wl_buf);
			if (i % 100 == 0)
				CHECK(compositor_pump(stage.compositor));
		}
		CHECK(compositor_pump(stage.compositor));
		stage_release_all(&stage);
		CHECK_EQUAL(stage_buffers(&stage), 0);
	}
	shm_chain_free(chain);
	stage_stop(&stage);
}
