/* Buffers for launchers and notifiers: a buffer for each call, used again when it is not busy. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "compositor/compositor.h"
#include "compositor/window.h"
#include "shm.h"
#include "support/runner.h"

/* As fnott's, which is compiled against it. */
TEST(the_struct_has_eight_fields_as_programs_know_it)
{
	CHECK_EQUAL(offsetof(struct buffer, busy), 12);
	CHECK_EQUAL(offsetof(struct buffer, size), 16);
	CHECK_EQUAL(offsetof(struct buffer, pix), 16 + 3 * sizeof(void *));
	CHECK_EQUAL(sizeof(struct buffer), 16 + 4 * sizeof(void *));
}

#define WIDTH 60
#define HEIGHT 40

static struct compositor *compositor;
static struct window window;
static struct wl_shm *shm;

static void start(enum release_policy policy)
{
	compositor = compositor_start(&(struct compositor_options){ .policy = policy, .late_commits = 2 });
	window = window_open(compositor);
	shm = compositor_shm(compositor);
	CHECK(compositor_pump(compositor));
}

static void stop(void)
{
	struct compositor_counts counts;

	shm_fini();
	CHECK(compositor_pump(compositor));
	counts = compositor_counts(compositor);
	CHECK_EQUAL(counts.held_changed, 0);
	CHECK(compositor_protocol_error(compositor) == NULL);
	CHECK(compositor_broken_rule(compositor) == NULL);
	CHECK_EQUAL(counts.pools_live, 0);
	CHECK_EQUAL(counts.buffers_live, 0);
	window_close(&window);
	compositor_stop(compositor);
}

static struct buffer *get(int width, int height)
{
	struct buffer *buffer = shm_get_buffer(shm, width, height);

	CHECK(buffer != NULL && buffer->wl_buf != NULL && buffer->mmapped != NULL);
	CHECK(buffer->busy);
	CHECK_EQUAL(buffer->width, width);
	CHECK_EQUAL(buffer->height, height);
	CHECK(buffer->stride >= 4 * width);
	CHECK_EQUAL(buffer->size, (size_t)buffer->stride * (size_t)height);
	CHECK(pixman_image_get_data(buffer->pix) == buffer->mmapped);
	CHECK_EQUAL(pixman_image_get_width(buffer->pix), width);
	return buffer;
}

static void show(struct buffer *buffer, uint32_t colour)
{
	struct compositor_frame shown;

	for (size_t i = 0; i < buffer->size / 4; i++)
		((uint32_t *)buffer->mmapped)[i] = colour;
	CHECK(window_show(&window, buffer->wl_buf));
	shown = compositor_frame(compositor);
	CHECK_EQUAL(*(const uint32_t *)shown.pixels, colour);
}

TEST(a_released_buffer_is_used_again)
{
	start(RELEASE_AT_ONCE);
	struct buffer *first = get(WIDTH, HEIGHT);

	CHECK_EQUAL(*(uint32_t *)first->mmapped, 0);
	show(first, 7);
	CHECK(compositor_pump(compositor));
	CHECK(!first->busy);
	CHECK(get(WIDTH, HEIGHT) == first);
	show(first, 8);
	stop();
}

TEST(a_busy_buffer_is_not)
{
	start(RELEASE_ON_REPLACE);
	struct buffer *first = get(WIDTH, HEIGHT), *second = get(WIDTH, HEIGHT);

	CHECK(second != first);
	show(first, 1);
	CHECK(first->busy);
	show(second, 2);
	CHECK(compositor_pump(compositor));
	CHECK(!first->busy && second->busy);
	CHECK(get(WIDTH, HEIGHT) == first);
	show(first, 3);
	stop();
}

