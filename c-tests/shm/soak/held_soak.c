/*
 * Ten thousand frames of programs that do everything at random, on a compositor that does so too: what the compositor
 * holds is never changed, and every pixel is what a simple model says.
 */
#include <stdlib.h>
#include <string.h>

#include "compositor/session.h"
#include "support/random.h"
#include "support/runner.h"

#define GROUPS 4
#define FRAMES 2500
#define SIDE_MIN 2
#define SIDE_MAX 70

/* A window of the program, and what its last frame shows. */
struct group {
	struct window window;
	unsigned long cookie;
	bool is_scrollable;
	int width, height;
	struct buffer *last;              /* NULL: the next frame is drawn from nothing */
	uint32_t *pixels;                 /* of the last frame */
};

struct soak {
	struct session session;
	struct messages messages;
	struct group groups[GROUPS];
	uint64_t random;
	unsigned reused, brought_up_to_date, copied, made, scrolled, kept_in_place;
};

static unsigned number_below(struct soak *soak, unsigned limit)
{
	return (unsigned)random_below(&soak->random, limit);
}

static bool happens(struct soak *soak, unsigned per_thousand)
{
	return number_below(soak, 1000) < per_thousand;
}

static size_t pixel_count(const struct group *group)
{
	return (size_t)group->width * (size_t)group->height;
}

static void check_shows_model(const struct group *group, const void *pixels)
{
	CHECK(memcmp(pixels, group->pixels, pixel_count(group) * 4) == 0);
}

static void fill_model(struct group *group, uint32_t colour)
{
	for (size_t i = 0; i < pixel_count(group); i++)
		group->pixels[i] = colour;
}

static void change_size(struct soak *soak, struct group *group)
{
	group->width = SIDE_MIN + (int)number_below(soak, SIDE_MAX - SIDE_MIN);
	group->height = SIDE_MIN + (int)number_below(soak, SIDE_MAX - SIDE_MIN);
	group->last = NULL;
}

/* Row y is old row y + rows; what has no old row is zero; kept rows are where they were. */
static void scroll_model(struct group *group, int rows, int top_margin, int top_keep, int bottom_margin, int bottom_keep)
{
	size_t row_pixels = (size_t)group->width;
	uint32_t *old = malloc(pixel_count(group) * 4);
	int bottom_top = group->height - bottom_margin - bottom_keep;

	CHECK(old != NULL);
	memcpy(old, group->pixels, pixel_count(group) * 4);
	for (int y = 0; y < group->height; y++) {
		bool is_kept = (y >= top_margin && y < top_margin + top_keep) ||
			       (y >= bottom_top && y < bottom_top + bottom_keep);
		int old_y = is_kept ? y : y + rows;
		uint32_t *row = group->pixels + (size_t)y * row_pixels;

		if (old_y < 0 || old_y >= group->height)
			memset(row, 0, row_pixels * 4);
		else
			memcpy(row, old + (size_t)old_y * row_pixels, row_pixels * 4);
	}
	free(old);
}

static void scroll(struct soak *soak, struct group *group, struct buffer *buffer)
{
	int room = group->height, rows, top_margin, top_keep, bottom_margin, bottom_keep;

	rows = 1 + (int)number_below(soak, happens(soak, 700) ? 3 : (unsigned)room);
	if (rows >= group->height)
		return;
	room -= rows;
	top_margin = happens(soak, 300) ? (int)number_below(soak, (unsigned)room / 4 + 1) : 0;
	top_keep = happens(soak, 300) ? (int)number_below(soak, (unsigned)room / 4 + 1) : 0;
	bottom_margin = happens(soak, 300) ? (int)number_below(soak, (unsigned)room / 4 + 1) : 0;
	bottom_keep = happens(soak, 300) ? (int)number_below(soak, (unsigned)room / 4 + 1) : 0;
	if (happens(soak, 400))
		rows = -rows;
	if (shm_scroll(soak->session.shm, buffer, rows, top_margin, top_keep, bottom_margin, bottom_keep)) {
		scroll_model(group, rows, top_margin, top_keep, bottom_margin, bottom_keep);
		soak->scrolled++;
	} else {
		soak->kept_in_place++;
	}
	check_shows_model(group, buffer->mmapped);
}

static void draw(struct soak *soak, struct group *group, struct buffer *buffer)
{
	int left = (int)number_below(soak, (unsigned)group->width);
	int top = (int)number_below(soak, (unsigned)group->height);
	uint32_t colour = number_below(soak, UINT32_MAX);

	for (int y = top; y < group->height; y++)
		for (int x = left; x < group->width; x++)
			group->pixels[y * group->width + x] = buffer_row(buffer, y)[x] = colour;
	pixman_region32_union_rect(&buffer->dirty, &buffer->dirty, left, top, (unsigned)(group->width - left),
				   (unsigned)(group->height - top));
	if (happens(soak, 500)) {
		buffer->scroll_damage_count = 1 + number_below(soak, 5);
		buffer->scroll_damage = malloc(buffer->scroll_damage_count * 16);
	}
}

