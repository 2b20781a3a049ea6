/*
 * A million random scrolls, with everything that goes on around them: rings grow with use and give memory back in
 * pauses, several windows share the memory files, sizes and the pool size change at any time, the compositor is late.
 * After each scroll every row is what a naive model says.
 *
 * MILLPOND_SOAK_SEED=N: other random numbers. MILLPOND_SOAK_SCROLLS=N: more scrolls, or fewer (5000 at least).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compositor/session.h"
#include "shm/soak/rows.h"
#include "support/clock_forward.h"
#include "support/runner.h"

#define PANELS 5
#define FIRST_COOKIE 7
#define SCROLLS 1000000
#define LEAST_SCROLLS 5000
#define BUFFERS_WATCHED 8
#define SCROLLS_BETWEEN_PAUSES 2500
/* A ring that has not scrolled for 64 requests gives back one piece of memory with each further request. */
#define PAUSE_FRAMES (64 + 40)
/* What does not scroll may go when 512 requests were for others. */
#define FRAMES_UNTIL_MAY_BE_GONE 400

/* Where the view of one buffer has been. */
struct ring {
	const struct buffer *buffer;
	bool has_grown;
};

/* A window of the program; `rows` is what its last frame shows. */
struct panel {
	struct window window;
	unsigned long cookie;
	bool is_scrollable;
	struct soak_rows rows;
	struct buffer *last;                   /* NULL: the next frame is drawn from nothing */
	unsigned shown_at;                     /* the frame that was its last */
	int direction;
	struct ring rings[BUFFERS_WATCHED];
	unsigned next_ring;
};

/* What has happened, as far as a program can see it. */
struct seen {
	unsigned long scrolls, shifts, turns, in_place, refused, bad;
	unsigned long made, reused, copied, grown, rested;
};

struct soak {
	struct session session;
	struct messages messages;
	struct soak_random random;
	struct panel panels[PANELS];
	off_t pool_bytes;
	unsigned frames;
	struct seen seen;
};

static const int sizes[][2] = {
	{ 16, 256 }, { 33, 97 }, { 1024, 24 }, { 7, 500 }, { 256, 40 }, { 64, 64 }, { 1300, 31 }, { 1, 64 }, { 64, 2 },
	{ 5, 3 },
	{ 512, 130 },                          /* 260 KiB: in the memory file of the large ones */
};

static bool happens(struct soak *soak, unsigned per_thousand)
{
	return soak_happens(&soak->random, per_thousand);
}

static void check_rows(const struct soak *soak, const struct panel *panel, const struct buffer *buffer,
		       const char *when)
{
	int wrong = soak_first_wrong(&panel->rows, buffer->mmapped);

	if (wrong < 0)
		return;
	printf("# row %d of %dx%d is wrong %s, after %lu scrolls and %u frames\n", wrong, panel->rows.width,
	       panel->rows.height, when, soak->seen.scrolls, soak->frames);
	runner_fail(__FILE__, __LINE__, "every row is what the model says");
}

/* --- scrolling -------------------------------------------------------------------------------------------------- */

static struct ring *ring_of(struct panel *panel, const struct buffer *buffer)
{
	struct ring *ring;

	for (unsigned i = 0; i < BUFFERS_WATCHED; i++)
		if (panel->rings[i].buffer == buffer)
			return &panel->rings[i];
	ring = &panel->rings[panel->next_ring++ % BUFFERS_WATCHED];
	*ring = (struct ring){ .buffer = buffer };
	return ring;
}

/* A new ring's view drifts by a quarter of its rows; where it is further on, the ring has grown. */
static void note_move(struct soak *soak, struct panel *panel, const struct buffer *buffer, ptrdiff_t moved_bytes,
		      int rows)
{
	ptrdiff_t offset_bytes = (char *)buffer->mmapped - (char *)buffer->real_mmapped;
	struct ring *ring = ring_of(panel, buffer);

	CHECK(offset_bytes >= 0 && (size_t)offset_bytes + buffer->size <= buffer->mmap_size);
	CHECK((void *)pixman_image_get_data(buffer->pix[0]) == buffer->mmapped);
	if (moved_bytes == (ptrdiff_t)rows * buffer->stride)
		soak->seen.shifts++;
	else if (moved_bytes == 0)
		soak->seen.in_place++;
	else
		soak->seen.turns++;
	if (!ring->has_grown && buffer->height > 4 && offset_bytes / buffer->stride > buffer->height / 4) {
		ring->has_grown = true;
		soak->seen.grown++;
	}
}

