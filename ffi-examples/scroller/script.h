/* Scrolls a view without a person: to the end in steps of a few lines, some half pages back and forth, and up again. */
#ifndef SCROLLER_SCRIPT_H
#define SCROLLER_SCRIPT_H

#include "view.h"

enum { SCRIPT_LINES_PER_FRAME = 3 };

enum phase { PHASE_DOWN, PHASE_HALF_PAGES_UP, PHASE_HALF_PAGES_DOWN, PHASE_UP, PHASE_OVER };

struct script {
	bool has_half_pages;
	unsigned frame_limit;        /* 0: once, and at least some hundred frames */

	/* Set to 0 in the beginning. */
	enum phase phase;
	unsigned phase_frames;
	unsigned frames;
};

/* Scrolls on. False if the script is over, or if there is nothing to scroll. */
bool script_step(struct script *script, struct view *view);

#endif
