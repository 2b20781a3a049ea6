#define _GNU_SOURCE
#include "session.h"

#include <stdio.h>
#include <string.h>

#include "shared/clock.h"
#include "xdg-shell-client-protocol.h"

#define LINES_PER_FRAME 3
#define HALF_PAGES_UP 4
#define HALF_PAGES_DOWN 2
#define FRAMES_MIN 600
/* A longer text is not shown line by line: the script jumps to its end, or its start. */
#define PHASE_FRAMES_MAX 2000
#define FRAMES_PER_MEASUREMENT 8

static void act(void *user, enum action action, int amount, uint32_t serial)
{
	struct session *session = user;
	struct view *view = &session->view;
	/* a page keeps one line of what was shown, to go on reading from */
	int page_lines = view->layout.text_lines > 1 ? view->layout.text_lines - 1 : 1;

	switch (action) {
	case ACTION_LINES: view_scroll_by(view, amount); break;
	case ACTION_PAGES: view_scroll_by(view, (long)amount * page_lines); break;
	case ACTION_START: view_scroll_to(view, 0); break;
	case ACTION_END: view_scroll_to(view, view->text->line_count); break;
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
	session->input.title_rows = view->layout.text_top;
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
			.text = start->text,
			.statistics = &session->statistics,
			.uses_shm_scroll = start->uses_shm_scroll,
		},
		.statistics = {
			.title = start->uses_shm_scroll ? "shm_scroll" : "memmove",
			.wl_buffers_made = -1,
			.pools_made = -1,
			.requests = -1,
		},
	};
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
	if (session->statistics.frames % FRAMES_PER_MEASUREMENT == 1)
		statistics_measure_memory(&session->statistics);
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
				session->statistics.frames, WINDOW_ANSWER_LIMIT_MS / 1000);
			return false;
		}
		if (!handle_events(session, (int)left_ms))
			return false;
	}
	return true;
}

enum phase { PHASE_DOWN, PHASE_HALF_PAGES_UP, PHASE_HALF_PAGES_DOWN, PHASE_UP, PHASE_OVER };

struct script {
	enum phase phase;
	unsigned phase_frames;
	unsigned frame_limit;
	unsigned frames;
};

/* True if the phase has come to its end. */
static bool phase_is_done(const struct script *script, const struct view *view)
{
	switch (script->phase) {
	case PHASE_DOWN: return view->top_line == layout_last_top_line(&view->layout, view->text);
	case PHASE_HALF_PAGES_UP: return script->phase_frames == HALF_PAGES_UP;
	case PHASE_HALF_PAGES_DOWN: return script->phase_frames == HALF_PAGES_DOWN;
	case PHASE_UP: return view->top_line == 0;
	case PHASE_OVER: break;
	}
	return false;
}

static void next_phase(struct script *script)
{
	bool goes_on = script->frame_limit != 0 || script->frames < FRAMES_MIN;
	script->phase_frames = 0;
	if (script->phase == PHASE_UP && goes_on)
		script->phase = PHASE_DOWN;
	else
		script->phase++;
}

/* Scrolls on. False if the script is over, or if there is nothing to scroll. */
static bool script_step(struct script *script, struct view *view)
{
	size_t last_top_line = layout_last_top_line(&view->layout, view->text);
	if (last_top_line == 0 || (script->frame_limit != 0 && script->frames + 1 >= script->frame_limit))
		return false;
	if (phase_is_done(script, view))
		next_phase(script);

	bool is_too_long = script->phase_frames == PHASE_FRAMES_MAX;
	int half_page_lines = view->layout.text_lines > 1 ? view->layout.text_lines / 2 : 1;
	switch (script->phase) {
	case PHASE_DOWN:
		view_scroll_to(view, is_too_long ? last_top_line : view->top_line + LINES_PER_FRAME);
		break;
	case PHASE_HALF_PAGES_UP: view_scroll_by(view, -half_page_lines); break;
	case PHASE_HALF_PAGES_DOWN: view_scroll_by(view, half_page_lines); break;
	case PHASE_UP:
		if (is_too_long)
			view_scroll_to(view, 0);
		else
			view_scroll_by(view, -LINES_PER_FRAME);
		break;
	case PHASE_OVER: return false;
	}
	script->phase_frames++;
	script->frames++;
	return true;
}

bool session_play(struct session *session, unsigned frame_limit, bool (*check)(struct session *session, void *user),
		  void *user)
{
	struct script script = {.phase = PHASE_DOWN, .frame_limit = frame_limit};
	do {
		if (!update(session) || !wait_for_frame(session))
			return false;
		if (check != NULL && !check(session, user))
			return false;
	} while (!session->is_over && !session->window.is_closed && script_step(&script, &session->view));
	statistics_measure_memory(&session->statistics);
	return true;
}