/* What the library refuses has changed nothing; what it says that it can do, it does. */
static void scroll_once(struct soak *soak, struct panel *panel, struct buffer *buffer)
{
	bool is_bad = happens(soak, 3), can_scroll = shm_can_scroll(buffer);
	struct soak_step step = is_bad ? soak_bad_step(&soak->random, buffer->height) :
					 soak_random_step(&soak->random, buffer->height);
	const char *before = buffer->mmapped;
	const struct wl_buffer *wl_buf_before = buffer->wl_buf;

	if (!is_bad)
		step.rows *= panel->direction;
	errno = 0;
	if (shm_scroll(soak->session.shm, buffer, step.rows, step.top_margin, step.top_keep_rows, step.bottom_margin,
		       step.bottom_keep_rows)) {
		CHECK(can_scroll && !is_bad);
		soak_scroll(&panel->rows, &step);
		soak->seen.scrolls++;
		note_move(soak, panel, buffer, (char *)buffer->mmapped - before, step.rows);
	} else {
		CHECK(!can_scroll || is_bad);
		CHECK(buffer->mmapped == before && buffer->wl_buf == wl_buf_before);
		CHECK(errno == EINVAL || !is_bad);
		soak->seen.refused += !is_bad;
		soak->seen.bad += is_bad;
	}
	check_rows(soak, panel, buffer, "after a scroll");
}

static void set_pool_bytes(struct soak *soak, const struct buffer *buffer)
{
	const off_t picture = (off_t)buffer->size;
	const off_t choices[] = { 0, 1, picture, picture + picture / 6 + buffer->stride, picture * 3 / 2, picture * 2,
				  1 << 20, 512 << 20, INT32_MAX };

	soak->pool_bytes = choices[soak_below(&soak->random, sizeof(choices) / sizeof(choices[0]))];
	if (soak->pool_bytes <= picture && !happens(soak, 200)) /* not for long: nothing scrolls then */
		soak->pool_bytes = 512 << 20;
	shm_set_max_pool_size(soak->pool_bytes);
	CHECK(soak->pool_bytes > 0 || !shm_can_scroll(buffer));
}

static void scroll_some(struct soak *soak, struct panel *panel, struct buffer *buffer)
{
	unsigned count = happens(soak, 150) ? soak_below(&soak->random, 150) : soak_below(&soak->random, 16);

	if (happens(soak, 100))
		panel->direction = -panel->direction;
	for (; count > 0; count--) {
		scroll_once(soak, panel, buffer);
		if (happens(soak, 30))
			panel->direction = -panel->direction;
		if (happens(soak, 300)) {
			int first = (int)soak_below(&soak->random, (unsigned)buffer->height);

			soak_paint(&panel->rows, &soak->random, buffer->mmapped, first,
				   (int)soak_below(&soak->random, (unsigned)(buffer->height - first)) + 1);
		}
		if (happens(soak, 1))
			set_pool_bytes(soak, buffer);
	}
}

/* --- frames ----------------------------------------------------------------------------------------------------- */

/* The pool size that is set when a buffer is made bounds what it takes; whole pages are taken. */
static void check_new(struct soak *soak, struct panel *panel, const struct buffer *buffer)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);

	CHECK(buffer_is_all(buffer, 0));
	if (shm_can_scroll(buffer))
		CHECK(buffer->mmap_size <= ((size_t)soak->pool_bytes + page_bytes - 1) / page_bytes * page_bytes);
	*ring_of(panel, buffer) = (struct ring){ .buffer = buffer };
	soak->seen.made++;
}

