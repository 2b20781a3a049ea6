/*
 * What a program in a terminal writes, at the pace of a screen, and what the terminal took for it:
 *
 *	foot load PHASE FRAMES REPORT
 *
 * runs in a terminal, which is its parent. It appends one line to REPORT: the phase, microseconds of CPU for each frame,
 * page faults for each frame, KiB of shared memory and of address space afterwards, and milliseconds until all was drawn.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define FRAME_NS 16666667L
#define SETTLING_FRAMES 30               /* before anything is measured */
#define LINES_TO_DRAIN 100000
#define LINE "the quick brown fox jumps over the lazy dog, and over what else lies there"

struct cost {
	double cpu_us, faults, shared_kib, virtual_kib;
};

static void fail(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* The number behind a name in a file of the terminal's in /proc. */
static double number_of(const char *file_name, const char *name)
{
	char path[64], line[256];
	double number = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)getppid(), file_name);
	file = fopen(path, "r");
	if (file == NULL)
		fail(path);
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			number = strtod(line + strlen(name), NULL);
	fclose(file);
	return number;
}

/* CPU of all threads, also of those that have ended: to the clock's tick, so over many frames. */
static struct cost cost_of_terminal(void)
{
	char path[64], text[1024];
	unsigned long minor_faults = 0, user = 0, system = 0;
	FILE *file;
	const char *behind_name;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)getppid());
	file = fopen(path, "r");
	if (file == NULL || fgets(text, sizeof(text), file) == NULL)
		fail(path);
	fclose(file);
	behind_name = strrchr(text, ')');
	if (behind_name == NULL ||
	    sscanf(behind_name, ") %*c %*d %*d %*d %*d %*d %*u %lu %*u %*u %*u %lu %lu", &minor_faults, &user,
		   &system) != 3)
		fail("stat");
	return (struct cost){
		.cpu_us = (double)(user + system) * 1e6 / (double)sysconf(_SC_CLK_TCK),
		.faults = (double)minor_faults,
		.shared_kib = number_of("smaps_rollup", "Shared_Dirty:") + number_of("smaps_rollup", "Private_Dirty:"),
		.virtual_kib = number_of("status", "VmSize:"),
	};
}

/* Waits until the terminal has read all that was written. */
static void wait_until_read(void)
{
	struct termios before, raw;
	char answer;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		fail("tcgetattr");
	raw = before;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	fputs("\033[6n", stdout);
	fflush(stdout);
	while (read(STDIN_FILENO, &answer, 1) == 1 && answer != 'R')
		;
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

static void write_lines(int frame, int count)
{
	for (int i = 0; i < count; i++)
		printf("%6d " LINE "\n", frame * count + i);
}

/* What is written in one frame. */
static void write_frame(const char *phase, int frame)
{
	if (strcmp(phase, "typing") == 0)
		putchar('a' + frame % 26);
	else if (strcmp(phase, "one-line") == 0)
		write_lines(frame, 1);
	else if (strcmp(phase, "three-lines") == 0)
		write_lines(frame, 3);
	else if (strcmp(phase, "region") == 0)
		printf("\033[3;20r\033[20;1H\n%6d " LINE "\r", frame);
	else if (strcmp(phase, "reverse") == 0)
		printf("\033[1;1H\033M\033M\033M%6d " LINE "\r", frame);
	else if (strcmp(phase, "screen") == 0)
		for (int row = 1; row <= 24; row++)
			printf("\033[%d;1H%6d " LINE, row, frame);
	else
		errno = EINVAL, fail(phase);
	fflush(stdout);
}

static void write_paced(const char *phase, int first, int count)
{
	struct timespec next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	for (int frame = first; frame < first + count; frame++) {
		write_frame(phase, frame);
		next.tv_nsec += FRAME_NS;
		next.tv_sec += next.tv_nsec / 1000000000L;
		next.tv_nsec %= 1000000000L;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
}

int main(int argc, char **argv)
{
	int frames = argc == 4 ? atoi(argv[2]) : 0;
	struct cost before, after;
	double began;
	FILE *report;

	if (frames <= 0) {
		fputs("usage: load PHASE FRAMES REPORT\n", stderr);
		return 2;
	}
	write_paced(strcmp(argv[1], "drain") == 0 ? "typing" : argv[1], 0, SETTLING_FRAMES);
	before = cost_of_terminal();
	began = milliseconds();
	if (strcmp(argv[1], "drain") == 0)
		write_lines(0, LINES_TO_DRAIN);
	else
		write_paced(argv[1], SETTLING_FRAMES, frames);
	wait_until_read();
	after = cost_of_terminal();
	report = fopen(argv[3], "a");
	if (report == NULL)
		fail(argv[3]);
	fprintf(report, "%s %.1f %.2f %.0f %.0f %.0f\n", argv[1], (after.cpu_us - before.cpu_us) / frames,
		(after.faults - before.faults) / frames, after.shared_kib, after.virtual_kib, milliseconds() - began);
	return fclose(report) == 0 ? 0 : 1;
}
