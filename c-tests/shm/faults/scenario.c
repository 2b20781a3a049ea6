#include "shm/faults/scenario.h"

#include "shm/faults/scene.h"
#include "support/clock_forward.h"

enum {
	WINDOW,
	OTHER_WINDOW,
	STUBBORN,
	RESTING,
	MEDIUM,
	OTHER_MEDIUM,
	LARGE,
	FIRST_LABEL,
	LAST_LABEL = SCENE_GROUPS - 1,
};

static const struct scroll_step forward = { .rows = 5 };
static const struct scroll_step forward_with_status = { .rows = 4, .top_margin = 2, .top_keep_rows = 8,
							.bottom_margin = 3, .bottom_keep_rows = 9 };
static const struct scroll_step reverse = { .rows = -7 };
static const struct scroll_step reverse_with_status = { .rows = -3, .top_keep_rows = 11, .bottom_margin = 1,
							.bottom_keep_rows = 5 };

static void scroll_window(struct scene *scene)
{
	const struct scene_request window = { WINDOW, 40, 48, true, 2 };

	scene_get(scene, &window);
	for (unsigned i = 0; i < 5; i++) {
		scene_scroll(scene, WINDOW, 5, &forward);
		scene_scroll(scene, WINDOW, 1, &forward_with_status);
	}
	scene_show(scene, WINDOW);
	/* The first buffer is with the compositor: this is a second one. */
	scene_get(scene, &window);
	for (unsigned i = 0; i < 10; i++) {
		scene_scroll(scene, WINDOW, 5, &reverse);
		scene_scroll(scene, WINDOW, 1, &reverse_with_status);
	}
	scene_show(scene, WINDOW);
	scene_release_oldest(scene);
	scene_get(scene, &window);
	scene_scroll(scene, WINDOW, 3, &forward);
	scene_show(scene, WINDOW);
}

static void show_labels(struct scene *scene)
{
	for (unsigned group = FIRST_LABEL; group <= LAST_LABEL; group++) {
		scene_get(scene, &(struct scene_request){ group, 17, 12, false, 1 });
		scene_show(scene, group);
	}
	scene_release_all(scene);
}

static void resize_window(struct scene *scene)
{
	for (unsigned i = 0; i < 3; i++) {
		scene_get(scene, &(struct scene_request){ WINDOW, 57 - (int)i, 39 + (int)i, true, 2 });
		scene_scroll(scene, WINDOW, 3, &forward);
		scene_show(scene, WINDOW);
	}
	scene_release_all(scene);
}

/* A window that no longer scrolls: the library gives back what its ring holds beside the view. */
static void rest(struct scene *scene)
{
	for (unsigned i = 0; i < 70; i++) {
		scene_get(scene, &(struct scene_request){ RESTING, 30, 200, true, 1 });
		if (i == 0)
			scene_scroll(scene, RESTING, 30, &forward);
		if (i == 1)
			clock_put_forward(UNTIL_RINGS_REST_MS);
		scene_show(scene, RESTING);
		scene_release_all(scene);
	}
}

/* The compositor holds more buffers than it can need: the library gives the oldest up. */
static void hold_too_many(struct scene *scene)
{
	for (unsigned i = 0; i < 9; i++) {
		scene_get(scene, &(struct scene_request){ STUBBORN, 25, 31, true, 1 });
		scene_scroll(scene, STUBBORN, 1, &forward);
		scene_show(scene, STUBBORN);
	}
	scene_release_all(scene);
}

/* For the second there is memory for its view, but not for a ring: where the file cannot grow, it does not scroll. */
static void show_medium(struct scene *scene)
{
	scene_get(scene, &(struct scene_request){ MEDIUM, 400, 300, true, 1 });
	scene_scroll(scene, MEDIUM, 2, &reverse_with_status);
	scene_show(scene, MEDIUM);
	scene_get(scene, &(struct scene_request){ OTHER_MEDIUM, 500, 400, true, 1 });
	scene_scroll(scene, OTHER_MEDIUM, 1, &forward);
	scene_show(scene, OTHER_MEDIUM);
	scene_release_all(scene);
	scene_purge(scene, OTHER_MEDIUM);
}

/* Leaves more memory beside the medium buffer than is kept for the next one. */
static void show_large(struct scene *scene)
{
	scene_get(scene, &(struct scene_request){ LARGE, 1024, 1100, true, 1 });
	scene_scroll(scene, LARGE, 1, &forward);
	scene_show(scene, LARGE);
	scene_release_all(scene);
	scene_purge(scene, LARGE);
}

