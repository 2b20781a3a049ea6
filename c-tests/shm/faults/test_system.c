/* The system itself fails: limits of the process, a file system that is full, signals that interrupt whatever goes on. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "shm/faults/scenario.h"
#include "shm/faults/sweep.h"
#include "support/runner.h"
#include "support/sanitizers.h"

#define RUN_SECONDS 20
#define STACK_BYTES (1 << 20)
#define NOBODY 65534
#define FULL_BYTES_MORE (64UL << 20)

/* --- limits ------------------------------------------------------------------------------------------------------- */

struct limit {
	int resource;
	unsigned long more;                /* than is in use; of the size of files: in all */
};

static struct limit limit;

static void set_soft_limit(rlim_t value)
{
	struct rlimit now;

	CHECK(getrlimit(limit.resource, &now) == 0);
	now.rlim_cur = value < now.rlim_max ? value : now.rlim_max;
	CHECK(setrlimit(limit.resource, &now) == 0);
}

/* In KiB, as /proc says it. */
static unsigned long bytes_in_use(const char *what)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long kibibytes = 0;
	char line[256];

	CHECK(file != NULL);
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, what, strlen(what)) == 0)
			kibibytes = strtoul(line + strlen(what), NULL, 10);
	fclose(file);
	return kibibytes * 1024;
}

static void begin_limit(void)
{
	int error_number = errno;
	int free_number;

	switch (limit.resource) {
	case RLIMIT_NOFILE:
		free_number = dup(STDIN_FILENO);
		CHECK(free_number >= 0);
		close(free_number);
		set_soft_limit((rlim_t)free_number + limit.more);
		break;
	case RLIMIT_AS:
		set_soft_limit(bytes_in_use("VmSize:") + limit.more);
		break;
	case RLIMIT_MEMLOCK: /* all that comes in this call is locked */
		CHECK(mlockall(MCL_FUTURE) == 0);
		set_soft_limit(limit.more);
		break;
	default:
		set_soft_limit(limit.more);
	}
	errno = error_number;
}

static void end_limit(void)
{
	set_soft_limit(RLIM_INFINITY);
	if (limit.resource == RLIMIT_MEMLOCK)
		CHECK(munlockall() == 0);
}

/* A stack that grows in a call would take address space, too. */
static void __attribute__((noinline)) use_stack(void)
{
	volatile char bytes[STACK_BYTES];

	for (size_t i = 0; i < sizeof(bytes); i += 512)
		bytes[i] = 0;
}

static void live_with_limit(uint64_t seed, bool has_error_return)
{
	struct scenario_report report = { 0 };

	use_stack();
	fault_surround(begin_limit, end_limit, NULL);
	scenario_run_random(&report, &(struct scenario_options){ .has_error_return = has_error_return, .seed = seed });
	CHECK_EQUAL(report.live_blocks, 0);
}

/* Every way is a run: with errors returned nothing ends the program, otherwise an error is said before. */
static void try_limit(unsigned scenarios, unsigned *aborts)
{
	for (unsigned i = 0; i < scenarios * 2; i++) {
		struct runner_outcome outcome;
		bool has_error_return = i % 2 == 0;

		IN_CHILD(&outcome, RUN_SECONDS)
			live_with_limit(8000 + i / 2, has_error_return);
		if (!has_error_return && outcome.end == CHILD_ABORTED) {
			CHECK(strstr(outcome.text, "millpond: error: ") != NULL);
			++*aborts;
			continue;
		}
		if (outcome.end != CHILD_EXITED || outcome.number != 0)
			printf("# seed %u, limit of %d, %lu more\n", 8000 + i / 2, limit.resource, limit.more);
		CHECK_CHILD_WELL(&outcome);
	}
}

static void try_limits(int resource, const unsigned long *more, unsigned count)
{
	unsigned scenarios = sweep_scenarios(8) / 4, aborts = 0;

	runner_set_limit(600);
	for (unsigned i = 0; i < count; i++) {
		limit = (struct limit){ resource, more[i] };
		try_limit(scenarios, &aborts);
	}
	printf("# %u injections in %u runs: a limit in each call; %u aborted with a line\n", count * scenarios * 2,
	       count * scenarios * 2, aborts);
}

static const unsigned long bytes_more[] = { 0, 4096, 20480, 131072, 1 << 20, 3 << 20, 6 << 20, 16 << 20, 32 << 20, 64 << 20 };
#define BYTES_MORE (sizeof(bytes_more) / sizeof(bytes_more[0]))

TEST(a_limit_of_descriptors_is_no_end)
{
	static const unsigned long more[] = { 0, 1, 2, 3, 4, 6 };

	try_limits(RLIMIT_NOFILE, more, 6);
}

TEST(a_limit_of_address_space_is_no_end)
{
	if (HAS_ADDRESS_SANITIZER)
		SKIP("AddressSanitizer ends the program where it gets no memory");
	try_limits(RLIMIT_AS, bytes_more, BYTES_MORE);
}

TEST(a_limit_of_the_size_of_files_is_no_end)
{
	try_limits(RLIMIT_FSIZE, bytes_more, BYTES_MORE);
}

/* root's is not limited. */
TEST(a_limit_of_locked_memory_is_no_end)
{
	if (HAS_ADDRESS_SANITIZER)
		SKIP("AddressSanitizer ends the program where it gets no memory");
	if (geteuid() == 0) {
		if (setresuid(NOBODY, NOBODY, NOBODY) != 0)
			SKIP("root's memory is not limited");
		CHECK(prctl(PR_SET_DUMPABLE, 1) == 0); /* or /proc/self is root's */
	}
	if (mlockall(MCL_FUTURE) != 0 || munlockall() != 0)
		SKIP("memory cannot be locked here");
	try_limits(RLIMIT_MEMLOCK, bytes_more, BYTES_MORE);
}

