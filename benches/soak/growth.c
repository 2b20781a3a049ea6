#include "soak/growth.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The looks go up and down around the line; this many times their standard deviation is no growth. */
#define NOISE_FACTOR 3
/* Nor is so little: MiB of memory, descriptors, mappings. A look may fall between two steps of a call. */
static const double always_allowed[GROWTH_KINDS] = { 1, 2, 4 };

void growth_start(struct growth *growth)
{
	*growth = (struct growth){ .series = {
		[GROWTH_MEMORY] = { .name = "memory", .unit = "MiB" },
		[GROWTH_DESCRIPTORS] = { .name = "descriptors", .unit = "" },
		[GROWTH_MAPPINGS] = { .name = "mappings", .unit = "" },
	} };
}

/* Resident: the heap, the pool, and the memory files of the buffers. */
static double memory_mib(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	unsigned long long kilobytes = 0;
	char line[256];

	while (status != NULL && fgets(line, sizeof(line), status) != NULL)
		if (sscanf(line, "VmRSS: %llu", &kilobytes) == 1)
			break;
	if (status != NULL)
		fclose(status);
	return (double)kilobytes / 1024;
}

static double descriptors(void)
{
	DIR *listing = opendir("/proc/self/fd");
	double count = -1; /* the listing's own */

	if (listing == NULL)
		return 0;
	for (struct dirent *entry; (entry = readdir(listing)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(listing);
	return count;
}

static double mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	double count = 0;

	if (maps == NULL)
		return 0;
	for (int c; (c = getc(maps)) != EOF;)
		count += c == '\n';
	fclose(maps);
	return count;
}

void growth_look(struct growth *growth, double seconds)
{
	if (growth->count == GROWTH_LOOKS)
		return;
	growth->seconds[growth->count] = seconds;
	growth->series[GROWTH_MEMORY].values[growth->count] = memory_mib();
	growth->series[GROWTH_DESCRIPTORS].values[growth->count] = descriptors();
	growth->series[GROWTH_MAPPINGS].values[growth->count] = mappings();
	growth->count++;
}

struct growth_line growth_line(const struct growth *growth, enum growth_kind kind, size_t first)
{
	const double *values = growth->series[kind].values, *seconds = growth->seconds;
	const double count = (double)(growth->count - first);
	double mean_seconds = 0, products = 0, squares = 0, left_over = 0, slope;
	struct growth_line line = { 0 };

	for (size_t i = first; i < growth->count; i++) {
		line.mean += values[i] / count;
		mean_seconds += seconds[i] / count;
	}
	for (size_t i = first; i < growth->count; i++) {
		products += (seconds[i] - mean_seconds) * (values[i] - line.mean);
		squares += (seconds[i] - mean_seconds) * (seconds[i] - mean_seconds);
	}
	slope = squares > 0 ? products / squares : 0;
	for (size_t i = first; i < growth->count; i++) {
		double beside = values[i] - line.mean - slope * (seconds[i] - mean_seconds);

		left_over += beside * beside / count;
	}
	line.per_hour = slope * 3600;
	line.grown = slope * (seconds[growth->count - 1] - seconds[first]);
	line.noticed = always_allowed[kind] + NOISE_FACTOR * sqrt(left_over);
	line.grows = line.grown > line.noticed;
	return line;
}
