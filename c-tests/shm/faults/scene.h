/*
 * Calls of the library that may fail, each with all that must hold then.
 */
#ifndef MILLPOND_FAULTS_SCENE_H
#define MILLPOND_FAULTS_SCENE_H

#include <stdbool.h>
#include <stddef.h>

#include "compositor/compositor.h"
#include "shm.h"
#include "shm/faults/call.h"
#include "shm/parity/model.h"
#include "support/runner.h"

#define SCENE_GROUPS 10
#define SCENE_PICTURES 16
#define SCENE_COOKIE(group) (0xfa01UL + (group))

struct scene {
	struct compositor *compositor;
	struct wl_surface *surfaces[SCENE_GROUPS];
	struct scenario_report *report;
	bool has_error_return;
	/* The buffers that a group has got, each with the pixels that it must have. */
	struct model_buffer pictures[SCENE_GROUPS][SCENE_PICTURES];
	struct model_buffer *current[SCENE_GROUPS]; /* got last; NULL if none could be had */
	struct model_buffer *newest[SCENE_GROUPS]; /* got last, of what could be had */
	unsigned next[SCENE_GROUPS];           /* place for the next new one */
};

struct scene_request {
	unsigned group;
	int width, height;
	bool scrollable;
	size_t pix_instances;
};

void scene_start(struct scene *scene, struct scenario_report *report, bool has_error_return);
void scene_stop(struct scene *scene);

/* Gets a buffer, draws noise into it, and keeps it as the group's picture. */
void scene_get(struct scene *scene, const struct scene_request *request);

/* The same step so many times. Nothing, if the group has no buffer. */
void scene_scroll(struct scene *scene, unsigned group, unsigned times, const struct scroll_step *step);

/* The program says that it has drawn all of the group's picture. */
void scene_record(struct scene *scene, unsigned group);

/* Attaches and commits the group's picture, and lets the compositor look at it. */
void scene_show(struct scene *scene, unsigned group);

void scene_release_oldest(struct scene *scene);
void scene_release_all(struct scene *scene);
void scene_purge(struct scene *scene, unsigned group);
void scene_fini(struct scene *scene);

#endif