/* Brings a buffer just returned up to the last frame, as a terminal does. */
static void bring_up_to_date(struct soak *soak, struct panel *panel, struct buffer *buffer)
{
	if (buffer->age == 1234)
		check_new(soak, panel, buffer);
	if (panel->last == NULL) {
		soak_paint(&panel->rows, &soak->random, buffer->mmapped, 0, buffer->height);
	} else {
		check_rows(soak, panel, panel->last, "while others were drawn");
		CHECK((buffer->age == 0) == (buffer == panel->last));
		if (buffer->age == 0)
			soak->seen.reused++;
		else
			soak->seen.copied++;
		if (buffer->age != 0)
			memcpy(buffer->mmapped, panel->last->mmapped, buffer->size);
	}
	check_rows(soak, panel, buffer, "in a buffer that was asked for");
}

static void show_frame(struct soak *soak, struct panel *panel, bool scrolls)
{
	struct buffer *buffer;
	struct compositor_frame frame;

	if (!panel->is_scrollable && soak->frames - panel->shown_at > FRAMES_UNTIL_MAY_BE_GONE)
		panel->last = NULL;
	buffer = session_get(&soak->session, panel->rows.width, panel->rows.height, panel->cookie,
			     panel->is_scrollable);
	bring_up_to_date(soak, panel, buffer);
	if (scrolls)
		scroll_some(soak, panel, buffer);
	buffer->age = 0;
	CHECK(window_show(&panel->window, buffer->wl_buf));
	frame = compositor_frame(soak->session.compositor);
	CHECK(frame.width == panel->rows.width && frame.height == panel->rows.height);
	CHECK(soak_first_wrong(&panel->rows, frame.pixels) < 0);
	CHECK_EQUAL(compositor_counts(soak->session.compositor).held_changed, 0);
	panel->last = buffer;
	panel->shown_at = soak->frames++;
}

/* Pages of the buffer's memory that are resident, beside those of its view. */
static size_t pages_beside_view(const struct buffer *buffer)
{
	static unsigned char is_resident[4096];
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE), pages = buffer->mmap_size / page_bytes, count = 0;
	size_t view = (size_t)((char *)buffer->mmapped - (char *)buffer->real_mmapped);

	CHECK(pages <= sizeof(is_resident));
	CHECK(mincore(buffer->real_mmapped, buffer->mmap_size, is_resident) == 0);
	for (size_t page = 0; page < pages; page++) {
		bool is_beside = (page + 1) * page_bytes <= view || page * page_bytes >= view + buffer->size;

		count += is_beside && (is_resident[page] & 1);
	}
	return count;
}

/* Nothing scrolls in this window for so long that its ring gives back what is not its view. */
static void pause_panel(struct soak *soak, struct panel *panel)
{
	size_t pages_before;

	compositor_set_policy(soak->session.compositor, RELEASE_AT_ONCE, 0);
	show_frame(soak, panel, false);
	show_frame(soak, panel, false);
	pages_before = pages_beside_view(panel->last);
	clock_put_forward(UNTIL_RINGS_REST_MS);
	for (int frame = 0; frame < PAUSE_FRAMES; frame++)
		show_frame(soak, panel, false);
	if (panel->is_scrollable)
		CHECK_EQUAL(pages_beside_view(panel->last), 0);
	soak->seen.rested += pages_before > 0 && pages_beside_view(panel->last) == 0;
}

static void change_size(struct soak *soak, struct panel *panel)
{
	const int *size = sizes[soak_below(&soak->random, sizeof(sizes) / sizeof(sizes[0]))];

	panel->rows.width = size[0];
	panel->rows.height = size[1];
	panel->last = NULL;
}

static void disturb(struct soak *soak, struct panel *panel)
{
	static const enum release_policy policies[] = { RELEASE_AT_ONCE, RELEASE_ON_REPLACE, RELEASE_LATE,
							RELEASE_OUT_OF_ORDER };

	if (happens(soak, 30)) {
		enum release_policy policy = policies[soak_below(&soak->random, 4)];

		compositor_set_policy(soak->session.compositor, policy, soak_below(&soak->random, 4));
	}
	if (happens(soak, 5))
		change_size(soak, panel);
	if (happens(soak, 3)) {
		shm_purge(soak->session.shm, panel->cookie);
		panel->last = NULL;
	}
	if (happens(soak, 2) || (!panel->is_scrollable && happens(soak, 30))) {
		panel->is_scrollable = !panel->is_scrollable;
		panel->last = NULL;
	}
}

