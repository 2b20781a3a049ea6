#include "support/series.h"

#include <stdlib.h>

#include "support/clock.h"
#include "support/report.h"

#define STEPS_PER_RUN_MIN 4
#define GROUP_STEPS_MIN 16
#define GROUPS_AIMED 40

void series_open(struct series *series, const struct variant *variant, const struct step_plan *plan)
{
	*series = (struct series){ 0 };
	session_open(&series->session, variant);
	session_show_first(&series->session, plan->width, plan->height);
	series->warm_steps = step_warm_up(&series->session, plan);
	/* The first answer touches pages of its own. */
	server_ask(&series->session.server, SERVER_COUNTS);
	series->before = server_ask(&series->session.server, SERVER_COUNTS);
}

static void keep(struct series *series, struct sample sample)
{
	if (series->count == series->capacity) {
		series->capacity = series->capacity ? series->capacity * 2 : 1024;
		series->samples = realloc(series->samples, series->capacity * sizeof(*series->samples));
		if (!series->samples)
			give_up("out of memory");
	}
	series->samples[series->count++] = sample;
	series->carried += sample.motion == CARRIED;
	series->shifted += sample.motion == SHIFTED;
}

void series_run(struct series *series, const struct step_plan *plan, int64_t wall_ms)
{
	int64_t end_ms = clock_wall_ms() + wall_ms;

	variant_select(series->session.variant);
	for (int i = 0; i < STEPS_PER_RUN_MIN || clock_wall_ms() < end_ms; i++)
		keep(series, step_take(&series->session, plan));
}

static double mean_of(const struct sample *samples, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += samples[i].cpu_ns;
	return count ? sum / (double)count : 0;
}

/* Whole laps, as few as give a group of some steps; a lap ends with the step that carries. */
static void group_by_laps(const struct series *series, struct series_result *result)
{
	size_t start = 0, steps_min = series->count / GROUPS_AIMED;

	if (steps_min < GROUP_STEPS_MIN && series->count > GROUPS_AIMED)
		steps_min = GROUP_STEPS_MIN;
	while (start < series->count && series->samples[start].motion != CARRIED)
		start++;
	start++;
	for (size_t i = start; i < series->count && result->groups < GROUPS_MAX; i++) {
		if (series->samples[i].motion != CARRIED || i + 1 - start < steps_min)
			continue;
		result->group_means_ns[result->groups++] = mean_of(series->samples + start, i + 1 - start);
		start = i + 1;
	}
}

static void group_evenly(const struct series *series, struct series_result *result)
{
	size_t parts = series->count < GROUPS_AIMED ? series->count : GROUPS_AIMED;

	for (size_t i = 0; i < parts; i++) {
		size_t start = series->count * i / parts, end = series->count * (i + 1) / parts;

		result->group_means_ns[result->groups++] = mean_of(series->samples + start, end - start);
	}
}

/* Less than a lap. The first one began with the warming up, so its length is known when it ends. */
static double mean_of_part(const struct series *series)
{
	double plain_sum_ns = 0, carried_share_ns = 0;
	size_t plain = 0;

	for (size_t i = 0; i < series->count; i++) {
		const struct sample *sample = &series->samples[i];

		if (sample->motion == CARRIED) {
			carried_share_ns = sample->cpu_ns / (double)(series->warm_steps + i + 1);
		} else {
			plain_sum_ns += sample->cpu_ns;
			plain++;
		}
	}
	return (plain ? plain_sum_ns / (double)plain : 0) + carried_share_ns;
}

static double step_median(const struct series *series, bool only_carried)
{
	double *figures = malloc((series->count + 1) * sizeof(*figures)), median;
	size_t count = 0;

	if (!figures)
		give_up("out of memory");
	for (size_t i = 0; i < series->count; i++) {
		if (!only_carried || series->samples[i].motion == CARRIED)
			figures[count++] = series->samples[i].cpu_ns;
	}
	median = median_of(figures, count);
	free(figures);
	return median;
}

struct series_result series_result(struct series *series)
{
	struct series_result result = { .is_whole = true };
	double figures[GROUPS_MAX];

	series->after = server_ask(&series->session.server, SERVER_COUNTS);
	if (series->carried >= 2)
		group_by_laps(series, &result);
	else if (series->shifted == 0)
		group_evenly(series, &result);
	if (result.groups == 0) {
		result.is_whole = false;
		result.group_means_ns[result.groups++] = mean_of_part(series);
	}
	for (size_t i = 0; i < result.groups; i++)
		figures[i] = result.group_means_ns[i];
	result.mean_ns = median_of(figures, result.groups);
	result.step_median_ns = step_median(series, false);
	result.carried_median_ns = step_median(series, true);
	for (size_t i = 0; i < series->count; i++)
		result.client_faults += series->samples[i].faults;
	return result;
}

void series_close(struct series *series)
{
	free(series->samples);
	session_close(&series->session);
}
