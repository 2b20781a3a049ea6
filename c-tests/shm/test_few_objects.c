/* How many wl_buffers a scrolling window keeps: a compositor may make a texture of each. */
#include <stdlib.h>
#include <wayland-client.h>

#include "compositor/session.h"
#include "support/runner.h"

#define COOKIE 9
#define WIDTH 400
#define HEIGHT 600
#define CELL 20
#define KEPT_MAX 96

/* A frame that scrolls by `rows`, drawn and recorded as the contract says. */
static void show_scrolled(struct session *session, int rows)
{
	struct buffer *buffer = session_get(session, WIDTH, HEIGHT, COOKIE, true);

	if (rows != 0) {
		int top = rows > 0 ? HEIGHT - rows : 0;

		buffer->scroll_damage = malloc(16);
		buffer->scroll_damage_count = 1;
		CHECK(buffer->scroll_damage != NULL);
		CHECK(shm_scroll(session->shm, buffer, rows, 0, 0, 0, 0));
		for (int y = top; y < top + abs(rows); y++)
			buffer_row(buffer, y)[0] = 1;
		pixman_region32_union_rect(&buffer->dirty, &buffer->dirty, 0, top, WIDTH, (unsigned)abs(rows));
	}
	session_show(session, buffer);
}

static unsigned live(const struct session *session)
{
	return compositor_counts(session->compositor).buffers_live;
}

/* Ten laps by the same step, of each way: a lap uses what the lap before has made. */
static void scroll_on(enum release_policy policy, int rows, int slack)
{
	struct session session = session_start(policy);
	unsigned buffers = policy == RELEASE_AT_ONCE ? 1 : 2;
	unsigned made;

	for (int frame = 0; frame < 10 * HEIGHT / abs(rows); frame++)
		show_scrolled(&session, rows);
	CHECK(live(&session) <= buffers * (unsigned)(slack / abs(rows) + 2));
	made = compositor_counts(session.compositor).buffers_made;
	for (int frame = 0; frame < 5 * HEIGHT / abs(rows); frame++)
		show_scrolled(&session, rows);
	CHECK_EQUAL(compositor_counts(session.compositor).buffers_made, made);
	session_stop(&session);
}

TEST(one_step_needs_an_object_for_each_place_of_a_lap)
{
	static const int steps[] = { CELL, -CELL, 3 * CELL, -3 * CELL, 17, -33 };

	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		scroll_on(RELEASE_AT_ONCE, steps[i], HEIGHT);
		scroll_on(RELEASE_ON_REPLACE, steps[i], HEIGHT / 2);
	}
}

TEST(lines_up_and_down_need_an_object_for_each_line)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	unsigned state = 1;

	for (int frame = 0; frame < 4000; frame++) {
		state = state * 1103515245 + 12345;
		int lines = (int)(state >> 16) % 7 - 3;

		show_scrolled(&session, lines * CELL);
	}
	CHECK(live(&session) <= HEIGHT / CELL + 6); /* some from when the ring was small */
	session_stop(&session);
}

TEST(whatever_the_steps_are_there_are_not_many)
{
	struct session session = session_start(RELEASE_ON_REPLACE);
	unsigned state = 7;

	for (int frame = 0; frame < 4000; frame++) {
		state = state * 1103515245 + 12345;
		int rows = (int)(state >> 16) % 101 - 50;

		show_scrolled(&session, rows);
		CHECK(live(&session) <= 2 * KEPT_MAX);
	}
	session_stop(&session);
}
