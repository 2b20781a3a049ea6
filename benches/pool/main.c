/*
 * Compares heaps: pool_bench --original FILE --millpond FILE [--mspace FILE] [--tlsf FILE] [--traces DIR] [--quick]
 *                            [--rounds COUNT] [--json FILE] [--picture FILE.svg] [--only TEXT] [--minarena BYTES]
 *                            [--profile HEAP]
 *
 * Every figure comes from a process of its own, and the heaps take turns, as many rounds as are asked for. --only measures the row or group of that
 * name, or the rows whose name contains the text. --profile does one row's laps on one heap in this process, for perf
 * and callgrind, and says how many calls that were.
 */
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"
#include "report.h"
#include "runs.h"

#define ROUNDS 5
#define ROUNDS_MAX 101
#define LAPS 3
/* The first lap brings pages in; the second finds a heap that is in use. */
#define WARMING_LAPS 2
#define QUICK_ROUNDS 3
#define QUICK_LAPS 1
#define QUICK_WARMING_LAPS 1
#define QUICK_EVENTS_MAX 200000
/* 9front's malloc asks for arenas of at least that. */
#define MINARENA_BYTES 4096

static const char *const trace_names[] = { "cc1", "python3", "sqlite3", "perl", "git", "lua5.4", "redis" };

struct options {
	struct heap_files files;
	const char *traces, *json, *picture, *only, *profile;
	bool is_quick;
	/* 0: as usual. */
	unsigned rounds;
};

static const struct option long_options[] = {
	{ "original", required_argument, NULL, 'o' }, { "millpond", required_argument, NULL, 'p' },
	{ "mspace", required_argument, NULL, 'm' },   { "tlsf", required_argument, NULL, 't' },
	{ "traces", required_argument, NULL, 'r' },   { "json", required_argument, NULL, 'j' },
	{ "only", required_argument, NULL, 'y' },     { "profile", required_argument, NULL, 'f' },
	{ "minarena", required_argument, NULL, 'a' }, { "quick", no_argument, NULL, 'q' },
	{ "picture", required_argument, NULL, 'i' },  { "rounds", required_argument, NULL, 'n' },
	{ 0 },
};

static struct options read_options(int count, char **arguments)
{
	struct options options = { .files.minarena_bytes = MINARENA_BYTES };
	int option;

	while ((option = getopt_long(count, arguments, "", long_options, NULL)) != -1) {
		switch (option) {
		case 'o': options.files.original = optarg; break;
		case 'p': options.files.millpond = optarg; break;
		case 'm': options.files.mspace = optarg; break;
		case 't': options.files.tlsf = optarg; break;
		case 'r': options.traces = optarg; break;
		case 'j': options.json = optarg; break;
		case 'i': options.picture = optarg; break;
		case 'y': options.only = optarg; break;
		case 'f': options.profile = optarg; break;
		case 'a': options.files.minarena_bytes = strtoul(optarg, NULL, 10); break;
		case 'n': options.rounds = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'q': options.is_quick = true; break;
		default: exit(2);
		}
	}
	if (options.rounds > ROUNDS_MAX)
		options.rounds = ROUNDS_MAX;
	if (options.rounds == 0)
		options.rounds = options.is_quick ? QUICK_ROUNDS : ROUNDS;
	return options;
}

/* A row or group of exactly this name, or else all that contain it. */
static size_t keep_rows(struct row *rows, size_t count, const char *only)
{
	size_t kept = 0;

	if (!only)
		return count;
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].name, only) == 0 || strcmp(group_names[rows[i].group], only) == 0)
			rows[kept++] = rows[i];
	for (size_t i = 0; kept == 0 && i < count; i++)
		if (strstr(rows[i].name, only))
			rows[kept++] = rows[i];
	return kept;
}

/* A quick run has no time for all. What is asked for by name is measured. */
static size_t leave_out_long_rows(struct row *rows, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (rows[i].is_long)
			fprintf(stderr, "left out of a quick run: %s\n", rows[i].name);
		else
			rows[kept++] = rows[i];
	return kept;
}

