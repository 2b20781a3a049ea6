/* What a program does to one buffer, and how it records that. */
#ifndef MILLPOND_CATCHING_UP_DRAW_H
#define MILLPOND_CATCHING_UP_DRAW_H

#include "shm/catching_up/state.h"

/* Draws a frame and keeps its records. Something is recorded, unless the conduct is another. */
void drawing_do(struct drawing *drawing);

/* Draws everything. */
void drawing_do_all(struct drawing *drawing);

/* As foot 1.8 does at age 1: the scrolls of the last frame again, then its rectangles are copied. */
void drawing_replay_last(struct drawing *drawing);

/* Writes age, count and records into the buffer. */
void drawing_end(struct drawing *drawing);

#endif
