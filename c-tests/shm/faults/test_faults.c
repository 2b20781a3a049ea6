/*
 * Systematic failure: a scenario is run once to count the calls of each kind that the library makes; then once for
 * each of them, for each errno that it can give, with that call failing, or that call and all later ones.
 *
 * Nothing may crash or hang. With SHM_ERRORS_RETURN nothing may abort. With SHM_ERRORS_ABORT an abort comes after
 * exactly one line that names what failed. What is checked while a run goes on is in scene.c.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compositor/session.h"
#include "shm.h"
#include "shm/faults/inject.h"
#include "shm/faults/scenario.h"
#include "shm/faults/scene.h"
#include "support/runner.h"

#define WORKERS 2
#define RUN_LIMIT_SECONDS 20
#define BAD_RUNS_SHOWN 20
#define NEVER_RELEASED "millpond: warning: the compositor does not release"

struct totals {
	unsigned long injections, struck, survived, returned_null, aborted_well, crashed, hung, wrong;
	unsigned long refused_scrolls, plain_buffers;
};

/* Of one worker; shared between it and its parent, and between it and the child of the run. */
struct worker {
	struct scenario_report report;
	unsigned long counts[FAULT_KINDS];
	struct totals totals;
	int text;                              /* the file that is stderr in the children */
};

struct sweep {
	bool has_error_return, persists;
	struct worker *workers;
	unsigned long counts[FAULT_KINDS];
	long live_blocks;                      /* that a run without faults leaves */
};

static void run_here(const struct sweep *sweep, struct worker *worker, const struct fault *fault,
		     bool has_large_buffers)
{
	const struct rlimit no_core = { 0, 0 };

	setrlimit(RLIMIT_CORE, &no_core);
	runner_set_limit(RUN_LIMIT_SECONDS);
	dup2(worker->text, STDERR_FILENO);
	fault_arm(fault);
	scenario_run(&worker->report, &(struct scenario_options){ sweep->has_error_return, has_large_buffers });
	for (int kind = 0; kind < FAULT_KINDS; kind++)
		worker->counts[kind] = fault_count(kind);
	fflush(stdout);
	_exit(EXIT_SUCCESS);
}

/* Runs the scenario in a child process, and gives its end as waitpid() does. */
static int run(const struct sweep *sweep, struct worker *worker, const struct fault *fault, bool has_large_buffers)
{
	int status = 0;
	pid_t child;

	memset(&worker->report, 0, sizeof(worker->report));
	CHECK(ftruncate(worker->text, 0) == 0 && lseek(worker->text, 0, SEEK_SET) == 0);
	fflush(stdout);
	child = fork();
	CHECK(child >= 0);
	if (child == 0)
		run_here(sweep, worker, fault, has_large_buffers);
	while (waitpid(child, &status, 0) < 0)
		CHECK(errno == EINTR);
	return status;
}

/*
 * Is what the last call of the library has written exactly one line, with the word in it? A compositor that does not
 * release is another matter, which has a line of its own when it is found out in the same call.
 */
static bool has_written_one_line(const struct worker *worker, const char *word)
{
	char text[1024], *line = text;
	ssize_t bytes = pread(worker->text, text, sizeof(text) - 1, (off_t)worker->report.text_bytes_before_call);

	if (bytes <= 0 || text[bytes - 1] != '\n')
		return false;
	text[bytes - 1] = '\0';
	if (strncmp(line, NEVER_RELEASED, strlen(NEVER_RELEASED)) == 0 && strchr(line, '\n'))
		line = strchr(line, '\n') + 1;
	return !strchr(line, '\n') && strstr(line, word) != NULL;
}

static void show_bad_run(const struct sweep *sweep, const struct worker *worker, const struct fault *fault,
			 const char *what)
{
	char text[512];
	ssize_t bytes = pread(worker->text, text, sizeof(text) - 1, 0);

	text[bytes > 0 ? bytes : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	printf("# %s, call %lu%s, errno %d, %s: %s%s%s\n", fault_describe(fault->kind)->name, fault->first_call,
	       fault->persists ? " and all later ones" : "", fault->error_number,
	       sweep->has_error_return ? "errors return" : "errors abort", what, *text ? "; it wrote: " : "", text);
	fflush(stdout);
}

static const char *judge(const struct sweep *sweep, struct worker *worker, const struct fault *fault, int status)
{
	struct totals *totals = &worker->totals;
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	totals->struck += worker->report.fired > 0;
	totals->refused_scrolls += worker->report.refused_scrolls;
	totals->plain_buffers += worker->report.plain_buffers;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		if (worker->report.live_blocks != sweep->live_blocks) {
			totals->wrong++;
			return "memory is left behind";
		}
		*(worker->report.nulls > 0 ? &totals->returned_null : &totals->survived) += 1;
		return NULL;
	}
	if (signal == SIGABRT && !sweep->has_error_return &&
	    has_written_one_line(worker, fault_describe(fault->kind)->word)) {
		totals->aborted_well++;
		totals->struck += worker->report.fired == 0;
		return NULL;
	}
	if (signal == SIGALRM) {
		totals->hung++;
		return "hangs";
	}
	if (signal != 0 && signal != SIGABRT) {
		totals->crashed++;
		return strsignal(signal);
	}
	totals->wrong++;
	if (signal == 0)
		return "a check does not hold";
	return sweep->has_error_return ? "aborts" : "aborts without exactly one line that names what failed";
}