/* --- signals ------------------------------------------------------------------------------------------------------ */

/* So often that hardly a call of the system is without. */
#define STORM_INTERVAL_NS 20000

static volatile sig_atomic_t signals;
static sigset_t storm;

static void note_signal(int number)
{
	(void)number;
	signals++;
}

static timer_t start_storm(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	const struct timespec interval = { .tv_nsec = STORM_INTERVAL_NS };
	timer_t timer;

	CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	CHECK(timer_settime(timer, 0, &(struct itimerspec){ interval, interval }, NULL) == 0);
	return timer;
}

static void begin_storm(void)
{
	sigprocmask(SIG_UNBLOCK, &storm, NULL);
}

static void end_storm(void)
{
	sigprocmask(SIG_BLOCK, &storm, NULL);
}

/* Without SA_RESTART: each call of the system that can be interrupted says EINTR. Only calls of the library meet them. */
static void live_in_storm(scenario_body body, uint64_t seed)
{
	const struct sigaction action = { .sa_handler = note_signal };
	struct scenario_report report = { 0 };
	timer_t timer;

	sigemptyset(&storm);
	sigaddset(&storm, SIGUSR1);
	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	end_storm();
	timer = start_storm();
	fault_surround(begin_storm, end_storm, NULL);
	body(&report, &(struct scenario_options){ .has_error_return = true, .has_large_buffers = true, .seed = seed });
	CHECK(timer_delete(timer) == 0);
	CHECK(report.nulls == 0 && report.refused_scrolls == 0 && report.plain_buffers == 0);
	CHECK_EQUAL(report.live_blocks, 0);
	CHECK(signals > 0);
	printf("# %ld signals in the calls of a scenario\n", (long)signals);
	fflush(stdout);
}

TEST(signals_that_never_end_change_nothing)
{
	unsigned scenarios = sweep_scenarios(8) / 4;

	runner_set_limit(600);
	for (unsigned i = 0; i <= scenarios; i++) {
		struct runner_outcome outcome;

		IN_CHILD(&outcome, RUN_SECONDS * 3)
			live_in_storm(i == 0 ? scenario_run : scenario_run_random, 9000 + i);
		CHECK_CHILD_WELL(&outcome);
	}
}

/* --- a file system that is full ----------------------------------------------------------------------------------- */

static char full_folder[] = "/tmp/millpond-full-XXXXXX";
static unsigned long full_bytes;
static bool is_grown;

/* A file system of so many bytes, in the place of memfd. Only this process sees it. */
static void limit_file_system(unsigned long bytes)
{
	const char *folder = full_folder;
	char options[64];

	full_bytes = bytes;
	snprintf(options, sizeof(options), "size=%lu,mode=777", bytes);
	if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mount("tmpfs", folder, "tmpfs", 0, options) != 0)
		SKIP("nothing can be mounted here");
	CHECK(setenv("XDG_RUNTIME_DIR", folder, 1) == 0);
	fault_refuse_folder("/dev/shm");
	fault_refuse_memfd();
}

/* What is in it already may be more: then it is full as it is. */
static void resize_file_system(unsigned long bytes)
{
	char options[64];

	snprintf(options, sizeof(options), "size=%lu", bytes);
	if (mount(NULL, full_folder, NULL, MS_REMOUNT, options) != 0)
		CHECK(errno == EINVAL);
}

static void fill_file_system(void)
{
	if (!is_grown)
		return;
	is_grown = false;
	resize_file_system(full_bytes);
}

static void grow_file_system(void)
{
	is_grown = true;
	resize_file_system(FULL_BYTES_MORE);
}

/* What does not fit is an error; never SIGBUS, in no call of the library and in no pixel that is drawn or shown. */
static void live_in_full_file_system(unsigned long bytes, uint64_t seed)
{
	struct scenario_report report = { 0 };

	limit_file_system(bytes);
	fault_surround(fill_file_system, NULL, grow_file_system);
	scenario_run_random(&report, &(struct scenario_options){ .has_error_return = true, .seed = seed });
	CHECK_EQUAL(report.live_blocks, 0);
}

TEST(a_file_system_that_is_full_is_no_end)
{
	static const unsigned long sizes[] = { 4096, 16384, 65536, 131072, 262144, 524288, 1 << 20, 2 << 20, 4 << 20 };
	unsigned scenarios = sweep_scenarios(16) / 4, runs = 0, full = 0;

	runner_set_limit(600);
	CHECK(mkdtemp(full_folder) != NULL);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (unsigned seed = 0; seed < scenarios; seed++) {
			struct runner_outcome outcome;

			IN_CHILD(&outcome, RUN_SECONDS)
				live_in_full_file_system(sizes[i], 9500 + seed);
			if (outcome.end == CHILD_EXITED && outcome.number == RUNNER_STATUS_SKIPPED) {
				rmdir(full_folder);
				SKIP("nothing can be mounted here");
			}
			if (outcome.end != CHILD_EXITED || outcome.number != 0)
				printf("# seed %u, %lu bytes\n", 9500 + seed, sizes[i]);
			CHECK_CHILD_WELL(&outcome);
			runs++;
			full += outcome.lines > 0;
		}
	}
	CHECK(rmdir(full_folder) == 0);
	CHECK(full > 0);
	printf("# %u injections in %u runs: a full file system, which was said in %u\n", runs, runs, full);
}