/* Brings a buffer just returned up to the last frame, as foot does; checks what its age promises. */
static void bring_up_to_date(struct soak *soak, struct group *group, struct buffer *buffer)
{
	if (buffer->age == 1234) {
		CHECK(buffer_is_all(buffer, 0));
		soak->made++;
	}
	if (group->last == NULL) {
		uint32_t colour = number_below(soak, UINT32_MAX);

		fill_model(group, colour);
		buffer_fill(buffer, colour);
		pixman_region32_union_rect(&buffer->dirty, &buffer->dirty, 0, 0, (unsigned)buffer->width,
					   (unsigned)buffer->height);
		return;
	}
	check_shows_model(group, group->last->mmapped); /* untouched since it was shown */
	if (buffer->age == 0) {
		if (buffer == group->last)
			soak->reused++;
		else
			soak->brought_up_to_date++;
	} else {
		CHECK(buffer != group->last && buffer->size == group->last->size);
		memcpy(buffer->mmapped, group->last->mmapped, buffer->size);
		soak->copied++;
	}
	check_shows_model(group, buffer->mmapped);
}

static void show_frame(struct soak *soak, struct group *group)
{
	struct buffer *buffer =
		session_get(&soak->session, group->width, group->height, group->cookie, group->is_scrollable);
	struct compositor_frame frame;

	bring_up_to_date(soak, group, buffer);
	for (unsigned scrolls = number_below(soak, 4); scrolls > 0 && shm_can_scroll(buffer); scrolls--)
		scroll(soak, group, buffer);
	draw(soak, group, buffer);
	buffer->age = 0;
	CHECK(window_show(&group->window, buffer->wl_buf));
	frame = compositor_frame(soak->session.compositor);
	CHECK(frame.width == group->width && frame.height == group->height);
	CHECK_EQUAL(frame.stride_bytes, group->width * 4);
	check_shows_model(group, frame.pixels);
	group->last = buffer;
}

static void disturb_compositor(struct soak *soak)
{
	struct compositor *compositor = soak->session.compositor;

	if (happens(soak, 20))
		compositor_set_policy(compositor, (enum release_policy)number_below(soak, 7), number_below(soak, 6));
	if (happens(soak, 60))
		compositor_release_oldest(compositor);
	if (happens(soak, 60))
		compositor_release_newest(compositor);
	if (happens(soak, 20))
		compositor_release_all(compositor);
}

static void disturb_program(struct soak *soak, struct group *group)
{
	static const off_t sizes[] = { 0, 1, 20000, 60000, 1 << 20, 512 << 20, INT32_MAX };

	if (happens(soak, 25))
		change_size(soak, group);
	if (happens(soak, 5)) {
		group->is_scrollable = !group->is_scrollable;
		group->last = NULL;
	}
	if (happens(soak, 10)) {
		shm_purge(soak->session.shm, group->cookie);
		group->last = NULL;
	}
	if (happens(soak, 10))
		shm_set_max_pool_size(sizes[number_below(soak, sizeof(sizes) / sizeof(sizes[0]))]);
	if (happens(soak, 2)) {
		shm_fini();
		for (int i = 0; i < GROUPS; i++)
			soak->groups[i].last = NULL;
	}
	if (happens(soak, 200)) { /* a label, now and then */
		struct buffer *label = session_get(&soak->session, 9, 5, 1000 + number_below(soak, 100), false);

		buffer_fill(label, 1);
		session_show(&soak->session, label);
	}
}

static void run(uint64_t seed)
{
	struct soak soak = { .session = session_start(RELEASE_ON_REPLACE), .random = seed };

	messages_catch(&soak.messages);
	for (int i = 0; i < GROUPS; i++) {
		soak.groups[i].window = window_open(soak.session.compositor);
		soak.groups[i].cookie = 7 + (unsigned long)i;
		soak.groups[i].is_scrollable = i != 0;
		soak.groups[i].pixels = malloc(SIDE_MAX * SIDE_MAX * 4);
		CHECK(soak.groups[i].pixels != NULL);
		change_size(&soak, &soak.groups[i]);
	}
	for (int frame = 0; frame < FRAMES; frame++) {
		struct group *group = &soak.groups[number_below(&soak, GROUPS)];

		disturb_program(&soak, group);
		show_frame(&soak, group);
		disturb_compositor(&soak);
		CHECK_EQUAL(compositor_counts(soak.session.compositor).held_changed, 0);
	}
	CHECK_EQUAL(soak.messages.errors, 0);
	messages_stop();
	/* all that is checked has happened, and often */
	CHECK(soak.made > FRAMES / 50 && soak.reused > FRAMES / 50);
	CHECK(soak.brought_up_to_date > FRAMES / 50 && soak.copied > FRAMES / 100);
	CHECK(soak.scrolled > FRAMES / 5);
	for (int i = 0; i < GROUPS; i++) {
		window_close(&soak.groups[i].window);
		free(soak.groups[i].pixels);
	}
	session_stop(&soak.session);
}

TEST(seed_1)
{
	run(1);
}

TEST(seed_2)
{
	run(0x9e3779b97f4a7c15);
}

TEST(seed_3)
{
	run(0xdeadbeef);
}

TEST(seed_4)
{
	run(0x123456789abcdef);
}
