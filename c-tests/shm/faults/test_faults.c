/*
 * The fixed scenario of scenario.c with each call failing in turn (sweep.h), and failures of other kinds.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compositor/session.h"
#include "shm.h"
#include "shm/faults/inject.h"
#include "shm/faults/scenario.h"
#include "shm/faults/scene.h"
#include "shm/faults/sweep.h"
#include "support/runner.h"

#define RUN_LIMIT_SECONDS 20

static void sweep_fixed(bool has_error_return, bool persists)
{
	struct sweep sweep = { .body = scenario_run, .has_error_return = has_error_return, .persists = persists,
			       .has_large_buffers = true, .tries_all_errors = sweep_scenarios(0) > 0 };

	sweep_all(&sweep);
}

TEST(shm_fini_gives_all_memory_back)
{
	struct sweep sweep = { .body = scenario_run, .has_error_return = true, .has_large_buffers = true };

	CHECK_EQUAL(sweep_live_blocks(&sweep), 0);
}

TEST(one_call_fails_and_errors_return)
{
	sweep_fixed(true, false);
}

TEST(all_calls_from_one_on_fail_and_errors_return)
{
	sweep_fixed(true, true);
}

TEST(one_call_fails_and_errors_abort)
{
	sweep_fixed(false, false);
}

TEST(all_calls_from_one_on_fail_and_errors_abort)
{
	sweep_fixed(false, true);
}

/* The first get succeeds before anything is armed; call 1 is past then, and all that follow fail. */
TEST(failing_for_long_takes_nothing)
{
	const enum fault_kind kinds[] = { FAULT_MALLOC, FAULT_MARSHAL, FAULT_IMAGE, FAULT_MADVISE };

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct fault fault = { kinds[i], 1, true, fault_describe(kinds[i])->error_numbers[0] };
		struct runner_outcome outcome;

		IN_CHILD(&outcome, RUN_LIMIT_SECONDS) {
			struct scenario_report report = { 0 };

			scenario_fail_for_long(&report, &fault);
		}
		CHECK_CHILD_WELL(&outcome);
	}
}

/* A program that got nothing has nothing to purge: its connection may end. */
TEST(a_first_request_that_fails_leaves_nothing_of_the_connection)
{
	const enum fault_kind kinds[] = { FAULT_IMAGE, FAULT_MADVISE };

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct fault fault = { kinds[i], 1, true, fault_describe(kinds[i])->error_numbers[0] };
		struct session session = session_start(RELEASE_AT_ONCE);
		struct buffer *buffer;

		shm_set_error_mode(SHM_ERRORS_RETURN);
		fault_arm(&fault);
		fault_enter();
		buffer = shm_get_buffer(session.shm, 300, 200, 1, true, 1);
		fault_leave();
		CHECK(fault_fired() > 0);
		fault_arm(NULL);
		if (buffer == NULL) {
			CHECK(compositor_pump(session.compositor));
			CHECK(compositor_counts(session.compositor).pools_made > 0);
			CHECK_EQUAL(compositor_counts(session.compositor).pools_live, 0);
		}
		CHECK(buffer == NULL || kinds[i] != FAULT_IMAGE);
		session_stop(&session);
	}
}

/* The second buffer lies beside the first, is given back with its memory, and comes again: what is new must be zero. */
TEST(a_system_that_ignores_what_is_to_be_removed_is_found_out)
{
	struct scenario_report report = { 0 };
	struct scene scene;

	fault_ignore_removing();
	scene_start(&scene, &report, true);
	scene_get(&scene, &(struct scene_request){ 0, 300, 300, false, 1 });
	for (unsigned i = 0; i < 3; i++) {
		scene_get(&scene, &(struct scene_request){ 1, 300, 300, false, 1 });
		scene_show(&scene, 1);
		scene_release_all(&scene);
		scene_purge(&scene, 1);
	}
	CHECK_EQUAL(compositor_counts(scene.compositor).pools_made, 1);
	CHECK(fault_count(FAULT_HOLE) > 0); /* of the other kind */
	scene_fini(&scene);
	scene_stop(&scene);
}

static void fall_back(const char *folder)
{
	const struct fault no_memfd = { FAULT_MEMFD, 1, true, ENOSYS };

	CHECK(setenv("XDG_RUNTIME_DIR", folder, 1) == 0);
	fault_refuse_folder("/dev/shm");
	fault_arm(&no_memfd);
}

TEST(without_memfd_and_shared_memory_files_are_in_the_folder_of_the_user)
{
	char folder[] = "/tmp/millpond-user-XXXXXX";
	struct scenario_report report = { 0 };

	CHECK(mkdtemp(folder) != NULL);
	fall_back(folder);
	scenario_run(&report, &(struct scenario_options){ .has_error_return = true, .has_large_buffers = true });
	CHECK(report.nulls == 0 && report.refused_scrolls == 0 && report.plain_buffers == 0 && report.live_blocks == 0);
	CHECK(fault_fired() > 0);
	CHECK(rmdir(folder) == 0); /* it is empty */
}

/* The user's folder is not there, has too long a path, or no absolute one. */
TEST(without_any_folder_for_files_the_error_is_that_of_memfd)
{
	static char too_long[5000];
	const char *folders[] = { "/nowhere/at/all", too_long, "relative", "" };
	struct scenario_report report = { 0 };
	struct scene scene;

	memset(too_long, '/', sizeof(too_long) - 1);
	shm_set_error_mode(SHM_ERRORS_RETURN);
	scene_start(&scene, &report, true);
	for (unsigned i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		fall_back(folders[i]);
		scene_get(&scene, &(struct scene_request){ 0, 200, 200, true, 1 });
		CHECK(scene.current[0] == NULL);
		CHECK_EQUAL(report.nulls, i + 1);
	}
	scene_fini(&scene);
	scene_stop(&scene);
}
