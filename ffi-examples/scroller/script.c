#include "script.h"

#define HALF_PAGES_UP 4
#define HALF_PAGES_DOWN 2
#define FRAMES_MIN 600
/* A longer text is not shown line by line: the script jumps to its end, or its start. */
#define PHASE_FRAMES_MAX 2000

static bool is_at_start(const struct view *view)
{
	return place_is_equal(view->top, (struct place){0});
}

static bool is_at_end(const struct view *view)
{
	return place_is_equal(view->top, view->last_top);
}

/* True if the phase has come to its end. */
static bool phase_is_done(const struct script *script, const struct view *view)
{
	switch (script->phase) {
	case PHASE_DOWN: return is_at_end(view);
	case PHASE_HALF_PAGES_UP: return script->phase_frames == HALF_PAGES_UP || !script->has_half_pages;
	case PHASE_HALF_PAGES_DOWN: return script->phase_frames == HALF_PAGES_DOWN || !script->has_half_pages;
	case PHASE_UP: return is_at_start(view);
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

bool script_step(struct script *script, struct view *view)
{
	if (is_at_start(view) && is_at_end(view))
		return false;
	if (script->frame_limit != 0 && script->frames + 1 >= script->frame_limit)
		return false;
	while (phase_is_done(script, view))
		next_phase(script);

	bool is_too_long = script->phase_frames == PHASE_FRAMES_MAX;
	int half_page_lines = view->layout.text_lines > 1 ? view->layout.text_lines / 2 : 1;
	switch (script->phase) {
	case PHASE_DOWN:
		if (is_too_long)
			view_scroll_to_end(view);
		else
			view_scroll_by(view, SCRIPT_LINES_PER_FRAME);
		break;
	case PHASE_HALF_PAGES_UP: view_scroll_by(view, -half_page_lines); break;
	case PHASE_HALF_PAGES_DOWN: view_scroll_by(view, half_page_lines); break;
	case PHASE_UP:
		if (is_too_long)
			view_scroll_to_start(view);
		else
			view_scroll_by(view, -SCRIPT_LINES_PER_FRAME);
		break;
	case PHASE_OVER: return false;
	}
	script->phase_frames++;
	script->frames++;
	return true;
}
