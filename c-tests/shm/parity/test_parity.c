/*
 * Does millpond do what a program of the original's may rely on? Every operation is compared with a model in plain
 * arrays, and, where the original is at hand, done to both libraries.
 *
 * MILLPOND_REFERENCE=FOLDER names the folder of libshm_ref.so, the original as a shared object.
 */
#include <stdio.h>
#include <stdlib.h>

#include "shm/parity/walk.h"

#define WALK_OPERATIONS 30000
#define ROUND_OPERATIONS 4000
#define ROUNDS 28U
#define FIRST_ROUND_SEED 0xf001800ULL
#define SMALL_HEIGHT_MAX 7
#define EVERY_ROW_HEIGHT 61

static void walk_alone(unsigned long long seed)
{
	struct side side;
	struct walk walk;

	side_watch_messages();
	printf("# seed 0x%llx, %d operations\n", seed, WALK_OPERATIONS);
	walk_start(&walk, &side, 1, seed, 64 * 1024 * 1024);
	while (operation_label.number < WALK_OPERATIONS)
		walk_step(&walk);
	walk_stop(&walk);
	side_print_counts(library_under_test());
}

TEST(random_operations_agree_with_the_model_1)
{
	walk_alone(0x6d696c6c);
}

TEST(random_operations_agree_with_the_model_2)
{
	walk_alone(0x706f6e64);
}

TEST(random_operations_agree_with_the_model_3)
{
	walk_alone(0x73686d31);
}

TEST(random_operations_agree_with_the_model_4)
{
	walk_alone(0x77617465);
}

static void show_and_get_back(struct walk *walk, unsigned group, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		walk_get(walk, group, 60, 40);
		side_commit(walk->sides, group);
		side_release_newest(walk->sides);
	}
}

/* A window that was not drawn for long, and whose buffer is still on the screen, is closed. With this seed the other group is
 * a window too: beside nothing but overlays, it would be the last window, and not be waited for. */
TEST(a_purged_buffer_waits_for_its_release_however_old)
{
	struct side side;
	struct walk walk;

	side_watch_messages();
	walk_start(&walk, &side, 1, 1, 64 * 1024 * 1024);
	walk_get(&walk, 0, 70, 50);
	side_commit(&side, 0);
	show_and_get_back(&walk, 1, 600);
	side_purge(&side, 0);
	show_and_get_back(&walk, 1, 100);
	/* Fails if the library has destroyed the wl_buffer: then there is nothing to release. */
	side_release_oldest(&side);
	walk_stop(&walk);
}

static void need_original(void)
{
	if (!library_original())
		SKIP("MILLPOND_REFERENCE does not name the original's folder");
}

/* Small pools: the original's view goes round its ring often. Each round is a new life of both libraries. */
TEST(random_operations_agree_with_the_original)
{
	const long pool_sizes[] = { 128 * 1024, 512 * 1024, 2 * 1024 * 1024, 16 * 1024 * 1024 };
	unsigned long allowed_differences = 0;

	need_original();
	side_watch_messages();
	printf("# seeds 0x%llx and following, %u rounds of %d operations each\n", FIRST_ROUND_SEED, ROUNDS,
	       ROUND_OPERATIONS);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct side sides[2];
		struct walk walk;

		walk_start(&walk, sides, 2, FIRST_ROUND_SEED + round, pool_sizes[round % 4]);
		while (operation_label.number < ROUND_OPERATIONS)
			walk_step(&walk);
		walk_stop(&walk);
		allowed_differences += walk.allowed_differences;
	}
	side_print_counts(library_under_test());
	side_print_counts(library_original());
	printf("# %lu times one of the two reused a buffer that the other had let go, as both may\n",
	       allowed_differences);
}

/* One buffer in hand, on one side or on two, for scrolls that follow a scheme. */
struct bench {
	struct side sides[2];
	struct walk walk;
	unsigned long scrolls;
};

static void bench_start(struct bench *bench, bool has_original, int width, int height)
{
	side_watch_messages();
	bench->scrolls = 0;
	walk_start(&bench->walk, bench->sides, has_original ? 2 : 1, 0x62656e63, 2 * 1024 * 1024);
	for (unsigned i = 0; i < bench->walk.side_count; i++)
		bench->sides[i].model.groups[0].scrollable = true;
	walk_get(&bench->walk, 0, width, height);
}

static void bench_stop(struct bench *bench)
{
	walk_stop(&bench->walk);
}

static void bench_scroll(struct bench *bench, const struct scroll_step *step)
{
	int width = side_in_hand(&bench->sides[0], 0)->width, height = side_in_hand(&bench->sides[0], 0)->height;
	struct drawing drawing = { .width = width, .height = height, .image = SIZE_MAX };

	if (!model_step_is_legal(height, step))
		return;
	drawing.noise = (uint32_t)++operation_label.number * 0x9e3779b1U;
	for (unsigned i = 0; i < bench->walk.side_count; i++) {
		side_draw(&bench->sides[i], 0, &drawing);
		side_scroll(&bench->sides[i], 0, step);
		CHECK_EQUAL(bench->sides[i].counts->refused_scrolls, 0);
	}
	bench->scrolls++;
	/* A program dispatches now and then; the original sends two requests with each scroll. */
	if (bench->scrolls % 64 == 0)
		for (unsigned i = 0; i < bench->walk.side_count; i++)
			CHECK(compositor_pump(bench->sides[i].compositor));
}

static void scroll_every_small_way(struct bench *bench, int height)
{
	struct scroll_step step;

	for (step.rows = 1 - height; step.rows < height; step.rows++)
		for (step.top_margin = 0; step.top_margin < height; step.top_margin++)
			for (step.top_keep_rows = 0; step.top_keep_rows < height; step.top_keep_rows++)
				for (step.bottom_margin = 0; step.bottom_margin < height; step.bottom_margin++)
					for (step.bottom_keep_rows = 0; step.bottom_keep_rows < height;
					     step.bottom_keep_rows++)
						bench_scroll(bench, &step);
}

static void scroll_every_number_of_rows(struct bench *bench)
{
	for (int rows = 1; rows < EVERY_ROW_HEIGHT; rows++) {
		int room = EVERY_ROW_HEIGHT - rows;

		for (int turn = 0; turn < 8; turn++) {
			bench_scroll(bench, &(struct scroll_step){ .rows = rows });
			bench_scroll(bench, &(struct scroll_step){ .rows = rows, .top_keep_rows = room / 2,
								   .bottom_keep_rows = room - room / 2 });
		}
		for (int turn = 0; turn < 8; turn++) {
			bench_scroll(bench, &(struct scroll_step){ .rows = -rows });
			bench_scroll(bench, &(struct scroll_step){ .rows = -rows, .top_margin = room / 3,
								   .top_keep_rows = room / 3,
								   .bottom_margin = room / 3 });
		}
	}
}

static void scroll_every_way(bool has_original)
{
	struct bench bench;

	for (int height = 2; height <= SMALL_HEIGHT_MAX; height++) {
		bench_start(&bench, has_original, height % 3 + 1, height);
		scroll_every_small_way(&bench, height);
		bench_stop(&bench);
	}
	bench_start(&bench, has_original, 53, EVERY_ROW_HEIGHT);
	scroll_every_number_of_rows(&bench);
	bench_stop(&bench);
	side_print_counts(library_under_test());
	if (has_original)
		side_print_counts(library_original());
}

TEST(every_scroll_of_small_buffers_agrees_with_the_model)
{
	scroll_every_way(false);
}

TEST(every_scroll_of_small_buffers_agrees_with_the_original)
{
	need_original();
	scroll_every_way(true);
}
