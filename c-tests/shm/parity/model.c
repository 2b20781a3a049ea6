#include "shm/parity/model.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "shm.h"
#include "support/runner.h"

/*
 * What is idle and does not scroll, or is of an older size, goes after 512 gets of others. From a bit less on, both is
 * right: that it is there, and that it is gone.
 */
#define GETS_UNTIL_IDLE_MAY_GO 500

size_t model_size_bytes(const struct model_buffer *buffer)
{
	return (size_t)buffer->width * (size_t)buffer->height * sizeof(uint32_t);
}

static bool has_size(const struct model_buffer *buffer, int width, int height)
{
	return buffer->width == width && buffer->height == height;
}

static bool may_have_aged_out(const struct model *model, const struct model_group *group,
			      const struct model_buffer *buffer)
{
	const struct model_buffer *last = group->last;
	bool is_kept = group->scrollable && last && has_size(last, buffer->width, buffer->height);

	return !is_kept && model->gets - buffer->touched_at >= GETS_UNTIL_IDLE_MAY_GO;
}

static void forget(struct model_group *group, unsigned index)
{
	struct model_buffer *buffer = group->buffers[index];

	if (group->last == buffer)
		group->last = NULL;
	free(buffer->pixels);
	free(buffer);
	group->count--;
	memmove(&group->buffers[index], &group->buffers[index + 1],
		(group->count - index) * sizeof(group->buffers[0]));
}

void model_begin_get(struct model_group *group)
{
	for (unsigned i = 0; i < group->count;) {
		if (group->buffers[i]->place == IDLE && group->buffers[i]->is_doomed)
			forget(group, i);
		else
			i++;
	}
}

/* The newest pixels first; of equals, the one returned last. */
static bool comes_before(const struct model_buffer *one, const struct model_buffer *other)
{
	return one->age != other->age ? one->age < other->age : one->got_at > other->got_at;
}

struct model_forecast model_forecast_get(const struct model *model, const struct model_group *group, int width,
					 int height, const struct buffer *handle)
{
	struct model_forecast forecast = { .is_first = true };
	const struct model_buffer *first_sure = NULL;

	for (unsigned i = 0; i < group->count; i++) {
		struct model_buffer *buffer = group->buffers[i];

		if (buffer->place != IDLE || !has_size(buffer, width, height))
			continue;
		if (buffer->handle == handle)
			forecast.reused = buffer;
		bool may_have_gone = buffer->is_optional || may_have_aged_out(model, group, buffer);
		forecast.is_open |= may_have_gone;
		if (may_have_gone && !model->is_original)
			continue;
		if (!first_sure || comes_before(buffer, first_sure))
			first_sure = buffer;
	}
	forecast.must_reuse = first_sure != NULL;
	if (forecast.reused && first_sure && forecast.reused != first_sure)
		forecast.is_first = comes_before(forecast.reused, first_sure);
	return forecast;
}

/* What a get does to the buffers of its group that it does not return. */
static void note_passed_over(struct model_buffer *buffer, int width, int height, bool is_new)
{
	if (has_size(buffer, width, height)) {
		if (buffer->place == HELD)
			buffer->age++;
		else
			buffer->is_optional = true;
	} else if (is_new && buffer->place == IDLE) {
		buffer->is_doomed = true;
	} else {
		buffer->is_optional = true;
	}
}

static void make_room(struct model_group *group)
{
	for (unsigned i = 0; group->count == MODEL_BUFFERS_MAX && i < group->count; i++)
		if (group->buffers[i]->place == IDLE && group->buffers[i] != group->last)
			forget(group, i);
	CHECK(group->count < MODEL_BUFFERS_MAX);
}

static struct model_buffer *add(struct model_group *group, int width, int height, struct buffer *handle)
{
	struct model_buffer *buffer = calloc(1, sizeof(*buffer));

	/* A buffer that may have been gone is gone, if another is in its place. */
	for (unsigned i = 0; i < group->count;) {
		if (group->buffers[i]->handle == handle)
			forget(group, i);
		else
			i++;
	}
	make_room(group);
	CHECK(buffer != NULL);
	*buffer = (struct model_buffer){ .handle = handle, .width = width, .height = height, .age = AGE_OF_NEW };
	buffer->pixels = calloc(1, model_size_bytes(buffer));
	CHECK(buffer->pixels != NULL);
	group->buffers[group->count++] = buffer;
	return buffer;
}

struct model_buffer *model_note_get(struct model *model, struct model_group *group, int width, int height,
				    struct model_buffer *reused, struct buffer *handle)
{
	struct model_buffer *buffer = reused ? reused : add(group, width, height, handle);

