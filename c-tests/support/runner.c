/* Runs tests, each in a process of its own. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "support/runner.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_LIMIT_SECONDS 60
#define REASON_BYTES 256

static struct runner_test *tests;
static char *skip_reason; /* shared with the children */

/* Sorted by line: constructors may run in any order. */
void runner_register(struct runner_test *test)
{
	struct runner_test **place = &tests;

	while (*place != NULL && (*place)->line < test->line)
		place = &(*place)->next;
	test->next = *place;
	*place = test;
}

/* Under valgrind and on slow machines the limits are stretched. */
static unsigned stretched(unsigned seconds)
{
	const char *factor = getenv("MILLPOND_TEST_PATIENCE");

	return factor != NULL && atoi(factor) > 0 ? seconds * (unsigned)atoi(factor) : seconds;
}

void runner_set_limit(unsigned seconds)
{
	alarm(stretched(seconds));
}

void runner_fail(const char *file, int line, const char *condition)
{
	printf("# %s:%d: does not hold: %s\n", file, line, condition);
	fflush(stdout);
	_exit(EXIT_FAILURE);
}

void runner_skip(const char *why)
{
	snprintf(skip_reason, REASON_BYTES, "%s", why);
	fflush(stdout);
	_exit(RUNNER_STATUS_SKIPPED);
}

void runner_check_equal(const char *file, int line, const char *left_text, long long left, const char *right_text,
			long long right)
{
	if (left == right)
		return;
	printf("# %s:%d: %s is %lld, but %s is %lld\n", file, line, left_text, left, right_text, right);
	fflush(stdout);
	_exit(EXIT_FAILURE);
}

/* The statistics page stays once it is made, whatever a test leaves: there is one in a process at most. */
#define STATISTICS_PAGE "/memfd:millpond-stats"

static bool is_statistics_page(int directory, const char *number)
{
	char target[sizeof(STATISTICS_PAGE)] = "";

	return readlinkat(directory, number, target, sizeof(target) - 1) > 0 && strcmp(target, STATISTICS_PAGE) == 0;
}

static unsigned count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned count = 0, pages = 0;

	if (directory == NULL)
		runner_fail(__FILE__, __LINE__, "/proc/self/fd can be read");
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		bool is_page = is_statistics_page(dirfd(directory), entry->d_name);

		pages += is_page;
		count += entry->d_name[0] != '.' && !(is_page && pages == 1);
	}
	closedir(directory);
	return count - 1; /* the directory's own */
}

struct runner_resources runner_count_resources(void)
{
	struct runner_resources resources = { .descriptors = count_descriptors() };
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long long begin, end;
	unsigned pages = 0;
	char *line = NULL, access[5];
	size_t capacity_bytes = 0;

	if (maps == NULL)
		runner_fail(__FILE__, __LINE__, "/proc/self/maps can be read");
	while (getline(&line, &capacity_bytes, maps) > 0) {
		if (sscanf(line, "%llx-%llx %4s", &begin, &end, access) != 3 || access[3] != 's')
			continue;
		if (strstr(line, STATISTICS_PAGE) != NULL && pages++ == 0)
			continue;
		resources.shared_mappings++;
		resources.writable_shared_mappings += access[1] == 'w';
		resources.shared_bytes += (size_t)(end - begin);
	}
	free(line);
	fclose(maps);
	return resources;
}

void runner_check_same_resources(const char *file, int line, struct runner_resources before)
{
	struct runner_resources now = runner_count_resources();

	if (now.descriptors == before.descriptors && now.shared_mappings == before.shared_mappings)
		return;
	printf("# %s:%d: leaves %u descriptors, found %u; leaves %u shared mappings, found %u\n", file, line,
	       now.descriptors, before.descriptors, now.shared_mappings, before.shared_mappings);
	fflush(stdout);
	_exit(EXIT_FAILURE);
}

