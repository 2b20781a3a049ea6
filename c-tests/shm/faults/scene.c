#include "shm/faults/scene.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <wayland-client.h>

#include "shm/faults/inject.h"

void scene_start(struct scene *scene, struct scenario_report *report, bool has_error_return)
{
	struct compositor_options options = { .policy = RELEASE_BY_HAND };

	memset(scene, 0, sizeof(*scene));
	scene->report = report;
	scene->has_error_return = has_error_return;
	scene->compositor = compositor_start(&options);
	for (unsigned group = 0; group < SCENE_GROUPS; group++)
		scene->surfaces[group] = wl_compositor_create_surface(compositor_wl_compositor(scene->compositor));
	CHECK(compositor_pump(scene->compositor));
}

static void forget_group(struct scene *scene, unsigned group)
{
	for (unsigned i = 0; i < SCENE_PICTURES; i++)
		free(scene->pictures[group][i].pixels);
	memset(scene->pictures[group], 0, sizeof(scene->pictures[group]));
	scene->current[group] = scene->newest[group] = NULL;
}

void scene_stop(struct scene *scene)
{
	for (unsigned group = 0; group < SCENE_GROUPS; group++) {
		forget_group(scene, group);
		wl_surface_destroy(scene->surfaces[group]);
	}
	CHECK(compositor_protocol_error(scene->compositor) == NULL);
	compositor_stop(scene->compositor);
}

static void pump(struct scene *scene)
{
	call_pump(scene->report, scene->compositor);
}

static void check_picture(const struct model_buffer *picture, size_t pix_instances)
{
	const struct buffer *buffer = picture->handle;

	CHECK(buffer->width == picture->width && buffer->height == picture->height);
	CHECK(buffer->stride == picture->width * 4 && buffer->size == model_size_bytes(picture));
	CHECK(buffer->busy && buffer->wl_buf != NULL);
	CHECK_EQUAL(buffer->pix_instances, pix_instances);
	for (size_t i = 0; i < pix_instances; i++) {
		CHECK(pixman_image_get_data(buffer->pix[i]) == buffer->mmapped);
		CHECK(pixman_image_get_height(buffer->pix[i]) == picture->height);
	}
	CHECK(memcmp(buffer->mmapped, picture->pixels, buffer->size) == 0);
}

static void draw_noise(struct model_buffer *picture, int first_row, int rows)
{
	static uint32_t state = 0x2545f491;
	size_t first = (size_t)first_row * (size_t)picture->width, count = (size_t)rows * (size_t)picture->width;

	for (size_t i = first; i < first + count; i++) {
		state = state * 1664525 + 1013904223;
		picture->pixels[i] = state;
	}
	memcpy((uint32_t *)picture->handle->mmapped + first, picture->pixels + first, count * sizeof(uint32_t));
	picture->handle->age = 0;
}

static struct buffer *try_get(struct scene *scene, const struct scene_request *request, bool *has_failed)
{
	struct call call = call_begin(scene->report);
	struct buffer *buffer =
		shm_get_buffer(compositor_shm(scene->compositor), request->width, request->height,
			       SCENE_COOKIE(request->group), request->scrollable, request->pix_instances);

	*has_failed = call_end(scene->report, &call);
	if (!buffer) {
		/* Only with a reason, only if the program has said that it looks, and with errno. */
		CHECK(*has_failed && scene->has_error_return);
		CHECK(fault_explains(call.error_number));
		scene->report->nulls++;
	}
	return buffer;
}

static bool is_zero(const struct buffer *buffer)
{
	const unsigned char *bytes = buffer->mmapped;

	return bytes[0] == 0 && memcmp(bytes, bytes + 1, buffer->size - 1) == 0;
}

static struct model_buffer *find_picture(struct scene *scene, unsigned group, const struct buffer *buffer)
{
	for (unsigned i = 0; i < SCENE_PICTURES; i++)
		if (scene->pictures[group][i].handle == buffer)
			return &scene->pictures[group][i];
	return NULL;
}

/* The library may have copied the pixels of the last frame. */
static void bring_up_to_date(struct model_buffer *picture, const struct model_buffer *newest)
{
	if (newest == NULL || newest == picture || newest->width != picture->width || newest->height != picture->height)
		return;
	memcpy(picture->pixels, newest->pixels, model_size_bytes(picture));
}

/* A new buffer is zero; one that is reused has the pixels that it had. */
static struct model_buffer *remember(struct scene *scene, struct buffer *buffer, const struct scene_request *request)
{
	struct model_buffer *picture = find_picture(scene, request->group, buffer);

	CHECK(buffer->scroll_damage == NULL && !pixman_region32_not_empty(&buffer->dirty));
	CHECK(is_zero(buffer) == (buffer->age == AGE_OF_NEW));
	if (buffer->age != AGE_OF_NEW) {
		CHECK(picture != NULL);
		if (buffer->age == 0)
			bring_up_to_date(picture, scene->newest[request->group]);
		return picture;
	}
	if (!picture)
		picture = &scene->pictures[request->group][scene->next[request->group]++ % SCENE_PICTURES];
	free(picture->pixels);
	*picture = (struct model_buffer){ .handle = buffer, .width = request->width, .height = request->height };
	picture->pixels = calloc(1, model_size_bytes(picture));
	CHECK(picture->pixels != NULL);
	return picture;
}

