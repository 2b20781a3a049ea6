/*
 * A program's life in a few milliseconds, and what must hold in it although calls of the library fail.
 */
#ifndef MILLPOND_FAULTS_SCENARIO_H
#define MILLPOND_FAULTS_SCENARIO_H

#include "shm/faults/inject.h"
#include "shm/faults/scene.h"
#include "shm/faults/sweep.h"

/*
 * Two groups that draw, scroll round their rings, are shown, released late, resized and purged, and small buffers
 * beside them. Checks everything that it gets; ends with shm_fini(). Then, with nothing failing any more, does a part
 * of it again: that must work, and leave no descriptor and no mapping.
 */
void scenario_run(struct scenario_report *report, const struct scenario_options *options);

/* The same, of what a seed says: buffers of few kinds in any order of calls. */
void scenario_run_random(struct scenario_report *report, const struct scenario_options *options);

/* The end of both: what is checked with nothing failing any more. */
void scenario_end(struct scene *scene, struct runner_resources before);

/*
 * Asks for a buffer again and again while every call from the next one of the kind on fails: however long that goes on,
 * nothing is taken and kept.
 */
void scenario_fail_for_long(struct scenario_report *report, const struct fault *fault);

#endif
