/*
 * A program with one or two windows that draws at random, and knows what its windows are to show.
 *
 *   picture.c  pixels
 *   state.c    what the program is like, and what it knows
 *   draw.c     what a program does to one buffer, and how it records that
 *   program.c  frames: a buffer is asked for, brought up to date, drawn, shown; all is compared
 */
#ifndef MILLPOND_CATCHING_UP_PROGRAM_H
#define MILLPOND_CATCHING_UP_PROGRAM_H

#include "shm/catching_up/state.h"

void program_start(struct program *program, const struct library *library, enum release_policy policy,
		   unsigned late_commits, uint64_t seed, const struct habits *habits, struct tallies *tallies);

/* Draws and shows one frame of one of the windows, with what may happen around it. */
void program_step(struct program *program);

/* Finishes the library, too. Fails the test if pixels were changed that the compositor held. */
void program_stop(struct program *program);

#endif