void scene_get(struct scene *scene, const struct scene_request *request)
{
	bool has_failed, is_spoiled;
	struct buffer *buffer = try_get(scene, request, &has_failed);
	struct model_buffer *picture = NULL;

	is_spoiled = has_failed;
	if (!buffer && !fault_is_pending()) {
		/* What failed once must not fail for ever. */
		buffer = try_get(scene, request, &has_failed);
		CHECK(buffer != NULL);
		is_spoiled = false;
	}
	if (buffer) {
		picture = remember(scene, buffer, request);
		check_picture(picture, request->pix_instances);
		if (request->scrollable && buffer->age == AGE_OF_NEW && !shm_can_scroll(buffer)) {
			CHECK(is_spoiled);
			scene->report->plain_buffers++;
		}
		draw_noise(picture, 0, picture->height);
		check_picture(picture, request->pix_instances);
	}
	scene->current[request->group] = picture;
	if (picture)
		scene->newest[request->group] = picture;
}

/* A scroll that is refused has changed no field, no image and no pixel. */
static bool try_scroll(struct scene *scene, struct model_buffer *picture, const struct scroll_step *step,
		       bool *has_failed)
{
	struct buffer *buffer = picture->handle, before;
	size_t pix_instances = buffer->pix_instances;
	pixman_image_t *images[4];
	struct call call;
	bool is_scrolled;

	CHECK(pix_instances <= 4);
	memcpy(images, buffer->pix, pix_instances * sizeof(images[0]));
	before = *buffer;
	call = call_begin(scene->report);
	is_scrolled = shm_scroll(compositor_shm(scene->compositor), buffer, step->rows, step->top_margin,
				 step->top_keep_rows, step->bottom_margin, step->bottom_keep_rows);
	*has_failed = call_end(scene->report, &call);
	if (is_scrolled) {
		model_scroll(picture, step);
	} else {
		CHECK(model_has_same_fields(&before, buffer));
		CHECK(memcmp(images, buffer->pix, pix_instances * sizeof(images[0])) == 0);
	}
	check_picture(picture, pix_instances);
	return is_scrolled;
}

static void scroll_once(struct scene *scene, struct model_buffer *picture, const struct scroll_step *step)
{
	bool can_scroll = shm_can_scroll(picture->handle), has_failed;

	if (try_scroll(scene, picture, step, &has_failed))
		return;
	CHECK(has_failed || !can_scroll);
	scene->report->refused_scrolls += has_failed;
	if (has_failed && !fault_is_pending() && shm_can_scroll(picture->handle)) {
		CHECK(try_scroll(scene, picture, step, &has_failed));
		return;
	}
	/* The program moves the pixels itself. */
	model_scroll(picture, step);
	memcpy(picture->handle->mmapped, picture->pixels, model_size_bytes(picture));
}

void scene_scroll(struct scene *scene, unsigned group, unsigned times, const struct scroll_step *step)
{
	struct model_buffer *picture = scene->current[group];

	if (!picture)
		return;
	for (unsigned i = 0; i < times; i++) {
		scroll_once(scene, picture, step);
		draw_noise(picture, step->rows > 0 ? picture->height - step->rows : 0, abs(step->rows));
	}
}

void scene_record(struct scene *scene, unsigned group)
{
	struct model_buffer *picture = scene->current[group];

	if (picture)
		pixman_region32_union_rect(&picture->handle->dirty, &picture->handle->dirty, 0, 0,
					   (unsigned)picture->width, (unsigned)picture->height);
}

void scene_show(struct scene *scene, unsigned group)
{
	const struct model_buffer *picture = scene->current[group];
	struct compositor_frame frame;

	if (!picture)
		return;
	wl_surface_attach(scene->surfaces[group], picture->handle->wl_buf, 0, 0);
	wl_surface_damage(scene->surfaces[group], 0, 0, picture->width, picture->height);
	wl_surface_commit(scene->surfaces[group]);
	pump(scene);
	frame = compositor_frame(scene->compositor);
	CHECK(frame.width == picture->width && frame.height == picture->height);
	CHECK(memcmp(frame.pixels, picture->pixels, model_size_bytes(picture)) == 0);
}

void scene_release_oldest(struct scene *scene)
{
	compositor_release_oldest(scene->compositor);
	pump(scene);
}

void scene_release_all(struct scene *scene)
{
	compositor_release_all(scene->compositor);
	pump(scene);
}

void scene_purge(struct scene *scene, unsigned group)
{
	struct call call = call_begin(scene->report);

	shm_purge(compositor_shm(scene->compositor), SCENE_COOKIE(group));
	call_end(scene->report, &call);
	forget_group(scene, group);
	pump(scene);
}

void scene_fini(struct scene *scene)
{
	struct call call = call_begin(scene->report);

	shm_fini();
	call_end(scene->report, &call);
	for (unsigned group = 0; group < SCENE_GROUPS; group++)
		forget_group(scene, group);
	pump(scene);
}
