/*
 * A program's life in a few milliseconds, and what must hold in it although calls of the library fail.
 */
#ifndef MILLPOND_FAULTS_SCENARIO_H
#define MILLPOND_FAULTS_SCENARIO_H

#include <stdbool.h>

#include "shm/faults/inject.h"
#include "shm/faults/scene.h"

struct scenario_options {
	bool has_error_return;                 /* SHM_ERRORS_RETURN is set */
	bool has_large_buffers;                /* takes three times as long, and makes the library give memory back */
};

/*
 * Two groups that draw, scroll round their rings, are shown, released late, resized and purged, and small buffers
 * beside them. Checks everything that it gets; ends with shm_fini(). Then, with nothing failing any more, does a part
 * of it again: that must work, and leave no descriptor and no mapping.
 */
void scenario_run(struct scenario_report *report, const struct scenario_options *options);

/*
 * Asks for a buffer again and again while every call from the next one of the kind on fails: however long that goes on,
 * nothing is taken and kept.
 */
void scenario_fail_for_long(struct scenario_report *report, const struct fault *fault);

#endif
