#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "shm/faults/sweep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/runner.h"

#define WORKERS 2
#define RUN_LIMIT_SECONDS 20
#define BAD_RUNS_SHOWN 20
#define NEVER_RELEASED "millpond: warning: the compositor does not release"

/* Shared between a worker and its parent, and between it and the child of the run. */
struct sweep_worker {
	struct scenario_report report;
	unsigned long counts[FAULT_KINDS];
	struct sweep_totals totals;
	int text;                              /* the file that is stderr in the children */
};

static void run_here(const struct sweep *sweep, struct sweep_worker *worker, const struct fault *fault,
		     const struct scenario_options *options)
{
	const struct rlimit no_core = { 0, 0 };

	setrlimit(RLIMIT_CORE, &no_core);
	runner_set_limit(RUN_LIMIT_SECONDS);
	dup2(worker->text, STDERR_FILENO);
	if (options->has_no_memfd)
		fault_refuse_memfd();
	fault_arm(fault);
	sweep->body(&worker->report, options);
	for (int kind = 0; kind < FAULT_KINDS; kind++)
		worker->counts[kind] = fault_count(kind);
	fflush(stdout);
	_exit(EXIT_SUCCESS);
}

/* Runs the scenario in a child process, and gives its end as waitpid() does. */
static int run(const struct sweep *sweep, struct sweep_worker *worker, const struct fault *fault,
	       const struct scenario_options *options)
{
	int status = 0;
	pid_t child;

	worker->totals.runs++;
	memset(&worker->report, 0, sizeof(worker->report));
	CHECK(ftruncate(worker->text, 0) == 0 && lseek(worker->text, 0, SEEK_SET) == 0);
	fflush(stdout);
	child = fork();
	CHECK(child >= 0);
	if (child == 0)
		run_here(sweep, worker, fault, options);
	while (waitpid(child, &status, 0) < 0)
		CHECK(errno == EINTR);
	return status;
}

/*
 * Is what the last call of the library has written exactly one line, with the word in it? A compositor that does not
 * release is another matter, which has a line of its own when it is found out in the same call.
 */
static bool has_written_one_line(const struct sweep_worker *worker, const char *word)
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