static size_t choose_rows(struct row *rows, const struct options *options)
{
	const struct trace_files traces = { options->traces, trace_names, sizeof(trace_names) / sizeof(*trace_names),
					    options->is_quick ? QUICK_EVENTS_MAX : SIZE_MAX };
	size_t count = rows_add_traces(rows, rows_make(rows), &traces);

	count = keep_rows(rows, count, options->only);
	if (options->is_quick && !options->only)
		count = leave_out_long_rows(rows, count);
	rows_load_traces(rows, count, &traces);
	return count;
}

static void progress(const char *what, size_t done, size_t count)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%s %zu of %zu%s", what, done, count, done == count ? "\n" : " ");
}

/* In a quick run only Pools are checked: of the others nobody doubts that they work. */
static void check_row(struct results *results, size_t row, const struct run *plain, bool is_quick)
{
	for (size_t heap = 0; heap < results->heap_count; heap++) {
		struct run run = *plain;

		run.heap = &results->heaps[heap];
		if (strcmp(run.heap->name, HEAP_HARNESS) == 0 || (is_quick && !run.heap->check))
			continue;
		results->held_bytes[row][heap] = in_own_process(
			run.row->trace.count ? run_checked_trace : run_checked, &run, run.heap->name);
	}
}

static void measure_row(struct results *results, size_t row, const struct run *plain)
{
	double figures[HEAPS_MAX][ROUNDS_MAX];

	for (unsigned round = 0; round < results->rounds; round++)
		for (size_t heap = 0; heap < results->heap_count; heap++) {
			struct run run = *plain;

			run.heap = &results->heaps[heap];
			figures[heap][round] = in_own_process(run_timed, &run, run.heap->name);
		}
	for (size_t heap = 0; heap < results->heap_count; heap++)
		results->call_ns[row][heap] = median_of(figures[heap], results->rounds);
}

static void save(const struct results *results, const char *file_name,
		 void (*write)(const struct results *results, FILE *file))
{
	FILE *file;

	if (!file_name)
		return;
	file = fopen(file_name, "we");
	if (!file)
		give_up("%s cannot be written", file_name);
	write(results, file);
	if (fclose(file) != 0)
		give_up("%s cannot be written", file_name);
}

static void profile(const struct results *results, const char *heap_name, struct run run)
{
	run.heap = heap_named(results->heaps, results->heap_count, heap_name);
	if (!run.heap || results->row_count != 1)
		give_up("--profile wants the name of a heap, and --only that leaves one row");
	printf("%.1f ns", run_timed(&run));
	printf(", %zu calls\n", run_calls());
}

static void report(const struct results *results, const struct options *options)
{
	print_table(results);
	print_memory(results);
	print_slower_rows(results);
	print_goals(results);
	for (size_t heap = 0; heap < results->heap_count; heap++)
		printf("%s%-9s %s\n", heap ? "" : "\n", results->heaps[heap].name, results->heaps[heap].description);
	save(results, options->json, write_json);
	save(results, options->picture, write_picture);
}

int main(int argument_count, char **arguments)
{
	static struct heap heaps[HEAPS_MAX];
	static struct row rows[ROWS_MAX];
	static struct results results;
	struct options options = read_options(argument_count, arguments);
	struct run plain = { rows, NULL, options.is_quick ? QUICK_WARMING_LAPS : WARMING_LAPS,
			     options.is_quick ? QUICK_LAPS : LAPS };

	results = (struct results){ .rows = rows, .heaps = heaps, .laps = plain.laps };
	results.rounds = options.rounds;
	results.heap_count = heaps_load(&options.files, heaps);
	results.row_count = choose_rows(rows, &options);
	if (options.profile) {
		profile(&results, options.profile, plain);
		return 0;
	}
	for (size_t row = 0; row < results.row_count; row++, plain.row++) {
		check_row(&results, row, &plain, options.is_quick);
		measure_row(&results, row, &plain);
		progress("measured", row + 1, results.row_count);
	}
	report(&results, &options);
	return 0;
}
