/* shm_scroll(): where rows go, against a model that moves them. */
#include <stdlib.h>
#include <string.h>

#include "chain/stage.h"
#include "support/runner.h"

#define WIDTH 96
#define HEIGHT 80

/* As in foot: fewer than half of the rows are moved or kept. Margins are not kept. */
struct step {
	int rows, top_margin, top_keep, bottom_margin, bottom_keep;
};

static int below(int limit)
{
	return limit <= 0 ? 0 : rand() % limit;
}

static struct step random_step(bool keeps)
{
	struct step step = { .rows = 1 + below(HEIGHT / 4) };

	if (keeps) {
		step.top_margin = below(4);
		step.bottom_margin = below(4);
		step.top_keep = below(HEIGHT / 8);
		step.bottom_keep = below(HEIGHT / 8);
	}
	if (below(2) == 0)
		step.rows = -step.rows;
	return step;
}

static void move_numbers(uint32_t *rows, int to, int from, int count)
{
	uint32_t before[HEIGHT];

	memcpy(before, rows, sizeof(before));
	for (int i = 0; i < count; i++)
		rows[to + i] = before[from + i];
}

/* Does to the numbers of rows what a scroll does to rows; 0 is an exposed one. */
static void scroll_numbers(uint32_t *rows, const struct step *step)
{
	int distance = abs(step->rows), left = HEIGHT - distance;
	int top = step->top_margin, bottom = HEIGHT - step->bottom_margin - step->bottom_keep;

	if (step->rows > 0) {
		move_numbers(rows, top + distance, top, step->top_keep);
		move_numbers(rows, 0, distance, left);
		for (int y = left; y < HEIGHT; y++)
			rows[y] = 0;
		move_numbers(rows, bottom, bottom - distance, step->bottom_keep);
	} else {
		move_numbers(rows, bottom - distance, bottom, step->bottom_keep);
		move_numbers(rows, distance, 0, left);
		for (int y = 0; y < distance; y++)
			rows[y] = 0;
		move_numbers(rows, top, top + distance, step->top_keep);
	}
}

static void number_rows(const struct buffer *buffer, uint32_t *rows, uint32_t *next)
{
	for (int y = 0; y < HEIGHT; y++) {
		rows[y] = ++*next;
		for (int x = 0; x < WIDTH; x++)
			pixel_row(buffer, y)[x] = rows[y] << 8 | (uint32_t)x;
	}
}

static void check_row(const struct buffer *buffer, int y, uint32_t number)
{
	for (int x = 0; x < WIDTH; x++)
		CHECK_EQUAL(pixel_row(buffer, y)[x], number == 0 ? 0 : number << 8 | (uint32_t)x);
}

static void scroll(struct buffer *buffer, const struct step *step, uint32_t *next)
{
	uint32_t rows[HEIGHT];

	number_rows(buffer, rows, next);
	CHECK(shm_can_scroll(buffer));
	CHECK(shm_scroll(buffer, step->rows, step->top_margin, step->top_keep, step->bottom_margin, step->bottom_keep));
	scroll_numbers(rows, step);
	for (int y = 0; y < HEIGHT; y++)
		check_row(buffer, y, rows[y]);
	for (size_t i = 0; i < buffer->pix_instances; i++) {
		CHECK((void *)pixman_image_get_data(buffer->pix[i]) == buffer->data);
		CHECK_EQUAL(pixman_image_get_stride(buffer->pix[i]), buffer->stride);
	}
}

static void scroll_frames(bool keeps, off_t pool_bytes)
{
	uint32_t next = 0;
	struct stage stage;

	stage_start(&stage, RELEASE_ON_REPLACE);
	shm_set_max_pool_size(pool_bytes);
	struct buffer_chain *chain = stage_chain_of(&stage, true, 3);
	for (int frame = 0; frame < 60; frame++) {
		struct buffer *buffer = stage_get(chain, WIDTH, HEIGHT);

		for (int i = 0; i < 6; i++) {
			struct step step = random_step(keeps);

			scroll(buffer, &step, &next);
		}
		number_rows(buffer, (uint32_t[HEIGHT]){ 0 }, &next);
		stage_show(&stage, buffer);
		struct compositor_frame shown = compositor_frame(stage.compositor);
		for (int y = 0; y < HEIGHT; y++)
			CHECK(memcmp((const char *)shown.pixels + y * shown.stride_bytes, pixel_row(buffer, y), WIDTH * 4) == 0);
	}
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(rows_move_both_ways_and_exposed_ones_are_zero)
{
	scroll_frames(false, 512 << 20);
}

/* On the originals too. */
TEST(kept_rows_stay)
{
	scroll_frames(true, 512 << 20);
}

/* On the originals too. */
TEST(rows_move_on_where_the_memory_ends)
{
	scroll_frames(true, 1 << 18);
}

/* On the originals too. */
TEST(what_is_not_scrollable_is_not_scrolled)
{
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain(&stage, false);
	struct buffer *buffer = stage_get(chain, WIDTH, HEIGHT);

	fill(buffer, 5);
	CHECK(!shm_can_scroll(buffer));
	CHECK(!shm_scroll(buffer, 3, 0, 0, 0, 0));
	CHECK(is_all(buffer, 5));
	stage_show(&stage, buffer);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(without_memory_for_it_nothing_is_scrolled)
{
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	shm_set_max_pool_size(0);
	struct buffer_chain *chain = stage_chain(&stage, true);
	struct buffer *buffer = stage_get(chain, WIDTH, HEIGHT);

	fill(buffer, 5);
	CHECK(!shm_can_scroll(buffer));
	CHECK(!shm_scroll(buffer, 3, 0, 0, 0, 0));
	CHECK(is_all(buffer, 5));
	stage_show(&stage, buffer);
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* The originals take any size, and write beyond the memory (D2 to D5). */
OWN_TEST(any_size_may_be_set_at_any_time)
{
	const off_t sizes[] = { 512 << 20, 0, WIDTH * 4 * HEIGHT - 1, 1, INT32_MAX, INT64_MAX, WIDTH * 4 * HEIGHT * 3, 1 << 20 };
	struct stage stage;
	uint32_t next = 0;

	stage_start(&stage, RELEASE_ON_REPLACE);
	struct buffer_chain *chain = stage_chain(&stage, true);
	for (unsigned frame = 0; frame < 64; frame++) {
		struct buffer *buffer = stage_get(chain, WIDTH, HEIGHT);

		shm_set_max_pool_size(sizes[frame % 8]);
		for (int i = 0; i < 10 && shm_can_scroll(buffer); i++) {
			struct step step = random_step(true);

			scroll(buffer, &step, &next);
		}
		stage_show(&stage, buffer);
		if (frame % 5 == 0)
			shm_purge(chain);
	}
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(a_referenced_buffer_is_scrolled)
{
	struct stage stage;
	uint32_t next = 0;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain(&stage, true);
	struct buffer *buffer = stage_get(chain, WIDTH, HEIGHT);

	shm_addref(buffer);
	scroll(buffer, &(struct step){ .rows = 7 }, &next);
	stage_show(&stage, buffer);
	CHECK(stage_get(chain, WIDTH, HEIGHT) == buffer);
	scroll(buffer, &(struct step){ .rows = -7 }, &next);
	stage_show(&stage, buffer);
	shm_unref(buffer);
	shm_chain_free(chain);
	stage_stop(&stage);
}