static void limit_child(unsigned limit_seconds)
{
	struct rlimit core = { 0, 0 };

	/* A test that wants one may raise it again. */
	if (getrlimit(RLIMIT_CORE, &core) == 0)
		core.rlim_cur = 0;
	setrlimit(RLIMIT_CORE, &core);
	runner_set_limit(limit_seconds);
}

/* Ends with exit(), so that leak checkers have their say. */
static void run_in_this_process(const struct runner_test *test, unsigned limit_seconds)
{
	limit_child(limit_seconds);
	struct runner_resources before = runner_count_resources();
	test->body();
	runner_check_same_resources(test->name, test->line, before);
	exit(EXIT_SUCCESS);
}

static struct runner_outcome outcome_of_status(int status)
{
	struct runner_outcome outcome = { .end = CHILD_KILLED, .number = WTERMSIG(status) };

	if (WIFEXITED(status)) {
		outcome.end = CHILD_EXITED;
		outcome.number = WEXITSTATUS(status);
	} else if (outcome.number == SIGABRT) {
		outcome.end = CHILD_ABORTED;
	} else if (outcome.number == SIGALRM) {
		outcome.end = CHILD_HUNG;
	} else if (outcome.number == SIGSEGV || outcome.number == SIGBUS || outcome.number == SIGILL ||
		   outcome.number == SIGFPE) {
		outcome.end = CHILD_CRASHED;
	}
	return outcome;
}

static struct runner_outcome wait_for(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			runner_fail(__FILE__, __LINE__, "a child process can be waited for");
	return outcome_of_status(status);
}

static void print_end(const char *who, const struct runner_outcome *outcome)
{
	if (outcome->end == CHILD_HUNG)
		printf("# %s: took longer than its limit\n", who);
	else if (outcome->end == CHILD_EXITED)
		printf("# %s: ended with status %d\n", who, outcome->number);
	else
		printf("# %s: killed by signal %d (%s)\n", who, outcome->number, strsignal(outcome->number));
}

static bool run(const struct runner_test *test, unsigned number)
{
	fflush(NULL);
	pid_t child = fork();
	if (child < 0)
		runner_fail(__FILE__, __LINE__, "a child process can be made");
	if (child == 0)
		run_in_this_process(test, DEFAULT_LIMIT_SECONDS);
	struct runner_outcome outcome = wait_for(child);
	bool is_skipped = outcome.end == CHILD_EXITED && outcome.number == RUNNER_STATUS_SKIPPED;
	bool is_well = is_skipped || (outcome.end == CHILD_EXITED && outcome.number == 0);
	if (!is_well)
		print_end(test->name, &outcome);
	printf("%s %u - %s%s%s\n", is_well ? "ok" : "not ok", number, test->name, is_skipped ? " # SKIP " : "",
	       is_skipped ? skip_reason : "");
	fflush(stdout);
	return is_well;
}

/* qemu, running a program of another machine, writes a line of its own when the program dies of a signal. */
static void forget_emulator_line(struct runner_outcome *outcome)
{
	char *line = strstr(outcome->text, "qemu: uncaught target signal ");

	if (line == NULL || (line != outcome->text && line[-1] != '\n'))
		return;
	size_t length = strcspn(line, "\n");
	length += line[length] == '\n';
	memmove(line, line + length, strlen(line + length) + 1);
	outcome->lines--;
}

/* The child's stderr, up to its end; counts lines beyond what fits, too. */
static void read_text(int descriptor, struct runner_outcome *outcome)
{
	char piece[1024];
	size_t length = 0;

	outcome->lines = 0;
	for (ssize_t count; (count = read(descriptor, piece, sizeof(piece))) != 0;) {
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			break;
		for (ssize_t i = 0; i < count; i++) {
			outcome->lines += piece[i] == '\n';
			if (length < sizeof(outcome->text) - 1)
				outcome->text[length++] = piece[i];
		}
	}
	outcome->text[length] = '\0';
	forget_emulator_line(outcome);
}

