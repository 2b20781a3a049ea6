#define _GNU_SOURCE
#include "statistics.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMORY_FILES_MAX 256

/* True if the open file is a memory file that was not counted yet: a file may have several descriptors. */
static bool is_new_memory_file(int folder_fd, const char *name, struct stat *status, ino_t *known, size_t *known_count)
{
	char target[32];
	ssize_t length = readlinkat(folder_fd, name, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	if (strncmp(target, "/memfd:", 7) != 0 || fstatat(folder_fd, name, status, 0) != 0)
		return false;
	for (size_t i = 0; i < *known_count; i++) {
		if (known[i] == status->st_ino)
			return false;
	}
	if (*known_count < MEMORY_FILES_MAX)
		known[(*known_count)++] = status->st_ino;
	return true;
}

/*
 * The blocks of a memory file are the pages that it really has, however large its size is and however often it is
 * mapped; the resident size of mappings would count a page once more for a compositor in the same process.
 */
void statistics_measure_memory(struct statistics *statistics)
{
	DIR *folder = opendir("/proc/self/fd");
	if (folder == NULL)
		return;
	ino_t known[MEMORY_FILES_MAX];
	size_t known_count = 0;
	uint64_t total_bytes = 0;
	for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
		struct stat status;
		if (is_new_memory_file(dirfd(folder), entry->d_name, &status, known, &known_count))
			total_bytes += (uint64_t)status.st_blocks * 512;
	}
	closedir(folder);
	if (total_bytes > statistics->memory_bytes)
		statistics->memory_bytes = total_bytes;
}

enum unit { UNIT_COUNT, UNIT_BYTES, UNIT_MICROSECONDS, UNIT_FAULTS };

struct row {
	const char *label;
	enum unit unit;
	double (*value)(const struct statistics *statistics);  /* negative: not known */
};

static double mean(uint64_t total, const struct statistics *statistics)
{
	unsigned scrolls = statistics->scrolls_by_library + statistics->scrolls_by_program;
	return scrolls == 0 ? -1 : (double)total / scrolls;
}

double statistics_moving_us(const struct statistics *statistics)
{
	return mean(statistics->moving_ns, statistics) / 1000;
}

double statistics_page_faults(const struct statistics *statistics)
{
	return mean(statistics->page_faults, statistics);
}

static double drawing_us(const struct statistics *statistics)
{
	return mean(statistics->drawing_ns, statistics) / 1000;
}

static double frames(const struct statistics *statistics) { return statistics->frames; }
static double pages(const struct statistics *statistics) { return statistics->pages_drawn; }
static double by_library(const struct statistics *statistics) { return statistics->scrolls_by_library; }
static double by_program(const struct statistics *statistics) { return statistics->scrolls_by_program; }
static double copied(const struct statistics *statistics) { return (double)statistics->copied_bytes; }
static double memory(const struct statistics *statistics) { return (double)statistics->memory_bytes; }
static double buffers(const struct statistics *statistics) { return statistics->buffers_made; }
static double wl_buffers(const struct statistics *statistics) { return (double)statistics->wl_buffers_made; }
static double pools(const struct statistics *statistics) { return (double)statistics->pools_made; }
static double requests(const struct statistics *statistics) { return (double)statistics->requests; }

static const struct row rows[] = {
	{"frames", UNIT_COUNT, frames},
	{"  drawn as a whole", UNIT_COUNT, pages},
	{"  scrolled by shm_scroll", UNIT_COUNT, by_library},
	{"  scrolled by memmove", UNIT_COUNT, by_program},
	{"copied by the program", UNIT_BYTES, copied},
	{"CPU time of a frame to move", UNIT_MICROSECONDS, statistics_moving_us},
	{"  and to draw what is new", UNIT_MICROSECONDS, drawing_us},
	{"page faults of a frame", UNIT_FAULTS, statistics_page_faults},
	{"memory held, at most", UNIT_BYTES, memory},
	{"buffers made", UNIT_COUNT, buffers},
	{"wl_buffers made", UNIT_COUNT, wl_buffers},
	{"wl_shm_pools made", UNIT_COUNT, pools},
	{"requests to the compositor", UNIT_COUNT, requests},
};

static void print_value(enum unit unit, double value)
{
	char text[32] = "-";
	if (value == 0)
		snprintf(text, sizeof(text), "0");
	else if (value > 0 && unit == UNIT_COUNT)
		snprintf(text, sizeof(text), "%.0f", value);
	else if (value > 0 && unit == UNIT_MICROSECONDS)
		snprintf(text, sizeof(text), "%.1f us", value);
	else if (value > 0 && unit == UNIT_FAULTS)
		snprintf(text, sizeof(text), "%.1f", value);
	else if (value >= 1e9)
		snprintf(text, sizeof(text), "%.2f GB", value / 1e9);
	else if (value >= 1e6)
		snprintf(text, sizeof(text), "%.2f MB", value / 1e6);
	else if (value > 0)
		snprintf(text, sizeof(text), "%.1f kB", value / 1e3);
	printf(" %14s", text);
}

static void print_ratio(double first, double second)
{
	bool is_less = first < second;
	double ratio = first <= 0 || second <= 0 ? 1 : is_less ? second / first : first / second;
	if (ratio < 1.05)
		printf("\n");
	else
		printf("  %7.1f times %s\n", ratio, is_less ? "less" : "more");
}

void statistics_print(const struct statistics *columns, size_t column_count)
{
	printf("%-28s", "");
	for (size_t column = 0; column < column_count; column++)
		printf(" %14s", columns[column].title);
	printf("\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double values[2] = {-1, -1};
		for (size_t column = 0; column < column_count && column < 2; column++)
			values[column] = rows[i].value(&columns[column]);
		if (values[0] < 0 && values[1] < 0)
			continue;
		printf("%-28s", rows[i].label);
		for (size_t column = 0; column < column_count && column < 2; column++)
			print_value(rows[i].unit, values[column]);
		if (column_count == 2)
			print_ratio(values[0], values[1]);
		else
			printf("\n");
	}
}
