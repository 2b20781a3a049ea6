#include "shm/parity/walk.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "shm/parity/hand.h"

/* Fewer than a compositor may hold before millpond gives the oldest up. */
#define HELD_PER_GROUP 3
#define WIDTH_USUAL 110
#define HEIGHT_USUAL 90
#define HEIGHT_LARGE 1200
#define WIDTH_LARGE 1900
#define LARGE_BYTES (1024 * 1024)

static void set_up_group(struct walk *walk, unsigned index)
{
	bool scrollable = walk_random(walk, 5) != 0;
	size_t pix_instances = 1 + walk_random(walk, 3);

	FOR_EACH_SIDE(walk, side) {
		struct model_group *group = &side->model.groups[index];

		group->cookie = 0x5000 + index;
		group->scrollable = scrollable;
		group->pix_instances = pix_instances;
	}
}

void walk_start(struct walk *walk, struct side *sides, unsigned side_count, unsigned long long seed,
		long max_pool_size_bytes)
{
	memset(walk, 0, sizeof(*walk));
	walk->sides = sides;
	walk->side_count = side_count;
	walk->seed = seed;
	walk->random_state = seed * 2 + 1;
	walk->largest_bytes = (size_t)max_pool_size_bytes / POOL_VIEWS_AMPLE;
	operation_label = (struct operation_label){ .seed = seed };
	for (unsigned i = 0; i < side_count; i++)
		side_start(&sides[i], i == 0 ? library_under_test() : library_original(), max_pool_size_bytes);
	for (unsigned group = 0; group < MODEL_GROUPS; group++)
		set_up_group(walk, group);
}

static void limit_size(const struct walk *walk, int *width, int *height)
{
	while ((size_t)*width * (size_t)*height * sizeof(uint32_t) > walk->largest_bytes)
		*(*width > *height ? width : height) /= 2;
}

static int jittered(struct walk *walk, int length)
{
	int other = length + (int)walk_random(walk, 7) - 3;

	return other > 0 ? other : 1;
}

/* Mostly the size that the group has: so buffers are reused. */
static void choose_size(struct walk *walk, unsigned group)
{
	int *width = &walk->widths[group], *height = &walk->heights[group];
	unsigned kind = walk_random(walk, 100);

	if (*width == 0 || *width > WIDTH_LARGE / 2 || kind < 6) {
		*width = 1 + (int)walk_random(walk, WIDTH_USUAL);
		*height = 1 + (int)walk_random(walk, HEIGHT_USUAL);
	} else if (kind < 22) {
		*width = jittered(walk, *width);
		*height = jittered(walk, *height);
	} else if (kind < 24) {
		*width = walk_one_in(walk, 2) ? 1 : 1 + (int)walk_random(walk, 4 * WIDTH_USUAL);
		*height = walk_one_in(walk, 2) ? 1 : 1 + (int)walk_random(walk, 4 * HEIGHT_USUAL);
	} else if (kind == 24 && walk_one_in(walk, 40)) {
		*width = WIDTH_LARGE - (int)walk_random(walk, 100);
		*height = HEIGHT_LARGE - (int)walk_random(walk, 100);
	}
	limit_size(walk, width, height);
}

static void draw_everything(struct walk *walk, unsigned group, int width, int height)
{
	struct drawing drawing = {
		.width = width, .height = height, .noise = walk_random(walk, UINT_MAX), .image = SIZE_MAX };

	FOR_EACH_SIDE(walk, side)
		side_draw(side, group, &drawing);
}

static bool can_be_copied(const struct side *side, unsigned group_index, const struct model_buffer *last)
{
	const struct model_group *group = &side->model.groups[group_index];
	const struct model_buffer *buffer = group->last;

	for (unsigned i = 0; i < group->count; i++)
		if (group->buffers[i] == last)
			return last != buffer && last->width == buffer->width && last->height == buffer->height &&
			       model_is_readable(&side->model, group, last);
	return false;
}

