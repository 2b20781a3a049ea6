/* The life of a launcher in a few milliseconds: buffers of several sizes, shown, given back, used again. */
#ifndef MILLPOND_LAUNCHER_LIFE_H
#define MILLPOND_LAUNCHER_LIFE_H

#include "shm/faults/sweep.h"

/* The fixed one where the seed is 0, otherwise what the seed says. */
void life_run(struct scenario_report *report, const struct scenario_options *options);

#endif