TEST(a_program_says_that_it_did_not_use_one)
{
	start(RELEASE_AT_ONCE);
	struct buffer *first = get(WIDTH, HEIGHT);

	first->busy = false;
	for (int i = 0; i < 100; i++) {
		CHECK(get(WIDTH, HEIGHT) == first);
		first->busy = false;
	}
	CHECK_EQUAL(compositor_counts(compositor).buffers_live, 0); /* nothing was sent yet */
	CHECK(compositor_pump(compositor));
	CHECK_EQUAL(compositor_counts(compositor).buffers_live, 1);
	stop();
}

/* A program writes false there, and nothing else. */
TEST(a_buffer_that_is_busy_by_hand_is_taken_twice)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		start(RELEASE_AT_ONCE);
		struct buffer *taken = get(WIDTH, HEIGHT);

		show(taken, 1);
		for (int i = 0; i < 5; i++) {
			CHECK(!taken->busy);
			taken->busy = true;
			CHECK(get(WIDTH, HEIGHT) == taken);
			show(taken, 2);
		}
		stop();
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, 1);
	CHECK(strstr(outcome.text, "it was taken twice") != NULL);
}

TEST(sizes_that_are_used_in_turn_keep_their_buffers)
{
	struct buffer *buffers[10];

	start(RELEASE_AT_ONCE);
	for (int i = 0; i < 10; i++) {
		buffers[i] = get(WIDTH + i, HEIGHT);
		show(buffers[i], (uint32_t)i);
	}
	for (int i = 0; i < 100; i++) {
		CHECK(get(WIDTH + i % 10, HEIGHT) == buffers[i % 10]);
		show(buffers[i % 10], (uint32_t)i);
	}
	CHECK(compositor_pump(compositor));
	CHECK_EQUAL(compositor_counts(compositor).buffers_live, 10);
	stop();
}

TEST(sizes_that_nobody_asks_for_go)
{
	start(RELEASE_AT_ONCE);
	for (int i = 0; i < 500; i++)
		show(get(WIDTH + i, HEIGHT), (uint32_t)i);
	CHECK(compositor_pump(compositor));
	CHECK(compositor_counts(compositor).buffers_live < 80);
	/* but what is held stays */
	struct buffer *held = get(9, 9);

	memset(held->mmapped, 0x11, held->size);
	for (int i = 0; i < 500; i++)
		show(get(WIDTH + i, HEIGHT), (uint32_t)i);
	CHECK(held->busy);
	CHECK_EQUAL(*(uint32_t *)held->mmapped, 0x11111111);
	stop();
}

/* Three are needed at a time, and then one for long: nothing is said at the end, because all are known. */
TEST(buffers_that_are_not_needed_are_not_forgotten)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		struct buffer *together[3];

		start(RELEASE_AT_ONCE);
		for (int i = 0; i < 3; i++)
			together[i] = get(WIDTH, HEIGHT);
		for (int i = 0; i < 3; i++)
			together[i]->busy = false;
		for (uint32_t i = 0; i < 60; i++)
			show(get(WIDTH, HEIGHT), i);
		stop();
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, 0);
}

TEST(bad_arguments_give_null)
{
	start(RELEASE_AT_ONCE);
	for (int i = 0; i < 2; i++) {
		errno = 0;
		CHECK(shm_get_buffer(shm, 0, i) == NULL);
		CHECK_EQUAL(errno, EINVAL);
		CHECK(shm_get_buffer(shm, i, -1) == NULL);
		CHECK(shm_get_buffer(NULL, 10, 10) == NULL);
		errno = 0;
		CHECK(shm_get_buffer(shm, 100000, 100000) == NULL);
		CHECK_EQUAL(errno, EOVERFLOW);
	}
	show(get(WIDTH, HEIGHT), 5);
	stop();
}

TEST(after_the_end_there_is_a_beginning)
{
	start(RELEASE_NEVER);
	for (int round = 0; round < 5; round++) {
		show(get(WIDTH, HEIGHT), (uint32_t)round);
		show(get(WIDTH, HEIGHT), (uint32_t)round);
		shm_fini();
		shm_fini();
	}
	stop();
}