/* What a program does with an old buffer of the size of the last one: it takes the last one's pixels. */
static void copy_last(struct walk *walk, unsigned group, struct model_buffer *const *lasts)
{
	for (unsigned i = 0; i < walk->side_count; i++)
		if (!can_be_copied(&walk->sides[i], group, lasts[i]))
			return;
	for (unsigned i = 0; i < walk->side_count; i++)
		side_copy_last(&walk->sides[i], group, lasts[i]);
}

static bool sides_differ(const struct walk *walk, unsigned group)
{
	const struct model_buffer *ours = side_in_hand(&walk->sides[0], group);
	const struct model_buffer *theirs = side_in_hand(walk_strictest(walk), group);

	return memcmp(ours->pixels, theirs->pixels, model_size_bytes(ours)) != 0;
}

void walk_get(struct walk *walk, unsigned group, int width, int height)
{
	struct model_buffer *lasts[2];
	struct got got[2];
	bool is_sure = true, is_brought_up_to_date = false;

	for (unsigned i = 0; i < walk->side_count; i++) {
		lasts[i] = walk->sides[i].model.groups[group].last;
		got[i] = side_get(&walk->sides[i], group, width, height);
		is_sure = is_sure && got[i].is_sure;
		is_brought_up_to_date = is_brought_up_to_date || got[i].is_brought_up_to_date;
	}
	if (walk->side_count == 2) {
		/* Both know what they return: then it is the same. Where one may choose, both pictures start anew. */
		AGREE(&walk->sides[0], !is_sure || got[0].is_new == got[1].is_new);
		if (got[0].is_new != got[1].is_new || sides_differ(walk, group)) {
			walk->allowed_differences++;
			AGREE(&walk->sides[0], walk->has_diverged[group] || !is_sure || is_brought_up_to_date);
			walk->has_diverged[group] = true;
			draw_everything(walk, group, width, height);
		}
	}
	if (walk_one_in(walk, 2))
		copy_last(walk, group, lasts);
	/* A new buffer is always drawn: an old one that is all zero, and as old, could not be told from a new one. */
	bool stays_old = walk_one_in(walk, 8);
	FOR_EACH_SIDE(walk, side)
		if (!stays_old || side_in_hand(side, group)->age == AGE_OF_NEW)
			side_finish_drawing(side, group);
}

static unsigned held_of_group(const struct side *side, const struct model_group *group)
{
	unsigned held = 0;

	for (unsigned i = 0; i < side->queue_length; i++)
		held += side->queue[i].group == group;
	return held;
}

static const struct model_buffer *find_idle(const struct model_group *group)
{
	for (unsigned i = 0; i < group->count; i++)
		if (group->buffers[i]->place == IDLE && !group->buffers[i]->is_doomed)
			return group->buffers[i];
	return NULL;
}

static bool has_idle_like(const struct model_group *group, const struct model_buffer *buffer)
{
	for (unsigned i = 0; buffer && i < group->count; i++) {
		const struct model_buffer *other = group->buffers[i];

		if (other->place == IDLE && !other->is_doomed && other->width == buffer->width &&
		    other->height == buffer->height)
			return true;
	}
	return false;
}

/* A large buffer comes back at once: the compositor reads all that it holds again and again. */
static void commit(struct walk *walk, unsigned group)
{
	const struct model_buffer *buffer = side_in_hand(walk_strictest(walk), group);

	FOR_EACH_SIDE(walk, side)
		side_commit(side, group);
	if (model_size_bytes(buffer) < LARGE_BYTES || has_idle_like(&walk_strictest(walk)->model.groups[group], buffer))
		return;
	FOR_EACH_SIDE(walk, side)
		side_release_newest(side);
}

/*
 * With two idle buffers of a size the original goes wrong. So one that is idle already is shown again before another
 * like it is given back.
 */
static void show_idle_like(struct walk *walk, const struct model_group *group, const struct model_buffer *buffer)
{
	unsigned index = (unsigned)(group - walk_strictest(walk)->model.groups);

	if (side_in_hand(walk_strictest(walk), index))
		commit(walk, index);
	walk_get(walk, index, buffer->width, buffer->height);
	commit(walk, index);
}

