/*
 * Measures millpond beside the original and beside memmove:
 * measure --library FILE [--reference DIR] [--quick] [--only SCENARIO [--width PIXELS]]
 *
 * --width leaves out the steps of scrolling, and the frames of a terminal, at other widths.
 * One JSON object per line on standard output, progress on standard error. tools/bench runs it and makes a table.
 */
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "shm/scenarios.h"
#include "support/clock.h"
#include "support/report.h"
#include "support/server.h"
#include "support/variants.h"

static const struct effort default_effort = {
	.scroll_limit_ms = 6000,
	.original_laps = 2,
	.rounds = 9,
	.resize_sizes = 200,
	.resize_sizes_8k = 60,
	.weston_frames = 150,
	.terminal_rounds = 3,
};

static const struct effort quick_effort = {
	.is_quick = true,
	.scroll_limit_ms = 900,
	.original_laps = 1,
	.rounds = 3,
	.resize_sizes = 60,
	.resize_sizes_8k = 0,
	.weston_frames = 30,
	.terminal_rounds = 2,
};

struct scenario {
	const char *name;
	void (*measure)(const struct effort *effort);
};

static const struct scenario scenarios[] = {
	{ "scrolling", measure_scrolling },       { "system-calls", measure_system_calls },
	{ "turning", measure_turning_round },     { "cold-burst", measure_cold_burst },
	{ "resizing", measure_resizing },         { "small-buffers", measure_small_buffers },
	{ "cached", measure_cached_buffers },     { "memory", measure_memory },
	{ "new-buffer", measure_new_buffer },     { "weston", measure_on_weston },
	{ "terminal", measure_terminal },
};

/* Not a part of the table. */
static const struct scenario floors = { "floors", measure_floors };

static const struct option options[] = {
	{ "library", required_argument, NULL, 'l' },
	{ "reference", required_argument, NULL, 'r' },
	{ "quick", no_argument, NULL, 'q' },
	{ "only", required_argument, NULL, 'o' },
	{ "width", required_argument, NULL, 'w' },
	{ 0 },
};

int main(int argument_count, char **arguments)
{
	const char *library = NULL, *reference = NULL, *only = NULL;
	struct effort effort = default_effort;
	int option, width = 0;

	if (argument_count == 4 && strcmp(arguments[1], "--compositor") == 0)
		server_main(atoi(arguments[2]), atoi(arguments[3]));
	while ((option = getopt_long(argument_count, arguments, "", options, NULL)) != -1) {
		switch (option) {
		case 'l': library = optarg; break;
		case 'r': reference = optarg; break;
		case 'o': only = optarg; break;
		case 'q': effort = quick_effort; break;
		case 'w': width = atoi(optarg); break;
		default: return 2;
		}
	}
	if (!library)
		give_up("--library FILE is missing");
	effort.only_width = width;
	signal(SIGPIPE, SIG_IGN);
	variants_load(library, reference);
	clock_calibrate();
	describe_machine();
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		if (!only || strcmp(only, scenarios[i].name) == 0)
			scenarios[i].measure(&effort);
	}
	if (only && strcmp(only, floors.name) == 0)
		floors.measure(&effort);
	return 0;
}