bool runner_begin_child(struct runner_outcome *outcome, unsigned limit_seconds)
{
	int ends[2];

	fflush(NULL);
	if (pipe(ends) < 0)
		runner_fail(__FILE__, __LINE__, "a pipe can be made");
	pid_t child = fork();
	if (child < 0)
		runner_fail(__FILE__, __LINE__, "a child process can be made");
	if (child == 0) {
		limit_child(limit_seconds);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		return true;
	}
	close(ends[1]);
	struct runner_outcome caught;
	read_text(ends[0], &caught);
	close(ends[0]);
	*outcome = wait_for(child);
	memcpy(outcome->text, caught.text, sizeof(outcome->text));
	outcome->lines = caught.lines;
	return false;
}

struct runner_outcome runner_try(void (*body)(void), unsigned limit_seconds)
{
	struct runner_test test = { .name = "tried", .body = body };
	struct runner_outcome outcome;

	IN_CHILD(&outcome, limit_seconds) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		run_in_this_process(&test, limit_seconds);
	}
	return outcome;
}

void runner_end_child(void)
{
	exit(EXIT_SUCCESS);
}

static void print_lines(const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		printf("#   ");
		fwrite(text, 1, length, stdout);
		putchar('\n');
		text += length + (text[length] == '\n');
	}
}

static void fail_child(const char *file, int line, const char *expected, const struct runner_outcome *outcome)
{
	char where[512];

	snprintf(where, sizeof(where), "%s:%d", file, line);
	print_end(where, outcome);
	printf("# %s: expected: %s; on stderr were %u lines:\n", where, expected, outcome->lines);
	print_lines(outcome->text);
	fflush(stdout);
	_exit(EXIT_FAILURE);
}

void runner_check_child(const char *file, int line, const struct runner_outcome *outcome, enum runner_end expected)
{
	if (outcome->end == CHILD_EXITED && outcome->number == RUNNER_STATUS_SKIPPED && expected == CHILD_EXITED)
		runner_skip("a child of it cannot do here what it should");
	if (outcome->end != expected || (expected == CHILD_EXITED && outcome->number != 0))
		fail_child(file, line, expected == CHILD_EXITED ? "status 0" : "another end", outcome);
}

void runner_check_forked(const char *file, int line, pid_t child)
{
	struct runner_outcome outcome;

	if (child <= 0)
		runner_fail(file, line, "there is a child");
	outcome = wait_for(child);
	runner_check_child(file, line, &outcome, CHILD_EXITED);
}

bool runner_expect_abort(const char *file, int line, const char *text)
{
	struct runner_outcome outcome;

	if (runner_begin_child(&outcome, 20))
		return true;
	if (outcome.end != CHILD_ABORTED || outcome.lines != 1 || strstr(outcome.text, text) == NULL) {
		char expected[256];

		snprintf(expected, sizeof(expected), "abort() after one line with \"%s\"", text);
		fail_child(file, line, expected, &outcome);
	}
	return false;
}

int main(int count, char **arguments)
{
	const char *only = count > 1 ? arguments[1] : NULL;
	unsigned total = 0, number = 0;
	bool is_all_well = true;

	for (const struct runner_test *test = tests; test != NULL; test = test->next)
		total += only == NULL || strcmp(only, test->name) == 0;
	if (total == 0 || count > 2) {
		fprintf(stderr, "usage: %s [TEST], and TEST is one of:\n", arguments[0]);
		for (const struct runner_test *test = tests; test != NULL; test = test->next)
			fprintf(stderr, "  %s\n", test->name);
		return 2;
	}
	skip_reason = mmap(NULL, REASON_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (skip_reason == MAP_FAILED) {
		fprintf(stderr, "%s: no memory\n", arguments[0]);
		return 2;
	}
	printf("1..%u\n", total);
	for (const struct runner_test *test = tests; test != NULL; test = test->next)
		if (only == NULL || strcmp(only, test->name) == 0)
			is_all_well &= run(test, ++number);
	munmap(skip_reason, REASON_BYTES);
	return is_all_well ? 0 : 1;
}
