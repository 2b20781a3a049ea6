#include "embedded.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compositor/compositor.h"
#include "session.h"
#include "shared/picture.h"

/* Drawing a whole page for each frame would take most of the time. */
#define FRAMES_PER_CHECK 8

static void serve(void *user)
{
	compositor_serve(user);
}

/* Compares what the compositor saw with the same page, drawn as a whole and without any scrolling. */
static bool is_shown_right(const struct session *session, const struct compositor_frame *frame)
{
	const struct view *view = &session->view;
	const struct layout *layout = &view->layout;
	if (frame->pixels == NULL || frame->width != layout->width || frame->height != layout->height) {
		fprintf(stderr, "scroller: the compositor sees %d x %d pixels in place of %d x %d\n", frame->width,
			frame->height, layout->width, layout->height);
		return false;
	}
	pixman_image_t *page = pixman_image_create_bits(PIXMAN_a8r8g8b8, layout->width, layout->height, NULL, 0);
	if (page == NULL) {
		fprintf(stderr, "scroller: not enough memory\n");
		return false;
	}
	draw_page(view->painter, page, layout, view->text, view->top_line);

	const unsigned char *expected = (const unsigned char *)pixman_image_get_data(page);
	const unsigned char *seen = (const unsigned char *)frame->pixels;
	bool is_right = true;
	for (int row = 0; row < layout->height && is_right; row++) {
		is_right = memcmp(seen + (size_t)row * (size_t)frame->stride_bytes,
				  expected + (size_t)row * (size_t)pixman_image_get_stride(page),
				  (size_t)layout->width * 4) == 0;
		if (!is_right)
			fprintf(stderr, "scroller: frame %u (line %zu at the top) is wrong: the compositor sees other "
					"pixels in row %d than a full redraw has\n",
				session->statistics.frames, view->top_line + 1, row);
	}
	pixman_image_unref(page);
	return is_right;
}

static bool check_now(struct session *session, struct compositor *compositor)
{
	struct compositor_frame frame = compositor_frame(compositor);
	struct compositor_counts counts = compositor_counts(compositor);
	if (counts.held_changed != 0) {
		fprintf(stderr, "scroller: a buffer that the compositor holds was written to, in or before frame %u\n",
			session->statistics.frames);
		return false;
	}
	return is_shown_right(session, &frame);
}

static bool check(struct session *session, void *user)
{
	return session->statistics.frames % FRAMES_PER_CHECK != 1 || check_now(session, user);
}

static bool play(const struct embedded_run *run, struct session *session, struct compositor *compositor)
{
	if (!session_play(session, run->frame_limit, check, compositor) || !check_now(session, compositor))
		return false;
	struct compositor_counts counts = compositor_counts(compositor);
	session->statistics.wl_buffers_made = counts.buffers_made;
	session->statistics.pools_made = counts.pools_made;
	session->statistics.requests = counts.requests;
	if (run->picture_path == NULL)
		return true;
	struct compositor_frame frame = compositor_frame(compositor);
	if (picture_write(run->picture_path, frame.pixels, frame.width, frame.height, frame.stride_bytes))
		return true;
	fprintf(stderr, "scroller: cannot write %s: %s\n", run->picture_path, strerror(errno));
	return false;
}

bool embedded_run(const struct embedded_run *run, struct statistics *statistics)
{
	const struct compositor_options options = {.policy = run->releases_late ? RELEASE_ON_REPLACE : RELEASE_AT_ONCE};
	struct compositor *compositor = compositor_start(&options);
	const struct session_start start = {
		.display = compositor_new_client(compositor),
		.painter = run->painter,
		.text = run->text,
		.width = run->width,
		.height = run->height,
		.uses_shm_scroll = run->uses_shm_scroll,
		.serve = serve,
		.serve_user = compositor,
	};
	struct session session;
	bool is_right = session_open(&session, &start) && play(run, &session, compositor);
	const char *protocol_error = compositor_protocol_error(compositor);
	if (protocol_error != NULL)
		fprintf(stderr, "scroller: the compositor refused a request: %s\n", protocol_error);
	session_close(&session);
	wl_display_disconnect(start.display);
	compositor_stop(compositor);
	*statistics = session.statistics;
	return is_right && protocol_error == NULL;
}
