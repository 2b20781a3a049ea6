/*
 * Uses the library for long, and looks whether something grows: soak [--seconds N] [--picture FILE.svg] [--leak KIND]
 *
 * --leak memory, descriptors or mappings: something grows then, so that one sees that it is noticed.
 * It ends with status 1 if something grows, or is wrong, and with 2 if it could not go on: within its limits of address
 * space and of descriptors everything must be done.
 */
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "soak/report.h"

#define SECONDS 600
#define ADDRESS_SPACE_BYTES (768ul << 20)
#define DESCRIPTORS 64
#define LEAK_BYTES (128 << 10)

static const struct option options[] = {
	{ "seconds", required_argument, NULL, 's' },
	{ "picture", required_argument, NULL, 'p' },
	{ "leak", required_argument, NULL, 'l' },
	{ 0 },
};

static void limit(void)
{
	const struct rlimit memory = { ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES }, descriptors = { DESCRIPTORS, DESCRIPTORS };

	if (setrlimit(RLIMIT_AS, &memory) != 0 || setrlimit(RLIMIT_NOFILE, &descriptors) != 0) {
		perror("soak: setrlimit");
		exit(2);
	}
}

static void wait_until(int64_t wall_ns)
{
	const struct timespec until = { wall_ns / 1000000000, wall_ns % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
		continue;
}

/* What a fault of the library's would do, one step with each look. */
static void leak(const char *kind, size_t look)
{
	const long page_bytes = sysconf(_SC_PAGESIZE);

	if (kind == NULL)
		return;
	if (strcmp(kind, "memory") == 0)
		memset(mmap(NULL, LEAK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1, LEAK_BYTES);
	else if (strcmp(kind, "mappings") == 0)
		mmap(NULL, (size_t)page_bytes, look % 2 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	else if (strcmp(kind, "descriptors") == 0 && look % 10 == 0)
		fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
}

static void look_on(struct run *run, const char *leaked)
{
	const int64_t began_ns = latency_wall_ns(), step_ns = (int64_t)run->seconds * 1000000000 / GROWTH_LOOKS;

	growth_start(&run->growth);
	for (size_t look = 0; look < GROWTH_LOOKS; look++) {
		wait_until(began_ns + (int64_t)(look + 1) * step_ns);
		leak(leaked, look);
		growth_look(&run->growth, (double)(latency_wall_ns() - began_ns) / 1e9);
		if (look + 1 == run->steady_from)
			run->buffers.is_steady = true;
	}
}

static void start(pthread_t *thread, void *(*body)(void *), void *work)
{
	if (pthread_create(thread, NULL, body, work) != 0) {
		fprintf(stderr, "soak: no thread can be made\n");
		exit(2);
	}
}

static void run_for_long(struct run *run, const char *leaked)
{
	pthread_t buffers, pools;

	start(&buffers, buffers_run, &run->buffers);
	start(&pools, pools_run, &run->pools);
	look_on(run, leaked);
	run->buffers.is_over = true;
	run->pools.is_over = true;
	pthread_join(buffers, NULL);
	pthread_join(pools, NULL);
}

static bool write_picture(const struct run *run, const char *name)
{
	FILE *file = fopen(name, "we");

	if (file == NULL) {
		perror(name);
		return false;
	}
	picture_write(run, file);
	return fclose(file) == 0;
}

int main(int count, char **arguments)
{
	static struct run run = { .seconds = SECONDS, .steady_from = GROWTH_LOOKS / 4 };
	const char *picture = NULL, *leaked = NULL;
	bool is_well;

	for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
		switch (option) {
		case 's': run.seconds = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'p': picture = optarg; break;
		case 'l': leaked = optarg; break;
		default: return 2;
		}
	}
	if (run.seconds == 0 || optind != count) {
		fprintf(stderr, "usage: %s [--seconds N] [--picture FILE.svg] [--leak memory|descriptors|mappings]\n", arguments[0]);
		return 2;
	}
	limit();
	run_for_long(&run, leaked);
	is_well = report_write(&run, stdout);
	if (picture != NULL && !write_picture(&run, picture))
		return 2;
	return is_well ? 0 : 1;
}
