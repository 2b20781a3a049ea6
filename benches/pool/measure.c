#include "measure.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A process takes three seconds at most. A machine with much else to do makes it fifty times that. */
#define LIMIT_MS 150000

void give_up(const char *format, ...)
{
	va_list arguments;

	fputs("pool_bench: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

int64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

uint64_t resident_bytes(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "re");
	unsigned long kib = 0;
	char line[200];

	if (!file)
		give_up("/proc/self/smaps_rollup cannot be read");
	while (fgets(line, sizeof(line), file) && sscanf(line, "Anonymous: %lu", &kib) != 1)
		;
	fclose(file);
	return (uint64_t)kib * 1024;
}

uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Waits for the figure, and for the end. */
static double result_of(pid_t child, int results, const char *name)
{
	struct pollfd poll_for = { .fd = results, .events = POLLIN };
	double figure;
	int status;

	if (poll(&poll_for, 1, LIMIT_MS) != 1) {
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		give_up("%s took longer than %d s", name, LIMIT_MS / 1000);
	}
	if (read(results, &figure, sizeof(figure)) != sizeof(figure))
		figure = -1;
	close(results);
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0 || figure < 0)
		give_up("%s did not end well (status 0x%x)", name, (unsigned)status);
	return figure;
}

double in_own_process(double (*measure)(const void *what), const void *what, const char *name)
{
	int ends[2];
	pid_t child;

	fflush(NULL);
	if (pipe(ends) < 0 || (child = fork()) < 0)
		give_up("no process can be had");
	if (child == 0) {
		double figure = measure(what);

		if (write(ends[1], &figure, sizeof(figure)) != sizeof(figure))
			_exit(1);
		_exit(0);
	}
	close(ends[1]);
	return result_of(child, ends[0], name);
}

static int compare_figures(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

double median_of(double *figures, size_t count)
{
	qsort(figures, count, sizeof(*figures), compare_figures);
	return count % 2 ? figures[count / 2] : (figures[count / 2 - 1] + figures[count / 2]) / 2;
}
