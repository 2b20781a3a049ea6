/* Pixels that scroll; buffers that go to the compositor and come back. */
#include "shm/parity/side.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool try_scroll(struct side *side, const struct model_buffer *buffer, const struct scroll_step *step)
{
	return side->library->scroll(compositor_shm(side->compositor), buffer->handle, step->rows, step->top_margin,
				     step->top_keep_rows, step->bottom_margin, step->bottom_keep_rows);
}

/* A step that is refused leaves every field and pixel as it was. */
static bool try_scroll_and_compare(struct side *side, unsigned group, const struct scroll_step *step)
{
	struct model_buffer *buffer = side_in_hand(side, group);
	pixman_image_t *first_image = buffer->handle->pix[0];
	struct buffer before;

	before = *buffer->handle;
	if (try_scroll(side, buffer, step))
		return true;
	AGREE(side, model_has_same_fields(&before, buffer->handle));
	AGREE(side, buffer->handle->pix[0] == first_image);
	side_compare_in_hand(side, group);
	return false;
}

void side_scroll(struct side *side, unsigned group, const struct scroll_step *step)
{
	struct model_buffer *buffer = side_in_hand(side, group);
	bool can_scroll = side->library->can_scroll(buffer->handle);

	if (side->max_pool_size_bytes == 0 || !side->model.groups[group].scrollable)
		AGREE(side, !can_scroll);
	else if (buffer->surely_scrolls)
		AGREE(side, can_scroll);
	if (can_scroll) {
		AGREE(side, try_scroll(side, buffer, step));
		model_scroll(buffer, step);
		side->counts->scrolls++;
	} else {
		AGREE(side, !try_scroll_and_compare(side, group, step));
		model_scroll(buffer, step);
		memcpy(buffer->handle->mmapped, buffer->pixels, buffer->handle->size);
		side->counts->refused_scrolls++;
	}
	side_compare_in_hand(side, group);
}

static unsigned long messages;
static bool expects_message;

static void on_message(int level, const char *message, void *user)
{
	(void)user;
	if (level > SHM_LOG_WARNING)
		return;
	messages++;
	if (!expects_message) {
		printf("# seed 0x%llx, operation %lu: millpond says: %s\n", operation_label.seed,
		       operation_label.number, message);
		CHECK(!"millpond has nothing to say");
	}
}

void side_watch_messages(void)
{
	shm_set_log_handler(on_message, NULL);
}

void side_scroll_badly(struct side *side, unsigned group, const struct scroll_step *step)
{
	bool can_scroll = side->library->can_scroll(side_in_hand(side, group)->handle);

	messages = 0;
	expects_message = true;
	errno = 0;
	AGREE(side, !try_scroll_and_compare(side, group, step));
	AGREE(side, errno == EINVAL || !can_scroll);
	AGREE(side, messages == 1 || !can_scroll);
	expects_message = false;
	side->counts->bad_scrolls++;
}

/* What the compositor has read is what the model says was drawn. */
static void compare_frame(struct side *side, const struct model_buffer *buffer)
{
	struct compositor_frame frame = compositor_frame(side->compositor);

	AGREE(side, frame.pixels != NULL);
	AGREE(side, frame.width == buffer->width && frame.height == buffer->height);
	for (int row = 0; row < frame.height; row++) {
		const char *shown = (const char *)frame.pixels + (size_t)row * (size_t)frame.stride_bytes;
		const uint32_t *drawn = buffer->pixels + (size_t)row * (size_t)buffer->width;

		AGREE(side, memcmp(shown, drawn, (size_t)buffer->width * sizeof(*drawn)) == 0);
	}
}

void side_commit(struct side *side, unsigned group)
{
	struct model_buffer *buffer = side_in_hand(side, group);
	struct wl_surface *surface = side->surfaces[group];

	CHECK(side->queue_length < SIDE_QUEUE_MAX);
	wl_surface_attach(surface, buffer->handle->wl_buf, 0, 0);
	wl_surface_damage(surface, 0, 0, buffer->width, buffer->height);
	wl_surface_commit(surface);
	AGREE(side, compositor_pump(side->compositor));
	compare_frame(side, buffer);
	side_compare_in_hand(side, group);
	buffer->place = HELD;
	side->queue[side->queue_length].group = &side->model.groups[group];
	side->queue[side->queue_length++].buffer = buffer;
	AGREE(side, compositor_counts(side->compositor).held == side->queue_length);
	side->counts->commits++;
}

static void note_release(struct side *side, unsigned index)
{
	struct model_buffer *buffer = side->queue[index].buffer;
	const struct model_group *group = side->queue[index].group;

	side->queue_length--;
	memmove(&side->queue[index], &side->queue[index + 1],
		(side->queue_length - index) * sizeof(side->queue[0]));
	AGREE(side, compositor_pump(side->compositor));
	AGREE(side, compositor_counts(side->compositor).held == side->queue_length);
	side->counts->releases++;
	if (!buffer)
		return;
	CHECK(buffer->place == HELD);
	buffer->place = IDLE;
	if (model_is_readable(&side->model, group, buffer))
		AGREE(side, !buffer->handle->busy);
}

void side_release_oldest(struct side *side)
{
	AGREE(side, compositor_release_oldest(side->compositor));
	note_release(side, 0);
}

void side_release_newest(struct side *side)
{
	AGREE(side, compositor_release_newest(side->compositor));
	note_release(side, side->queue_length - 1);
}

void side_purge(struct side *side, unsigned group_index)
{
	struct model_group *group = &side->model.groups[group_index];

	CHECK(!side_in_hand(side, group_index));
	for (unsigned i = 0; i < side->queue_length; i++)
		if (side->queue[i].group == group)
			side->queue[i].buffer = NULL;
	model_note_purge(group);
	side->library->purge(compositor_shm(side->compositor), group->cookie);
	AGREE(side, compositor_pump(side->compositor));
	side->counts->purges++;
}