/* They matter for how system calls are made, and are slow. */
static bool needs_large_buffers(enum fault_kind kind)
{
	return kind <= FAULT_CLOSE;
}

static void inject(const struct sweep *sweep, struct worker *worker, const struct fault *fault)
{
	int status = run(sweep, worker, fault, needs_large_buffers(fault->kind));
	const char *bad = judge(sweep, worker, fault, status);
	struct totals *totals = &worker->totals;

	totals->injections++;
	if (bad && totals->crashed + totals->hung + totals->wrong <= BAD_RUNS_SHOWN)
		show_bad_run(sweep, worker, fault, bad);
}

/* Every WORKERS-th injection, beginning with the `number`-th. */
static void work(const struct sweep *sweep, unsigned number)
{
	unsigned turn = 0;

	for (int kind = 0; kind < FAULT_KINDS; kind++) {
		const int *error_numbers = fault_describe(kind)->error_numbers;

		for (unsigned long call = 1; call <= sweep->counts[kind]; call++)
			for (const int *error_number = error_numbers; *error_number; error_number++)
				if (turn++ % WORKERS == number)
					inject(sweep, &sweep->workers[number],
					       &(struct fault){ kind, call, sweep->persists, *error_number });
	}
}

static void count_calls_of_run(struct sweep *sweep, bool has_large_buffers)
{
	struct worker *worker = &sweep->workers[0];
	int status = run(sweep, worker, NULL, has_large_buffers);

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK(worker->report.nulls == 0 && worker->report.refused_scrolls == 0 && worker->report.plain_buffers == 0);
	for (int kind = 0; kind < FAULT_KINDS; kind++)
		if (needs_large_buffers(kind) == has_large_buffers)
			sweep->counts[kind] = worker->counts[kind];
	sweep->live_blocks = worker->report.live_blocks;
}

static void count_calls(struct sweep *sweep)
{
	count_calls_of_run(sweep, true);
	count_calls_of_run(sweep, false);
	printf("# calls:");
	for (int kind = 0; kind < FAULT_KINDS; kind++)
		printf(" %s %lu%s", fault_describe(kind)->name, sweep->counts[kind],
		       kind + 1 < FAULT_KINDS ? "," : "\n");
}

static void open_workers(struct sweep *sweep)
{
	sweep->workers = mmap(NULL, WORKERS * sizeof(*sweep->workers), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(sweep->workers != MAP_FAILED);
	for (unsigned i = 0; i < WORKERS; i++) {
		sweep->workers[i].text = memfd_create("stderr", MFD_CLOEXEC);
		CHECK(sweep->workers[i].text >= 0);
	}
}

static struct totals close_workers(struct sweep *sweep)
{
	struct totals sum = { 0 };

	for (unsigned i = 0; i < WORKERS; i++) {
		const unsigned long *part = (const unsigned long *)&sweep->workers[i].totals;

		for (size_t field = 0; field < sizeof(sum) / sizeof(*part); field++)
			((unsigned long *)&sum)[field] += part[field];
		close(sweep->workers[i].text);
	}
	munmap(sweep->workers, WORKERS * sizeof(*sweep->workers));
	return sum;
}

static void work_in_children(const struct sweep *sweep)
{
	pid_t children[WORKERS];

	fflush(stdout);
	for (unsigned i = 0; i < WORKERS; i++) {
		children[i] = fork();
		CHECK(children[i] >= 0);
		if (children[i] == 0) {
			work(sweep, i);
			fflush(stdout);
			_exit(EXIT_SUCCESS);
		}
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		int status = 0;

		while (waitpid(children[i], &status, 0) < 0)
			CHECK(errno == EINTR);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

static void sweep_all(bool has_error_return, bool persists)
{
	struct sweep sweep = { .has_error_return = has_error_return, .persists = persists };
	struct totals totals;

	runner_set_limit(300);
	open_workers(&sweep);
	count_calls(&sweep);
	work_in_children(&sweep);
	totals = close_workers(&sweep);
	printf("# %lu injections (%lu struck): %lu survived, %lu returned NULL, %lu aborted with a line, %lu crashed, "
	       "%lu hung, %lu wrong; %lu scrolls refused, %lu buffers without room to scroll\n",
	       totals.injections, totals.struck, totals.survived, totals.returned_null, totals.aborted_well,
	       totals.crashed, totals.hung, totals.wrong, totals.refused_scrolls, totals.plain_buffers);
	CHECK(totals.injections > 0 && totals.struck == totals.injections);
	CHECK_EQUAL(totals.crashed, 0);
	CHECK_EQUAL(totals.hung, 0);
	CHECK_EQUAL(totals.wrong, 0);
}

TEST(shm_fini_gives_all_memory_back)
{
	struct sweep sweep = { .has_error_return = true };

	open_workers(&sweep);
	count_calls(&sweep);
	close_workers(&sweep);
	CHECK_EQUAL(sweep.live_blocks, 0);
}

TEST(one_call_fails_and_errors_return)
{
	sweep_all(true, false);
}

TEST(all_calls_from_one_on_fail_and_errors_return)
{
	sweep_all(true, true);
}

TEST(one_call_fails_and_errors_abort)
{
	sweep_all(false, false);
}

TEST(all_calls_from_one_on_fail_and_errors_abort)
{
	sweep_all(false, true);
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