	for (unsigned i = 0; i < group->count; i++)
		if (group->buffers[i] != buffer)
			note_passed_over(group->buffers[i], width, height, !reused);
	model->gets++;
	buffer->place = IN_HAND;
	buffer->is_optional = false;
	buffer->got_at = ++group->gets;
	buffer->touched_at = model->gets;
	group->last = buffer;
	return buffer;
}

bool model_age_is_right(const struct model *model, const struct model_buffer *buffer, bool was_last, unsigned age)
{
	if (model->is_original || was_last)
		return age == buffer->age;
	/*
	 * Something else has been shown in between: never 1, for which programs replay old scrolls wrongly. 0: the library
	 * has brought it up to date, and so says side_get().
	 */
	return age != 1;
}

bool model_is_readable(const struct model *model, const struct model_group *group, const struct model_buffer *buffer)
{
	if (buffer->place != IDLE)
		return true;
	if (may_have_aged_out(model, group, buffer))
		return false;
	if (buffer == group->last)
		return true;
	/* Of an older size: stays until the next get of its cookie. */
	return buffer->got_at + 1 == group->gets && group->last &&
	       !has_size(group->last, buffer->width, buffer->height);
}

static bool outlives_get(const struct model *model, const struct model_group *group, const struct model_buffer *buffer,
			 const struct model_group *asked)
{
	if (group != asked)
		return model_is_readable(model, group, buffer);
	return buffer->place != IDLE || (buffer == group->last && !may_have_aged_out(model, group, buffer));
}

bool model_owns_handle(const struct model *model, const struct model_group *asked, const struct buffer *handle)
{
	for (unsigned g = 0; g < MODEL_GROUPS; g++) {
		const struct model_group *group = &model->groups[g];

		for (unsigned i = 0; i < group->count; i++)
			if (group->buffers[i]->handle == handle && outlives_get(model, group, group->buffers[i], asked))
				return true;
	}
	return false;
}

void model_note_purge(struct model_group *group)
{
	while (group->count > 0)
		forget(group, group->count - 1);
	group->last = NULL;
}

void model_scroll(struct model_buffer *buffer, const struct scroll_step *step)
{
	size_t row_bytes = (size_t)buffer->width * sizeof(uint32_t);
	int bottom_first = buffer->height - step->bottom_margin - step->bottom_keep_rows;
	uint32_t *scrolled = malloc(model_size_bytes(buffer));

	CHECK(scrolled != NULL);
	for (int row = 0; row < buffer->height; row++) {
		bool is_kept = (row >= step->top_margin && row - step->top_margin < step->top_keep_rows) ||
			       (row >= bottom_first && row - bottom_first < step->bottom_keep_rows);
		int source = is_kept ? row : row + step->rows;
		uint32_t *target = scrolled + (size_t)row * (size_t)buffer->width;

		if (source >= 0 && source < buffer->height)
			memcpy(target, buffer->pixels + (size_t)source * (size_t)buffer->width, row_bytes);
		else
			memset(target, 0, row_bytes);
	}
	free(buffer->pixels);
	buffer->pixels = scrolled;
}

bool model_step_is_legal(int height, const struct scroll_step *step)
{
	long long reach = 0;

	if (step->rows == 0 || step->rows <= -height || step->rows >= height)
		return false;
	if (step->top_margin < 0 || step->top_keep_rows < 0 || step->bottom_margin < 0 || step->bottom_keep_rows < 0)
		return false;
	if (step->top_keep_rows > 0)
		reach += (long long)step->top_margin + step->top_keep_rows;
	if (step->bottom_keep_rows > 0)
		reach += (long long)step->bottom_margin + step->bottom_keep_rows;
	return reach + abs(step->rows) <= height;
}

static bool has_same_place(const struct buffer *one, const struct buffer *other)
{
	return one->mmapped == other->mmapped && one->wl_buf == other->wl_buf && one->pix == other->pix &&
	       one->pix_instances == other->pix_instances && one->fd == other->fd && one->pool == other->pool &&
	       one->real_mmapped == other->real_mmapped && one->mmap_size == other->mmap_size &&
	       one->offset == other->offset;
}

bool model_has_same_fields(const struct buffer *one, const struct buffer *other)
{
	return has_same_place(one, other) && one->cookie == other->cookie && one->width == other->width &&
	       one->height == other->height && one->stride == other->stride && one->size == other->size &&
	       one->busy == other->busy && one->scrollable == other->scrollable && one->purge == other->purge &&
	       one->age == other->age && one->scroll_damage == other->scroll_damage &&
	       one->scroll_damage_count == other->scroll_damage_count && one->dirty.data == other->dirty.data &&
	       memcmp(&one->dirty.extents, &other->dirty.extents, sizeof(one->dirty.extents)) == 0;
}
