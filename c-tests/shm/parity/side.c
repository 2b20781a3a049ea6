#include "shm/parity/side.h"

#define RECORDS_NOT_CARRIED_OUT 99

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compositor/session.h"
#include "support/random.h"
struct operation_label operation_label;
struct side_counts side_counts[2];

void side_report(const struct side *side, const char *condition)
{
	printf("# %s, seed 0x%llx, operation %lu: does not hold: %s\n", side->library->name, operation_label.seed,
	       operation_label.number, condition);
}

void side_start(struct side *side, const struct library *library, long max_pool_size_bytes)
{
	struct compositor_options options = { .policy = RELEASE_BY_HAND };

	memset(side, 0, sizeof(*side));
	side->library = library;
	side->counts = &side_counts[library->is_original];
	side->model.is_original = library->is_original;
	side->compositor = compositor_start(&options);
	for (unsigned group = 0; group < MODEL_GROUPS; group++)
		side->surfaces[group] = wl_compositor_create_surface(compositor_wl_compositor(side->compositor));
	side_set_max_pool_size(side, max_pool_size_bytes);
}

void side_stop(struct side *side)
{
	AGREE(side, compositor_protocol_error(side->compositor) == NULL);
	AGREE(side, compositor_counts(side->compositor).held_changed == 0);
	for (unsigned group = 0; group < MODEL_GROUPS; group++) {
		model_note_purge(&side->model.groups[group]);
		wl_surface_destroy(side->surfaces[group]);
	}
	side->library->fini();
	AGREE(side, compositor_pump(side->compositor));
	AGREE(side, compositor_counts(side->compositor).buffers_live == 0);
	AGREE(side, compositor_counts(side->compositor).pools_live == 0);
	compositor_stop(side->compositor);
}

struct model_buffer *side_in_hand(struct side *side, unsigned group)
{
	struct model_buffer *last = side->model.groups[group].last;

	return last && last->place == IN_HAND ? last : NULL;
}

static bool has_pixels_of_model(const struct model_buffer *buffer)
{
	return memcmp(buffer->handle->mmapped, buffer->pixels, model_size_bytes(buffer)) == 0;
}

/* The fields of a buffer in hand, and its images. */
static void compare_fields(struct side *side, const struct model_group *group, const struct model_buffer *buffer)
{
	const struct buffer *handle = buffer->handle;

	AGREE(side, handle->cookie == group->cookie);
	AGREE(side, handle->width == buffer->width && handle->height == buffer->height);
	AGREE(side, handle->stride == buffer->width * 4);
	AGREE(side, handle->size == model_size_bytes(buffer));
	AGREE(side, handle->busy);
	AGREE(side, handle->wl_buf != NULL && handle->mmapped != NULL);
	AGREE(side, handle->pix_instances == group->pix_instances);
	for (size_t i = 0; i < handle->pix_instances; i++) {
		AGREE(side, pixman_image_get_data(handle->pix[i]) == handle->mmapped);
		AGREE(side, pixman_image_get_width(handle->pix[i]) == buffer->width);
		AGREE(side, pixman_image_get_height(handle->pix[i]) == buffer->height);
		AGREE(side, pixman_image_get_stride(handle->pix[i]) == handle->stride);
		AGREE(side, pixman_image_get_format(handle->pix[i]) == PIXEL_FORMAT);
	}
}

void side_compare_in_hand(struct side *side, unsigned group)
{
	const struct model_buffer *buffer = side_in_hand(side, group);

	compare_fields(side, &side->model.groups[group], buffer);
	AGREE(side, has_pixels_of_model(buffer));
}

void side_compare_all(struct side *side)
{
	for (unsigned g = 0; g < MODEL_GROUPS; g++) {
		const struct model_group *group = &side->model.groups[g];

		for (unsigned i = 0; i < group->count; i++)
			if (model_is_readable(&side->model, group, group->buffers[i]))
				AGREE(side, has_pixels_of_model(group->buffers[i]));
	}
}

static bool is_zero(const struct buffer *handle)
{
	const unsigned char *bytes = handle->mmapped;

	return bytes[0] == 0 && memcmp(bytes, bytes + 1, handle->size - 1) == 0;
}

/* What a get promises of the program's own records. */
static void compare_records(struct side *side, const struct buffer *handle)
{
	AGREE(side, !pixman_region32_not_empty((pixman_region32_t *)&handle->dirty));
	AGREE(side, handle->scroll_damage == NULL);
	AGREE(side, side->library->is_original || handle->scroll_damage_count == 0);
}

static bool has_ample_pool(const struct side *side, const struct model_buffer *buffer)
{
	size_t pool_bytes = (size_t)side->max_pool_size_bytes;

	return pool_bytes >= POOL_BYTES_AMPLE && pool_bytes / POOL_VIEWS_AMPLE >= model_size_bytes(buffer);
}

/* Is what a get returned, and how, one of the things that it may return? Gives the record that it reused, or NULL. */
static struct model_buffer *check_choice(struct side *side, const struct model_group *group, int width, int height,
					 const struct buffer *handle, struct model_forecast *forecast)
{
	*forecast = model_forecast_get(&side->model, group, width, height, handle);
	bool looks_new = handle->age == AGE_OF_NEW && is_zero(handle);

	/* A buffer that need not live on may be gone, and a new one may have its address. */
	if (!forecast->reused || (looks_new && !forecast->must_reuse)) {
		AGREE(side, !forecast->must_reuse);
		AGREE(side, looks_new);
		AGREE(side, forecast->reused || !model_owns_handle(&side->model, group, handle));
		return NULL;
	}
	AGREE(side, forecast->is_first);
	AGREE(side, model_age_is_right(&side->model, forecast->reused, forecast->reused == group->last, handle->age));
	return forecast->reused;
}

