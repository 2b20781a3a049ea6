/* What moving the pixels costs in three sizes of window, by three ways. */
#ifndef SCROLLER_COMPARISON_H
#define SCROLLER_COMPARISON_H

#include "painter.h"
#include "text.h"

/* Scrolls the text in each size, and prints the table. False, and one line on stderr, if a picture was wrong. */
bool comparison_run(const struct painter *painter, const struct text *text, bool releases_late,
		    const char *picture_path);

#endif