static void purge_while_held(struct scene *scene)
{
	scene_get(scene, &(struct scene_request){ OTHER_WINDOW, 24, 16, false, 1 });
	scene_show(scene, OTHER_WINDOW);
	scene_purge(scene, OTHER_WINDOW);
	scene_release_all(scene);
}

/* With nothing failing any more, everything works, before and after shm_fini(). */
static void check_recovery(struct scene *scene)
{
	const struct scene_request window = { OTHER_WINDOW, 33, 44, true, 1 };
	unsigned plain_before = scene->report->plain_buffers, refused_before = scene->report->refused_scrolls;

	scene_get(scene, &window);
	CHECK(scene->current[OTHER_WINDOW] != NULL);
	scene_scroll(scene, OTHER_WINDOW, 20, &forward);
	scene_scroll(scene, OTHER_WINDOW, 20, &reverse);
	scene_show(scene, OTHER_WINDOW);
	CHECK_EQUAL(scene->report->plain_buffers, plain_before);
	CHECK_EQUAL(scene->report->refused_scrolls, refused_before);
}

/* Descriptors and mappings are as before; what the compositor still holds of what it was shown is its own. */
static void end_and_compare(struct scene *scene, struct runner_resources before)
{
	scene_fini(scene);
	scene_release_all(scene);
	fault_unmap_refused();
	CHECK_SAME_RESOURCES(before);
}

void scenario_end(struct scene *scene, struct runner_resources before)
{
	fault_suspend(true);
	check_recovery(scene);
	fault_suspend(false);
	scene_get(scene, &(struct scene_request){ OTHER_WINDOW, 20, 20, true, 3 });
	scene_show(scene, OTHER_WINDOW);
	end_and_compare(scene, before);
	fault_suspend(true);
	check_recovery(scene);
	end_and_compare(scene, before);
}

void scenario_run(struct scenario_report *report, const struct scenario_options *options)
{
	struct runner_resources before;
	struct scene scene;

	shm_set_error_mode(options->has_error_return ? SHM_ERRORS_RETURN : SHM_ERRORS_ABORT);
	scene_start(&scene, report, options->has_error_return);
	before = runner_count_resources();
	scroll_window(&scene);
	show_labels(&scene);
	resize_window(&scene);
	rest(&scene);
	show_medium(&scene);
	if (options->has_large_buffers)
		show_large(&scene);
	hold_too_many(&scene);
	purge_while_held(&scene);
	scenario_end(&scene, before);
	report->live_blocks = fault_live_blocks();
	scene_stop(&scene);
}

static void ask_in_vain(struct scene *scene, const struct fault *fault, unsigned times)
{
	fault_arm(fault);
	for (unsigned i = 0; i < times; i++) {
		scene_get(scene, &(struct scene_request){ OTHER_WINDOW, 200, 200, true, 2 });
		CHECK(scene->current[OTHER_WINDOW] == NULL);
	}
	fault_arm(NULL);
	/* What libwayland has queued, with duplicates of descriptors, is not the library's. */
	CHECK(compositor_pump(scene->compositor));
}

/* Five hundred times the same line. */
static void ignore_message(int level, const char *message, void *user)
{
	(void)level;
	(void)message;
	(void)user;
}

void scenario_fail_for_long(struct scenario_report *report, const struct fault *fault)
{
	struct runner_resources before, after;
	struct scene scene;
	long blocks;

	shm_set_error_mode(SHM_ERRORS_RETURN);
	shm_set_log_handler(ignore_message, NULL);
	scene_start(&scene, report, true);
	scene_get(&scene, &(struct scene_request){ WINDOW, 200, 200, true, 2 });
	scene_show(&scene, WINDOW);
	ask_in_vain(&scene, fault, 3);
	before = runner_count_resources();
	blocks = fault_live_blocks();
	ask_in_vain(&scene, fault, 500);
	after = runner_count_resources();
	CHECK_EQUAL(after.descriptors, before.descriptors);
	CHECK_EQUAL(after.shared_mappings, before.shared_mappings);
	CHECK_EQUAL(after.shared_bytes, before.shared_bytes);
	CHECK_EQUAL(fault_live_blocks(), blocks);
	CHECK_EQUAL(compositor_counts(scene.compositor).buffers_live, 1);
	scene_release_all(&scene);
	scene_fini(&scene);
	scene_stop(&scene);
}
