/* A program with a window and chains of buffers. */
#include "chain/stage.h"

#include <wayland-client.h>

#include "support/runner.h"

void stage_start_with(struct stage *stage, const struct compositor_options *options)
{
	*stage = (struct stage){ .compositor = compositor_start(options) };
	stage->window = window_open(stage->compositor);
	stage->shm = compositor_shm(stage->compositor);
#if HAS_WAYLAND
	stage->wayland.shm = stage->shm;
#endif
	CHECK(compositor_pump(stage->compositor));
}

void stage_start(struct stage *stage, enum release_policy policy)
{
	stage_start_with(stage, &(struct compositor_options){ .policy = policy, .late_commits = 2 });
}

void stage_stop(struct stage *stage)
{
	struct compositor_counts counts;

	shm_chain_free(stage->other);
	shm_fini();
	CHECK(compositor_pump(stage->compositor));
	counts = compositor_counts(stage->compositor);
	CHECK_EQUAL(counts.held_changed, 0);
	CHECK(compositor_protocol_error(stage->compositor) == NULL);
	CHECK(compositor_broken_rule(stage->compositor) == NULL);
	CHECK_EQUAL(counts.pools_live, 0);
	CHECK_EQUAL(counts.buffers_live, 0);
	window_close(&stage->window);
	compositor_stop(stage->compositor);
}

void stage_open_other(struct stage *stage)
{
	stage->other = stage_chain(stage, true);
	stage_frame(stage, stage->other, 20, 20, 0);
	stage_release_all(stage);
}

struct buffer_chain *stage_chain_of(struct stage *stage, bool is_scrollable, size_t images)
{
	struct buffer_chain *chain;

#if HAS_RELEASES
	chain = shm_chain_new(&stage->wayland, is_scrollable, images, SHM_BITS_8, NULL, NULL);
#elif HAS_DEPTH
	chain = shm_chain_new(&stage->wayland, is_scrollable, images, SHM_BITS_8);
#elif HAS_WAYLAND
	chain = shm_chain_new(&stage->wayland, is_scrollable, images, false);
#else
	chain = shm_chain_new(stage->shm, is_scrollable, images);
#endif
	CHECK(chain != NULL);
	return chain;
}

struct buffer_chain *stage_chain(struct stage *stage, bool is_scrollable)
{
	return stage_chain_of(stage, is_scrollable, 1);
}

struct buffer *stage_ask(struct buffer_chain *chain, int width, int height)
{
#if HAS_ALPHA
	return shm_get_buffer(chain, width, height, true);
#else
	return shm_get_buffer(chain, width, height);
#endif
}

void stage_ask_many(struct buffer_chain *chain, size_t count, int *widths, int *heights, struct buffer **buffers)
{
#if HAS_ALPHA
	shm_get_many(chain, count, widths, heights, buffers, true);
#else
	shm_get_many(chain, count, widths, heights, buffers);
#endif
}

struct buffer *stage_get(struct buffer_chain *chain, int width, int height)
{
	struct buffer *buffer = stage_ask(chain, width, height);

	CHECK(buffer != NULL);
	CHECK_EQUAL(buffer->width, width);
	CHECK_EQUAL(buffer->height, height);
	CHECK(buffer->stride >= width * 4 && buffer->stride % 4 == 0);
	CHECK(buffer->data != NULL && buffer->wl_buf != NULL);
#if HAS_SCROLL_DAMAGE
	CHECK(buffer->scroll_damage == NULL);
#endif
#if HAS_REGIONS
	for (size_t i = 0; i < buffer->pix_instances; i++)
		CHECK(!pixman_region32_not_empty(&buffer->dirty[i]));
#else
	CHECK(!pixman_region32_not_empty(&buffer->dirty));
#endif
	return buffer;
}

void stage_show(const struct stage *stage, struct buffer *buffer)
{
	buffer->age = 0;
	CHECK(window_show(&stage->window, buffer->wl_buf));
}

struct buffer *stage_frame(const struct stage *stage, struct buffer_chain *chain, int width, int height, uint32_t colour)
{
	struct buffer *buffer = stage_get(chain, width, height);

	fill(buffer, colour);
	stage_show(stage, buffer);
	return buffer;
}

void stage_release_oldest(const struct stage *stage)
{
	CHECK(compositor_release_oldest(stage->compositor));
	CHECK(compositor_pump(stage->compositor));
}

void stage_release_all(const struct stage *stage)
{
	CHECK(compositor_release_all(stage->compositor));
	CHECK(compositor_pump(stage->compositor));
}

unsigned stage_buffers(const struct stage *stage)
{
	CHECK(compositor_pump(stage->compositor));
	return compositor_counts(stage->compositor).buffers_live - (stage->other != NULL);
}

uint32_t *pixel_row(const struct buffer *buffer, int row)
{
	return (void *)((char *)buffer->data + (size_t)row * (size_t)buffer->stride);
}

void fill(struct buffer *buffer, uint32_t colour)
{
	for (int y = 0; y < buffer->height; y++)
		for (int x = 0; x < buffer->width; x++)
			pixel_row(buffer, y)[x] = colour;
}

bool is_all(const struct buffer *buffer, uint32_t colour)
{
	for (int y = 0; y < buffer->height; y++)
		for (int x = 0; x < buffer->width; x++)
			if (pixel_row(buffer, y)[x] != colour)
				return false;
	return true;
}

pixman_region32_t *drawn_region(struct buffer *buffer)
{
#if HAS_REGIONS
	return &buffer->dirty[0];
#else
	return &buffer->dirty;
#endif
}
