/* The lines of README.md that draw a frame, as they stand there: what the compositor sees is a full redraw's picture. */
#include "compositor/session.h"
#include "support/runner.h"

#include <wayland-client.h>

#define WIDTH 120
#define HEIGHT 90
#define FRAMES 200
#define ROWS_MAX 50

static int first_row; /* of the document, at the top of the picture */

static uint32_t colour(int row)
{
	return 0xff000000 | (uint32_t)row * 2654435761u >> 8;
}

static void draw_rows(struct buffer *buffer, int top, int bottom)
{
	for (int row = top; row < bottom; row++)
		for (int x = 0; x < buffer->width; x++)
			buffer_row(buffer, row)[x] = colour(first_row + row);
}

/* True if shm_scroll() has left fewer rows to draw. */
static bool draw_frame(struct wl_shm *shm, struct wl_surface *surface, int width, int height, unsigned long cookie, int rows)
{
#include "readme_frame.h"
	return top > 0;
}

static void check_picture(const struct session *session)
{
	struct compositor_frame frame = compositor_frame(session->compositor);

	CHECK(frame.width == WIDTH && frame.height == HEIGHT);
	for (int row = 0; row < HEIGHT; row++)
		for (int x = 0; x < WIDTH; x++)
			CHECK_EQUAL(frame.pixels[row * (frame.stride_bytes / 4) + x], colour(first_row + row));
}

/* Returns how many of the frames were scrolled. */
static int show_document(enum release_policy policy)
{
	struct session session = session_start(policy);
	int scrolled = 0;

	first_row = 0;
	for (int frame = 0; frame < FRAMES; frame++) {
		int rows = 1 + frame * 7 % ROWS_MAX;

		first_row += rows;
		scrolled += draw_frame(session.shm, session.window.surface, WIDTH, HEIGHT, 1, rows);
		wl_surface_damage_buffer(session.window.surface, 0, 0, WIDTH, HEIGHT);
		wl_surface_commit(session.window.surface);
		CHECK(compositor_pump(session.compositor));
		check_picture(&session);
	}
	session_stop(&session);
	return scrolled;
}

TEST(a_frame_is_right_where_buffers_are_released_at_once)
{
	CHECK(show_document(RELEASE_AT_ONCE) > FRAMES / 2);
}

TEST(a_frame_is_right_where_two_buffers_alternate)
{
	CHECK(show_document(RELEASE_ON_REPLACE) > FRAMES / 2);
}

TEST(a_frame_is_right_in_any_order_of_release)
{
	show_document(RELEASE_OUT_OF_ORDER);
}
