/*
 * What has changed on the screen since the last frame: scrolls, in their order, and rows that are to be drawn anew when
 * all scrolls are done. Knows neither libvterm nor pixels.
 */
#ifndef TERMINAL_CHANGES_H
#define TERMINAL_CHANGES_H

#include <stdbool.h>

/* More than a program does between two frames, but for one that scrolls many regions: then they are drawn anew. */
#define CHANGES_SCROLLS_MAX 8

/* Rows top to bottom - 1 were moved by `rows`: > 0 up, < 0 down; less than there are in the region. */
struct scroll {
	int top, bottom;
	int rows;
};

struct changes {
	int row_count;
	bool *is_stale;       /* for each row */
	bool is_any;          /* a frame is due */
	struct scroll scrolls[CHANGES_SCROLLS_MAX];
	int scroll_count;
};

/* Everything is stale then. False if there is no memory: then nothing has changed. */
bool changes_resize(struct changes *changes, int row_count);

void changes_free(struct changes *changes);

/* Rows top to bottom - 1 look different. */
void changes_mark(struct changes *changes, int top, int bottom);

void changes_mark_all(struct changes *changes);

void changes_scroll(struct changes *changes, struct scroll scroll);

bool changes_are_everything(const struct changes *changes);

/* A frame has been drawn. */
void changes_clear(struct changes *changes);

#endif
