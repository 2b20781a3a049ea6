#include "embedded.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compositor/compositor.h"
#include "draw.h"
#include "session.h"
#include "shared/picture.h"

/* What the picture shows as drawn; it shows the rest as moved. */
#define PICTURE_LINES 4
/* The first steps of a view that was just drawn anew write to memory that was not used before. */
#define PICTURE_STEPS 12

struct player {
	const struct embedded_run *run;
	struct compositor *compositor;
	struct statistics settled;       /* what there was when counting began */
};

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
	draw_page(view->painter, page, layout, &view->page);

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
				view->statistics->frames, view->top.line + 1, row);
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
			session->view.statistics->frames);
		return false;
	}
	return is_shown_right(session, &frame);
}

static bool check(struct session *session, void *user)
{
	struct player *player = user;
	unsigned frames = session->view.statistics->frames;
	if (frames == player->run->settling_frames)
		player->settled = *session->view.statistics;
	return frames % player->run->frames_per_check != 1 || check_now(session, player->compositor);
}

/* Some steps from the start of the text; the last one is tinted: what it has drawn and what it has moved can be told apart. */
static bool make_picture(struct session *session, struct compositor *compositor, const char *path)
{
	struct view *view = &session->view;
	view->page.is_tinted = true;
	view->explaining.compares_live = true;
	view_scroll_to_start(view);
	view_draw_anew(view);
	if (!session_show(session))
		return false;
	for (int i = 0; i < PICTURE_STEPS; i++) {
		view_scroll_by(view, PICTURE_LINES);
		if (!session_show(session))
			return false;
	}
	if (!check_now(session, compositor))
		return false;
	struct compositor_frame frame = compositor_frame(compositor);
	if (picture_write(path, frame.pixels, frame.width, frame.height, frame.stride_bytes))
		return true;
	fprintf(stderr, "scroller: cannot write %s: %s\n", path, strerror(errno));
	return false;
}

/* What was counted since the settled state. */
static void subtract(struct statistics *all, const struct statistics *settled)
{
	all->frames -= settled->frames;
	all->pages_drawn -= settled->pages_drawn;
	all->scrolls_by_library -= settled->scrolls_by_library;
	all->scrolls_by_program -= settled->scrolls_by_program;
	all->copied_bytes -= settled->copied_bytes;
	all->moving_ns -= settled->moving_ns;
	all->drawing_ns -= settled->drawing_ns;
	all->page_faults -= settled->page_faults;
}

static bool play(struct player *player, struct session *session, struct statistics *statistics)
{
	const struct embedded_run *run = player->run;
	if (!session_play(session, run->script, check, player) || !check_now(session, player->compositor))
		return false;
	struct compositor_counts counts = compositor_counts(player->compositor);
	*statistics = *session->view.statistics;
	subtract(statistics, &player->settled);
	statistics->wl_buffers_made = counts.buffers_made;
	statistics->pools_made = counts.pools_made;
	statistics->requests = counts.requests;
	return run->picture_path == NULL || make_picture(session, player->compositor, run->picture_path);
}

bool embedded_run(const struct embedded_run *run, struct statistics *statistics)
{
	const struct compositor_options options = {
		.policy = run->releases_late ? RELEASE_ON_REPLACE : RELEASE_AT_ONCE,
		.hashes_nothing = run->hashes_nothing,
	};
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
	struct player player = {.run = run, .compositor = compositor};
	bool is_right = session_open(&session, &start) && play(&player, &session, statistics);
	const char *protocol_error = compositor_protocol_error(compositor);
	if (protocol_error != NULL)
		fprintf(stderr, "scroller: the compositor refused a request: %s\n", protocol_error);
	session_close(&session);
	wl_display_disconnect(start.display);
	compositor_stop(compositor);
	return is_right && protocol_error == NULL;
}
