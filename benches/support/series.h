/* The steps that one variant has taken, and what they come to. */
#ifndef MILLPOND_BENCH_SERIES_H
#define MILLPOND_BENCH_SERIES_H

#include <stdbool.h>
#include <stddef.h>

#include "support/step.h"

#define GROUPS_MAX 64

struct series {
	struct session session;
	struct sample *samples;
	size_t count, capacity;
	unsigned warm_steps;           /* taken before, unmeasured, from the start of the ring */
	unsigned carried;              /* samples whose view was carried */
	unsigned shifted;              /* samples whose view moved over its pixels */
	struct server_report before, after;
};

struct series_result {
	/*
	 * Means over whole laps, each with the one step that carries the view back; over equal parts, where the view
	 * stays in place. Where less than a lap was seen, `is_whole` is false, and there is one mean: of the other steps,
	 * with the share of the one that carried, if there was one, in a lap as long as the first.
	 */
	double group_means_ns[GROUPS_MAX];
	size_t groups;
	bool is_whole;
	double mean_ns;                /* the median of these means */
	double step_median_ns;         /* of single steps */
	double carried_median_ns;      /* of single steps that carry; 0: there are none */
	uint64_t client_faults;
};

/* Opens the session, shows a first picture, and warms up. */
void series_open(struct series *series, const struct variant *variant, const struct step_plan *plan);

/* Takes steps for `wall_ms`, at least a few. */
void series_run(struct series *series, const struct step_plan *plan, int64_t wall_ms);

/* To be called when the last step is taken. */
struct series_result series_result(struct series *series);

void series_close(struct series *series);

#endif
