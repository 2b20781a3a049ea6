/* Random calls in random order: what the program has references to keeps its pixels, and nothing is left at the end. */
#include <stdlib.h>

#include "chain/stage.h"
#include "support/runner.h"

#define CHAINS 3
#define KEPT_MAX 12
#define STEPS 3000

struct kept {
	struct buffer *buffer;
	uint32_t colour;
	unsigned references;
};

struct walk {
	struct stage stage;
	struct buffer_chain *chains[CHAINS];
	struct kept kept[KEPT_MAX];
	unsigned kept_count;
	uint32_t colour;
};

static unsigned below(unsigned limit)
{
	return (unsigned)rand() % limit;
}

static struct kept *find_kept(struct walk *walk, const struct buffer *buffer)
{
	for (unsigned i = 0; i < walk->kept_count; i++)
		if (walk->kept[i].buffer == buffer)
			return &walk->kept[i];
	return NULL;
}

static void check_kept(const struct walk *walk)
{
	for (unsigned i = 0; i < walk->kept_count; i++)
		CHECK(walk->kept[i].buffer->wl_buf != NULL && is_all(walk->kept[i].buffer, walk->kept[i].colour));
}

static void keep(struct walk *walk, struct buffer *buffer)
{
	struct kept *kept = find_kept(walk, buffer);

	if (kept == NULL && walk->kept_count < KEPT_MAX) {
		kept = &walk->kept[walk->kept_count++];
		*kept = (struct kept){ .buffer = buffer };
	}
	if (kept == NULL)
		return;
	kept->colour = pixel_row(buffer, 0)[0];
	kept->references++;
	shm_addref(buffer);
}

static void let_go(struct walk *walk)
{
	if (walk->kept_count == 0)
		return;
	struct kept *kept = &walk->kept[below(walk->kept_count)];
	struct buffer *buffer = kept->buffer;
	if (--kept->references == 0)
		*kept = walk->kept[--walk->kept_count];
	shm_unref(buffer);
}

/* Some of the sizes are large enough to have a memory file, some share one. */
static struct buffer *get(struct walk *walk)
{
	static const int sizes[][2] = { { 20, 10 }, { 20, 10 }, { 64, 48 }, { 33, 7 }, { 120, 200 } };
	const int *size = sizes[below(8) < 6 ? 0 : below(5)];

	return stage_get(walk->chains[below(CHAINS)], size[0], size[1]);
}

static void show_frame(struct walk *walk)
{
	struct buffer *buffer = get(walk);
	struct kept *kept = find_kept(walk, buffer);

	if (below(4) == 0 && shm_can_scroll(buffer))
		CHECK(shm_scroll(buffer, 3, 0, 0, 0, 0));
	fill(buffer, ++walk->colour);
	if (below(2) == 0)
		pixman_region32_union_rect(drawn_region(buffer), drawn_region(buffer), 0, 0, (unsigned)buffer->width,
					   (unsigned)buffer->height);
	stage_show(&walk->stage, buffer);
	if (kept != NULL)
		kept->colour = walk->colour;
	if (below(4) == 0)
		keep(walk, buffer);
}

static void give_back_unused(struct walk *walk)
{
#if HAS_UNUSED
	struct buffer *buffer = get(walk);
	struct kept *kept = find_kept(walk, buffer);

	if (kept != NULL) /* it may have been brought up to date */
		kept->colour = pixel_row(buffer, 0)[0];
	shm_did_not_use_buf(buffer);
#else
	(void)walk;
#endif
}

static void show_labels(struct walk *walk)
{
	int widths[] = { 20, 0, 7, 90 }, heights[] = { 10, 5, 7, 90 };
	struct buffer *labels[4];

	stage_ask_many(walk->chains[below(CHAINS)], 4, widths, heights, labels);
	for (int i = 0; i < 4; i++) {
		CHECK((labels[i] == NULL) == (i == 1));
		if (labels[i] == NULL)
			continue;
		CHECK(is_all(labels[i], 0));
		fill(labels[i], ++walk->colour);
		if (below(8) == 0)
			keep(walk, labels[i]);
		stage_show(&walk->stage, labels[i]);
	}
}

static void make_chain(struct walk *walk, unsigned index)
{
	walk->chains[index] = stage_chain(&walk->stage, index > 0);
}

static void end_chain(struct walk *walk)
{
	unsigned index = below(CHAINS);

	if (below(2) == 0) {
		shm_purge(walk->chains[index]);
		return;
	}
	shm_chain_free(walk->chains[index]);
	make_chain(walk, index);
}

static void release(struct walk *walk)
{
	switch (below(5)) {
	case 0:
		compositor_release_all(walk->stage.compositor);
		break;
	case 1:
		compositor_release_newest(walk->stage.compositor);
		break;
	default:
		compositor_release_oldest(walk->stage.compositor);
	}
	CHECK(compositor_pump(walk->stage.compositor));
}

static void step(struct walk *walk)
{
	unsigned choice = below(100);

	if (choice < 40)
		show_frame(walk);
	else if (choice < 75)
		release(walk);
	else if (choice < 85)
		let_go(walk);
	else if (choice < 90)
		give_back_unused(walk);
	else if (choice < 95)
		show_labels(walk);
	else if (choice < 99)
		end_chain(walk);
	else if (below(10) == 0) {
		walk->kept_count = 0;
		shm_fini();
	}
	if (compositor_counts(walk->stage.compositor).held > 40) /* or the oldest are given up */
		CHECK(compositor_release_all(walk->stage.compositor) && compositor_pump(walk->stage.compositor));
}

OWN_TEST(references_hold_and_nothing_is_left_whatever_is_called)
{
	runner_set_limit(120);
	for (unsigned seed = 0; seed < 5; seed++) {
		struct walk walk = { .kept_count = 0 };

		srand(seed);
		stage_start(&walk.stage, RELEASE_BY_HAND);
		for (unsigned i = 0; i < CHAINS; i++)
			make_chain(&walk, i);
		for (unsigned i = 0; i < STEPS; i++) {
			step(&walk);
			check_kept(&walk);
		}
		for (unsigned i = 0; i < CHAINS; i++)
			shm_chain_free(walk.chains[i]);
		compositor_release_all(walk.stage.compositor);
		CHECK(compositor_pump(walk.stage.compositor));
		check_kept(&walk);
		CHECK_EQUAL(stage_buffers(&walk.stage) >= walk.kept_count, 1);
		while (walk.kept_count > 0)
			let_go(&walk);
		CHECK_EQUAL(stage_buffers(&walk.stage), 0);
		CHECK_EQUAL(compositor_counts(walk.stage.compositor).pools_live, 0);
		stage_stop(&walk.stage);
	}
}