/* --- the whole -------------------------------------------------------------------------------------------------- */

static uint64_t number_from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL && text[0] != '\0' ? strtoull(text, NULL, 0) : otherwise;
}

static void start(struct soak *soak, uint64_t seed)
{
	*soak = (struct soak){
		.session = session_start(RELEASE_ON_REPLACE), .random = soak_random_from(seed), .pool_bytes = 512 << 20,
	};
	soak_prepare_noises();
	messages_catch(&soak->messages);
	for (int i = 0; i < PANELS; i++) {
		struct panel *panel = &soak->panels[i];

		panel->window = window_open(soak->session.compositor);
		panel->cookie = FIRST_COOKIE + (unsigned long)i;
		panel->is_scrollable = i != 0;
		panel->direction = 1;
		change_size(soak, panel);
	}
}

/* A soak in which nothing grows or rests has tested nothing. */
static void check_all_was_seen(const struct soak *soak, unsigned long wanted)
{
	const struct seen *seen = &soak->seen;
	unsigned buffers_made = compositor_counts(soak->session.compositor).buffers_made;

	printf("# %lu scrolls checked: %lu shifts, %lu turns, %lu in place; %lu refused; %lu rings grew, %lu rested; "
	       "%u frames, %lu buffers, %u wl_buffers\n", seen->scrolls, seen->shifts, seen->turns, seen->in_place,
	       seen->refused, seen->grown, seen->rested, soak->frames, seen->made, buffers_made);
	CHECK(seen->scrolls >= wanted);
	CHECK(seen->shifts > wanted / 10 && seen->turns > wanted / 100 && seen->in_place > wanted / 100);
	CHECK(seen->refused > wanted / 500 && seen->bad > wanted / 1000);
	CHECK(seen->grown > wanted / 5000);
	/* With large pages, what a small ring has beside its view is often part of the same ones. */
	CHECK(seen->rested >= wanted / (SCROLLS_BETWEEN_PAUSES * (sysconf(_SC_PAGESIZE) > 4096 ? 40 : 8)));
	CHECK(seen->made > wanted / 2000 && seen->reused > wanted / 100 && seen->copied > wanted / 100);
	CHECK(buffers_made > seen->made + wanted / 500); /* a ring makes one for each offset that is new to it */
	CHECK_EQUAL(soak->messages.errors, seen->bad); /* one line for each step that makes no sense, and no other */
	CHECK_EQUAL(soak->messages.warnings, 0);
}

static void run(uint64_t seed, unsigned long wanted)
{
	static struct soak soak;
	unsigned long next_pause = SCROLLS_BETWEEN_PAUSES / 2;

	start(&soak, seed);
	while (soak.seen.scrolls < wanted) {
		struct panel *panel = &soak.panels[soak_below(&soak.random, PANELS)];

		disturb(&soak, panel);
		show_frame(&soak, panel, true);
		if (soak.seen.scrolls >= next_pause) {
			pause_panel(&soak, panel);
			next_pause += SCROLLS_BETWEEN_PAUSES;
		}
	}
	check_all_was_seen(&soak, wanted);
	messages_stop();
	for (int i = 0; i < PANELS; i++)
		window_close(&soak.panels[i].window);
	session_stop(&soak.session);
}

TEST(a_million_random_scrolls_agree_with_a_naive_model)
{
	uint64_t seed = number_from_environment("MILLPOND_SOAK_SEED", 1);
	uint64_t wanted = number_from_environment("MILLPOND_SOAK_SCROLLS", SCROLLS);
	struct runner_outcome outcome;

	if (wanted < LEAST_SCROLLS)
		wanted = LEAST_SCROLLS;
	runner_set_limit(200);
	IN_CHILD(&outcome, 180) {
		run(seed, (unsigned long)wanted);
	}
	if (outcome.end != CHILD_EXITED || outcome.number != 0)
		printf("# to repeat it: MILLPOND_SOAK_SEED=%llu MILLPOND_SOAK_SCROLLS=%llu build/c-tests/shm/soak/scroll_soak\n",
		       (unsigned long long)seed, (unsigned long long)wanted);
	CHECK_CHILD_WELL(&outcome);
}
