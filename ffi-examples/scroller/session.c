#define _GNU_SOURCE
#include "session.h"

#include <stdio.h>
#include <string.h>

#include "shared/clock.h"
#include "xdg-shell-client-protocol.h"

#define FRAMES_PER_MEASUREMENT 8

/* The columns of the table at the end: which one counts the frames from now on. */
static void count_in_own_column(struct session *session)
{
	struct view *view = &session->view;
	view->statistics = view->uses_shm_scroll ? &session->by_shm_scroll : &session->by_memmove;
	view->page.hints = view->uses_shm_scroll ? "m memmove  t tint  q end" : "m shm_scroll  t tint  q end";
}

static void act(void *user, enum action action, int amount, uint32_t serial)
{
	struct session *session = user;
	struct view *view = &session->view;
	/* a page keeps one line of what was shown, to go on reading from */
	int page_lines = view->layout.text_lines > 1 ? view->layout.text_lines - 1 : 1;

	switch (action) {
	case ACTION_LINES: view_scroll_by(view, amount); break;
	case ACTION_PAGES: view_scroll_by(view, (long)amount * page_lines); break;
	case ACTION_START: view_scroll_to_start(view); break;
	case ACTION_END: view_scroll_to_end(view); break;
	case ACTION_SWITCH_MOVING:
		view->uses_shm_scroll = !view->uses_shm_scroll;
		count_in_own_column(session);
		view_draw_anew(view);
		break;
	case ACTION_SWITCH_TINT:
		view->page.is_tinted = !view->page.is_tinted;
		view_draw_anew(view);
		break;
	case ACTION_QUIT: session->is_over = true; break;
	case ACTION_MOVE_WINDOW:
		xdg_toplevel_move(session->window.toplevel, session->input.seat.seat, serial);
		break;
	}
}

/* Takes over the size that the compositor wants. */
static void follow_size(struct session *session)
{
	struct window *window = &session->window;
	struct view *view = &session->view;
	if (window->width == view->layout.width && window->height == view->layout.height)
		return;
	view_resize(view, window->width, window->height);
}

static void bind_seat(void *user, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
	struct session *session = user;
	if (strcmp(interface, wl_seat_interface.name) == 0)
		seat_bind(&session->input.seat, registry, name, version);
}

bool session_open(struct session *session, const struct session_start *start)
{
	*session = (struct session){
		.window = {
			.program = "scroller",
			.display = start->display,
			.width = start->width,
			.height = start->height,
			.global = bind_seat,
			.global_user = session,
			.serve = start->serve,
			.serve_user = start->serve_user,
		},
		.input = {.act = act, .user = session},
		.view = {
			.painter = start->painter,
			.page = {.text = start->text},
			.uses_shm_scroll = start->uses_shm_scroll,
		},
		.by_shm_scroll = {.title = "shm_scroll", .wl_buffers_made = -1, .pools_made = -1, .requests = -1},
		.by_memmove = {.title = "memmove", .wl_buffers_made = -1, .pools_made = -1, .requests = -1},
	};
	count_in_own_column(session);
	input_prepare(&session->input, start->painter->line_height);
	if (!window_open(&session->window, start->text->name))
		return false;
	seat_prepare_cursor(&session->input.seat, session->window.compositor, session->window.shm);
	session->view.shm = session->window.shm;
	session->view.surface = session->window.surface;
	follow_size(session);
	return true;
}

void session_close(struct session *session)
{
	/* The buffers go first: they are proxies of this display. */
	shm_fini();
	memmove_beside_end(&session->view.explaining.beside);
	seat_close(&session->input.seat);
	window_close(&session->window);
}

/* Waits for events, at most `limit_ms`, and handles them; a key that is held counts as one. */
static bool handle_events(struct session *session, int limit_ms)
{
	if (!window_dispatch(&session->window, seat_wait_limit_ms(&session->input.seat, limit_ms)))
		return false;
	seat_repeat_key(&session->input.seat);
	return true;
}

/* Draws the next frame if there is something new and the compositor wants it. */
static bool update(struct session *session)
{
	follow_size(session);
	if (!session->view.is_stale || !window_wants_frame(&session->window))
		return true;
	if (!view_render(&session->view))
		return false;
	window_commit(&session->window);
	if (session->view.statistics->frames % FRAMES_PER_MEASUREMENT == 1)
		statistics_measure_memory(session->view.statistics);
	return true;
}

bool session_run(struct session *session)
{
	while (!session->is_over && !session->window.is_closed) {
		/* the limit is only there to be sure; nothing happens until there is an event */
		if (!update(session) || !handle_events(session, 1000))
			return false;
	}
	return true;
}

static bool wait_for_frame(struct session *session)
{
	int64_t end_ms = clock_ms() + WINDOW_ANSWER_LIMIT_MS;
	while (!window_wants_frame(&session->window)) {
		int64_t left_ms = end_ms - clock_ms();
		if (left_ms <= 0) {
			fprintf(stderr, "scroller: the compositor did not show frame %u within %d seconds\n",
				session->view.statistics->frames, WINDOW_ANSWER_LIMIT_MS / 1000);
			return false;
		}
		if (!handle_events(session, (int)left_ms))
			return false;
	}
	return true;
}

bool session_play(struct session *session, struct script script, bool (*check)(struct session *session, void *user),
		  void *user)
{
	do {
		if (!update(session) || !wait_for_frame(session))
			return false;
		if (check != NULL && !check(session, user))
			return false;
	} while (!session->is_over && !session->window.is_closed && script_step(&script, &session->view));
	statistics_measure_memory(session->view.statistics);
	return true;
}

bool session_show(struct session *session)
{
	return update(session) && wait_for_frame(session);
}