struct got side_get(struct side *side, unsigned group_index, int width, int height)
{
	struct model_group *group = &side->model.groups[group_index];
	struct model_forecast forecast;

	model_begin_get(group);
	struct buffer *handle =
		side->library->get_buffer(compositor_shm(side->compositor), width, height, group->cookie,
					  group->scrollable, group->pix_instances);
	AGREE(side, handle != NULL);
	const struct model_buffer *last = group->last;
	bool is_brought_up_to_date = false;
	struct model_buffer *reused = check_choice(side, group, width, height, handle, &forecast);

	if (reused && reused != last && handle->age == 0 && !side->library->is_original) {
		is_brought_up_to_date = true;
		/* Brought up to date from the last one, which was drawn. */
		AGREE(side, last && last->age == 0 && last->width == width && last->height == height);
		memcpy(reused->pixels, last->pixels, model_size_bytes(reused));
	}
	struct model_buffer *buffer = model_note_get(&side->model, group, width, height, reused, handle);
	buffer->age = handle->age;
	if (!reused)
		buffer->surely_scrolls = group->scrollable && height > 1 && has_ample_pool(side, buffer);
	compare_records(side, handle);
	side_compare_in_hand(side, group_index);
	side->counts->gets++;
	side->counts->reuses += reused != NULL;
	return (struct got){
		.is_new = !reused, .is_sure = !forecast.is_open, .is_brought_up_to_date = is_brought_up_to_date,
	};
}

static void draw_noise(const struct drawing *drawing, uint32_t *pixels, int width)
{
	uint64_t state = drawing->noise;

	for (int y = drawing->y; y < drawing->y + drawing->height; y++)
		for (int x = drawing->x; x < drawing->x + drawing->width; x++)
			pixels[(size_t)y * (size_t)width + (size_t)x] = (uint32_t)random_word(&state);
}

static void fill_pixels(const struct drawing *drawing, uint32_t *pixels, int width)
{
	for (int y = drawing->y; y < drawing->y + drawing->height; y++)
		for (int x = drawing->x; x < drawing->x + drawing->width; x++)
			pixels[(size_t)y * (size_t)width + (size_t)x] = drawing->noise;
}

static void fill_image(const struct drawing *drawing, pixman_image_t *image)
{
	pixman_box32_t box = { drawing->x, drawing->y, drawing->x + drawing->width, drawing->y + drawing->height };
	uint32_t argb = htole32(drawing->noise);
	pixman_color_t colour = {
		.alpha = (uint16_t)((argb >> 24 & 0xff) * 0x101),
		.red = (uint16_t)((argb >> 16 & 0xff) * 0x101),
		.green = (uint16_t)((argb >> 8 & 0xff) * 0x101),
		.blue = (uint16_t)((argb & 0xff) * 0x101),
	};

	CHECK(pixman_image_fill_boxes(PIXMAN_OP_SRC, image, &colour, 1, &box));
}

void side_draw(struct side *side, unsigned group_index, const struct drawing *drawing)
{
	struct model_buffer *buffer = side_in_hand(side, group_index);
	struct buffer *handle = buffer->handle;

	if (drawing->image == SIZE_MAX) {
		draw_noise(drawing, handle->mmapped, buffer->width);
		draw_noise(drawing, buffer->pixels, buffer->width);
	} else {
		fill_image(drawing, handle->pix[drawing->image % handle->pix_instances]);
		fill_pixels(drawing, buffer->pixels, buffer->width);
	}
	/*
	 * Records as a terminal keeps them; the library empties and frees them. So many scrolls were not carried out: what
	 * this program draws beside the record, or leaves old, is not asked for.
	 */
	pixman_region32_union_rect(&handle->dirty, &handle->dirty, drawing->x, drawing->y, (unsigned)drawing->width,
				   (unsigned)drawing->height);
	if (!handle->scroll_damage) {
		handle->scroll_damage = malloc(RECORDS_NOT_CARRIED_OUT * 16);
		handle->scroll_damage_count = RECORDS_NOT_CARRIED_OUT;
	}
	side_compare_in_hand(side, group_index);
	side->counts->draws++;
}

void side_copy_last(struct side *side, unsigned group_index, const struct model_buffer *last)
{
	struct model_buffer *buffer = side_in_hand(side, group_index);

	memcpy(buffer->handle->mmapped, last->handle->mmapped, buffer->handle->size);
	memcpy(buffer->pixels, last->pixels, model_size_bytes(buffer));
	side_compare_in_hand(side, group_index);
}

void side_finish_drawing(struct side *side, unsigned group_index)
{
	struct model_buffer *buffer = side_in_hand(side, group_index);

	buffer->handle->age = 0;
	buffer->age = 0;
}

void side_print_counts(const struct library *library)
{
	const struct side_counts *counts = &side_counts[library->is_original];

	printf("# %s: %lu gets (%lu reused a buffer), %lu scrolls, %lu refused, %lu bad ones, %lu drawings, "
	       "%lu commits, %lu releases, %lu purges, %lu pool sizes\n",
	       library->name, counts->gets, counts->reuses, counts->scrolls, counts->refused_scrolls,
	       counts->bad_scrolls, counts->draws, counts->commits, counts->releases, counts->purges,
	       counts->pool_sizes);
}

void side_set_max_pool_size(struct side *side, long bytes)
{
	side->library->set_max_pool_size(bytes);
	side->max_pool_size_bytes = bytes;
	side->counts->pool_sizes++;
}
