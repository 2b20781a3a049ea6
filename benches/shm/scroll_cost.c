/* Steps in steady state: the same step again and again, all variants in turn, many turns. */
#include <stdlib.h>

#include "shm/scenarios.h"
#include "support/clock.h"
#include "support/report.h"
#include "support/series.h"

/* So long that the first lap, which finds the caches as another variant has left them, is one of many. */
#define TURN_MS 60
/* A turn of the original is longer, because one lap of it is: 512 MiB. */
#define ORIGINAL_TURN_MS 120

#define QUICK true
#define HALF_A_PAGE_PERCENT 45

struct scroll_case {
	struct step_plan plan;
	bool is_in_quick;
};

/* rows 0: half a page */
static const struct scroll_case cases[] = {
	{ { 640, 384, 16, 0 }, false },     { { 640, 384, 40, 0 }, QUICK },    { { 640, 384, -40, 0 }, false },
	{ { 640, 384, 0, 0 }, QUICK },      { { 1280, 720, 40, 0 }, false },   { { 1920, 1080, 16, 0 }, false },
	{ { 1920, 1080, 40, 0 }, QUICK },   { { 1920, 1080, -40, 0 }, false }, { { 1920, 1080, 0, 0 }, QUICK },
	{ { 1920, 1080, 24, 48 }, QUICK },  { { 2560, 1440, 40, 0 }, false },  { { 3840, 2160, 16, 0 }, false },
	{ { 3840, 2160, 40, 0 }, QUICK },   { { 3840, 2160, -40, 0 }, false }, { { 3840, 2160, 0, 0 }, QUICK },
	{ { 3840, 2160, 24, 48 }, QUICK },  { { 5120, 2880, 40, 0 }, false },  { { 7680, 4320, 16, 0 }, false },
	{ { 7680, 4320, 40, 0 }, false },   { { 7680, 4320, 0, 0 }, false },   { { 7680, 4320, 24, 48 }, false },
};

static void report_series(const struct step_plan *plan, struct series *series, const struct series_result *result)
{
	const struct server_report *before = &series->before, *after = &series->after;

	report_begin("scroll");
	report_size(plan->width, plan->height);
	report_rows(plan->rows);
	report_count("kept_rows", (uint64_t)plan->kept_rows);
	report_text("variant", series->session.variant->name);
	report_count("steps", series->count);
	report_count("carried_steps", series->carried);
	report_truth("has_whole_laps", result->is_whole);
	report_number("mean_ns", result->mean_ns);
	report_number("step_median_ns", result->step_median_ns);
	report_number("carried_median_ns", result->carried_median_ns);
	report_numbers("group_means_ns", result->group_means_ns, result->groups);
	report_count("client_faults", result->client_faults);
	report_count("server_faults", after->faults - before->faults);
	report_number("server_cpu_ns", (double)(after->cpu_ns - before->cpu_ns) / (double)series->count);
	report_count("requests", after->requests - before->requests);
	report_count("buffers_made", after->buffers_made - before->buffers_made);
	report_count("buffers_destroyed", after->buffers_destroyed - before->buffers_destroyed);
	report_count("pools_made", after->pools_made - before->pools_made);
	report_end();
}

/* True while the original (or memmove, where there is no original) has not been seen long enough. */
static bool is_wanted_more(const struct effort *effort, const struct series *original, int64_t end_ms)
{
	/* The first lap only fills the address space; it ends with the first step that carries. */
	return clock_wall_ms() < end_ms && (!original || original->carried < effort->original_laps + 1);
}

static void run_in_turns(const struct effort *effort, const struct step_plan *plan, struct series *series, size_t count)
{
	int64_t end_ms = clock_wall_ms() + effort->scroll_limit_ms;
	const struct series *original = NULL;

	for (size_t i = 0; i < count; i++) {
		if (series[i].session.variant == variant_get(ORIGINAL))
			original = &series[i];
	}
	if (!original)
		end_ms = clock_wall_ms() + effort->scroll_limit_ms / 4;
	while (is_wanted_more(effort, original, end_ms)) {
		for (size_t i = 0; i < count; i++)
			series_run(&series[i], plan, &series[i] == original ? ORIGINAL_TURN_MS : TURN_MS);
	}
}

static void measure_case(const struct effort *effort, struct step_plan plan)
{
	struct series series[VARIANT_COUNT];
	size_t count = 0;

	if (plan.rows == 0)
		plan.rows = plan.height * HALF_A_PAGE_PERCENT / 100;
	progress("scrolling %d x %d by %d rows%s:", plan.width, plan.height, plan.rows,
		 plan.kept_rows ? ", 48 + 48 rows kept" : "");
	for (int id = 0; id < VARIANT_COUNT; id++) {
		if (variant_get((enum variant_id)id)->is_there)
			series_open(&series[count++], variant_get((enum variant_id)id), &plan);
	}
	run_in_turns(effort, &plan, series, count);
	for (size_t i = 0; i < count; i++) {
		struct series_result result = series_result(&series[i]);

		report_series(&plan, &series[i], &result);
		progress(" %s %.1f", series[i].session.variant->name, result.mean_ns / 1000);
	}
	progress(" us\n");
	for (size_t i = 0; i < count; i++)
		series_close(&series[i]);
}

void measure_scrolling(const struct effort *effort)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool is_wanted = effort->only_width == 0 || effort->only_width == cases[i].plan.width;

		if (is_wanted && (cases[i].is_in_quick || !effort->is_quick))
			measure_case(effort, cases[i].plan);
	}
}