static void show_bad_run(const struct sweep_worker *worker, const struct fault *fault,
			 const struct scenario_options *options, const char *what)
{
	char text[512];
	ssize_t bytes = pread(worker->text, text, sizeof(text) - 1, 0);

	text[bytes > 0 ? bytes : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	printf("# scenario %llu%s, %s, call %lu%s, errno %d, %s: %s%s%s\n", (unsigned long long)options->seed,
	       options->has_no_memfd ? " without memfd" : "", fault_describe(fault->kind)->name, fault->first_call,
	       fault->persists ? " and all later ones" : "", fault->error_number,
	       options->has_error_return ? "errors return" : "errors abort", what, *text ? "; it wrote: " : "", text);
	fflush(stdout);
}

static const char *judge(const struct sweep *sweep, struct sweep_worker *worker, const struct fault *fault, int status)
{
	struct sweep_totals *totals = &worker->totals;
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

static bool needs_large_buffers(const struct sweep *sweep, enum fault_kind kind)
{
	return sweep->has_large_buffers && kind <= FAULT_CLOSE;
}

static void inject(const struct sweep *sweep, struct sweep_worker *worker, const struct fault *fault,
		   const struct scenario_options *options)
{
	int status = run(sweep, worker, fault, options);
	const char *bad = judge(sweep, worker, fault, status);
	struct sweep_totals *totals = &worker->totals;

	totals->injections++;
	if (bad && totals->crashed + totals->hung + totals->wrong <= BAD_RUNS_SHOWN)
		show_bad_run(worker, fault, options, bad);
}

/* Every WORKERS-th injection of the fixed scenario, beginning with the `number`-th. */
static void work(const struct sweep *sweep, unsigned number)
{
	unsigned turn = 0;

	for (int kind = 0; kind < FAULT_KINDS; kind++) {
		const struct fault_description *described = fault_describe(kind);
		const struct scenario_options options = { .has_error_return = sweep->has_error_return,
							  .has_large_buffers = needs_large_buffers(sweep, kind) };

		for (unsigned long call = 1; call <= sweep->counts[kind]; call++)
			for (unsigned i = 0; described->error_numbers[i] != 0; i++)
				if ((sweep->tries_all_errors || i < described->usual) && turn++ % WORKERS == number)
					inject(sweep, &sweep->workers[number],
					       &(struct fault){ kind, call, sweep->persists,
								described->error_numbers[i] }, &options);
	}
}

static void count_calls(struct sweep *sweep, struct sweep_worker *worker, const struct scenario_options *options)
{
	int status = run(sweep, worker, NULL, options);

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		printf("# scenario %llu fails without faults\n", (unsigned long long)options->seed);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK(worker->report.nulls == 0 && worker->report.refused_scrolls == 0 && worker->report.plain_buffers == 0);
	for (int kind = 0; kind < FAULT_KINDS; kind++)
		if (needs_large_buffers(sweep, kind) == options->has_large_buffers)
			sweep->counts[kind] = worker->counts[kind];
	sweep->live_blocks = worker->report.live_blocks;
}

/* One error for each call: over many scenarios, each call meets each. */
static void try_scenario(struct sweep *sweep, struct sweep_worker *worker, const struct scenario_options *options)
{
	count_calls(sweep, worker, options);
	for (int kind = 0; kind < FAULT_KINDS; kind++) {
		const int *errors = fault_describe(kind)->error_numbers;
		unsigned count = 0;

		while (errors[count] != 0)
			count++;
		for (unsigned long call = 1; call <= sweep->counts[kind]; call++)
			inject(sweep, worker,
			       &(struct fault){ kind, call, sweep->persists, errors[(call + options->seed) % count] },
			       options);
	}
}

static void try_scenarios(struct sweep *sweep, unsigned number)
{
	for (unsigned i = number; i < sweep->scenarios; i += WORKERS)
		try_scenario(sweep, &sweep->workers[number],
			     &(struct scenario_options){ .has_error_return = sweep->has_error_return,
							 .has_no_memfd = (sweep->first_seed + i) % 3 == 2,
							 .seed = sweep->first_seed + i });
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

static struct sweep_totals close_workers(struct sweep *sweep)
{
	struct sweep_totals sum = { 0 };

	for (unsigned i = 0; i < WORKERS; i++) {
		const unsigned long *part = (const unsigned long *)&sweep->workers[i].totals;

		for (size_t field = 0; field < sizeof(sum) / sizeof(*part); field++)
			((unsigned long *)&sum)[field] += part[field];
		close(sweep->workers[i].text);
	}
	munmap(sweep->workers, WORKERS * sizeof(*sweep->workers));
	return sum;
}

static void work_in_children(struct sweep *sweep)
{
	pid_t children[WORKERS];

	fflush(stdout);
	for (unsigned i = 0; i < WORKERS; i++) {
		children[i] = fork();
		CHECK(children[i] >= 0);
		if (children[i] == 0) {
			if (sweep->scenarios > 0)
				try_scenarios(sweep, i);
			else
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

static void count_calls_of_fixed(struct sweep *sweep)
{
	struct scenario_options options = { .has_error_return = sweep->has_error_return };

	if (sweep->has_large_buffers)
		count_calls(sweep, &sweep->workers[0], &(struct scenario_options){ sweep->has_error_return, true, false, 0 });
	count_calls(sweep, &sweep->workers[0], &options);
	printf("# calls:");
	for (int kind = 0; kind < FAULT_KINDS; kind++)
		printf(" %s %lu%s", fault_describe(kind)->name, sweep->counts[kind],
		       kind + 1 < FAULT_KINDS ? "," : "\n");
}

void sweep_all(struct sweep *sweep)
{
	struct sweep_totals totals;

	runner_set_limit(sweep->scenarios > 10 || sweep->tries_all_errors ? 3600 : 300);
	open_workers(sweep);
	if (sweep->scenarios == 0)
		count_calls_of_fixed(sweep);
	work_in_children(sweep);
	totals = close_workers(sweep);
	printf("# %lu injections (%lu struck) in %lu runs of %u scenario%s: %lu survived, %lu returned NULL, "
	       "%lu aborted with a line, %lu crashed, %lu hung, %lu wrong; %lu scrolls refused, "
	       "%lu buffers without room to scroll\n",
	       totals.injections, totals.struck, totals.runs, sweep->scenarios > 0 ? sweep->scenarios : 1,
	       sweep->scenarios > 0 ? "s" : "", totals.survived, totals.returned_null, totals.aborted_well, totals.crashed, totals.hung, totals.wrong,
	       totals.refused_scrolls, totals.plain_buffers);
	CHECK(totals.injections > 0 && totals.struck == totals.injections);
	CHECK_EQUAL(totals.crashed, 0);
	CHECK_EQUAL(totals.hung, 0);
	CHECK_EQUAL(totals.wrong, 0);
}

long sweep_live_blocks(struct sweep *sweep)
{
	open_workers(sweep);
	count_calls_of_fixed(sweep);
	close_workers(sweep);
	return sweep->live_blocks;
}

unsigned sweep_scenarios(unsigned otherwise)
{
	const char *text = getenv("MILLPOND_FAULT_SCENARIOS");

	return text != NULL ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}