/* `going`: a group that is about to be purged; it may have as many idle buffers as it likes. */
static void release_for(struct walk *walk, bool newest, const struct model_group *going)
{
	const struct side *side = walk_strictest(walk);

	while (walk_has_original(walk) && side->queue_length > 0) {
		unsigned index = newest ? side->queue_length - 1 : 0;

		if (side->queue[index].group == going ||
		    !has_idle_like(side->queue[index].group, side->queue[index].buffer))
			break;
		show_idle_like(walk, side->queue[index].group, side->queue[index].buffer);
	}
	if (side->queue_length == 0)
		return;
	FOR_EACH_SIDE(walk, each) {
		if (newest)
			side_release_newest(each);
		else
			side_release_oldest(each);
	}
}

static void release(struct walk *walk, bool newest)
{
	release_for(walk, newest, NULL);
}

static void get(struct walk *walk, unsigned group)
{
	const struct model_group *model = &walk_strictest(walk)->model.groups[group];

	while (held_of_group(walk_strictest(walk), model) >= HELD_PER_GROUP) {
		if (walk_has_original(walk) && find_idle(model))
			break;
		release(walk, false);
	}
	choose_size(walk, group);
	walk_get(walk, group, walk->widths[group], walk->heights[group]);
}

static void purge(struct walk *walk, unsigned group)
{
	const struct model_group *going = &walk_strictest(walk)->model.groups[group];

	/* The original may not purge what the compositor holds. */
	while (walk_has_original(walk) && held_of_group(walk_strictest(walk), going) > 0)
		release_for(walk, false, going);
	FOR_EACH_SIDE(walk, side)
		side_purge(side, group);
	walk->has_diverged[group] = false;
	/* Half of the time buffers of the same size and kind are wanted again: they must be new. */
	if (walk_one_in(walk, 2)) {
		set_up_group(walk, group);
		walk->widths[group] = 0;
	}
}

/* Not with the original: there, buffers must not outlive a change. */
static void change_pool_size(struct walk *walk)
{
	const long sizes[] = { 0, 256 * 1024, 1024 * 1024, 4 * 1024 * 1024, 64 * 1024 * 1024, 512 * 1024 * 1024 };

	if (walk_has_original(walk))
		return;
	side_set_max_pool_size(&walk->sides[0], sizes[walk_one_in(walk, 10) ? 0 : 1 + walk_random(walk, 5)]);
}

static void step_without_buffer(struct walk *walk, unsigned group, unsigned kind)
{
	if (kind < 1 && walk_one_in(walk, 2))
		purge(walk, group);
	else if (kind < 2 && walk_one_in(walk, 2))
		change_pool_size(walk);
	else if (kind < 40)
		release(walk, walk_one_in(walk, 3));
	else if (kind < 41)
		while (walk_strictest(walk)->queue_length > 0 && !walk_has_original(walk))
			release(walk, walk_one_in(walk, 2));
	else
		get(walk, group);
}

void walk_step(struct walk *walk)
{
	unsigned group = walk_random(walk, MODEL_GROUPS), kind = walk_random(walk, 100);

	operation_label.number++;
	/* One group rests for long stretches: what is idle for long may go. */
	if (group == 0 && operation_label.number / 4096 % 2)
		group = 1;
	if (!side_in_hand(walk_strictest(walk), group))
		step_without_buffer(walk, group, kind);
	else if (kind < 50)
		walk_scroll(walk, group);
	else if (kind < 72)
		walk_draw(walk, group);
	else if (kind < 74)
		walk_scroll_badly(walk, group);
	else
		commit(walk, group);
	if (operation_label.number % 64 == 0)
		FOR_EACH_SIDE(walk, side)
			side_compare_all(side);
}

void walk_stop(struct walk *walk)
{
	for (unsigned group = 0; group < MODEL_GROUPS; group++)
		if (side_in_hand(walk_strictest(walk), group))
			commit(walk, group);
	while (walk_strictest(walk)->queue_length > 0)
		FOR_EACH_SIDE(walk, side)
			side_release_oldest(side);
	FOR_EACH_SIDE(walk, side) {
		side_compare_all(side);
		side_stop(side);
	}
}
