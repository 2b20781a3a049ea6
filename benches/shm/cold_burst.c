/* The first steps of a new buffer: nothing of its ring is there yet but the view. */
#include "shm/scenarios.h"
#include "support/clock.h"
#include "support/report.h"
#include "support/step.h"

#define BURST_STEPS 60
#define ROUNDS_MAX 16

/* One burst, after everything was given back to the system. */
static double burst_ns(struct session *session, const struct step_plan *plan)
{
	double sum_ns = 0;

	variant_select(session->variant);
	session->variant->fini();
	session_roundtrip(session);
	session_show_first(session, plan->width, plan->height);
	for (int i = 0; i < BURST_STEPS; i++)
		sum_ns += step_take(session, plan).cpu_ns;
	return sum_ns / BURST_STEPS;
}

static void report_variant(const struct variant *variant, const struct step_plan *plan, double *figures, unsigned rounds)
{
	report_begin("cold_burst");
	report_size(plan->width, plan->height);
	report_rows(plan->rows);
	report_text("variant", variant->name);
	report_count("steps", BURST_STEPS);
	report_numbers("round_means_ns", figures, rounds);
	report_number("mean_ns", median_of(figures, rounds));
	report_end();
	progress(" %s %.1f", variant->name, median_of(figures, rounds) / 1000);
}

void measure_cold_burst(const struct effort *effort)
{
	static const struct step_plan plan = { 3840, 2160, 40, 0 };
	static const enum variant_id ids[] = { OURS, ORIGINAL, PLAIN };
	static double figures[sizeof(ids) / sizeof(ids[0])][ROUNDS_MAX];
	static struct session sessions[sizeof(ids) / sizeof(ids[0])];

	progress("cold burst of %d steps at %d x %d by %d rows:", BURST_STEPS, plan.width, plan.height, plan.rows);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (variant_get(ids[i])->is_there)
			session_open(&sessions[i], variant_get(ids[i]));
	}
	for (unsigned round = 0; round < effort->rounds; round++) {
		for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
			if (variant_get(ids[i])->is_there)
				figures[i][round] = burst_ns(&sessions[i], &plan);
		}
	}
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (!variant_get(ids[i])->is_there)
			continue;
		report_variant(variant_get(ids[i]), &plan, figures[i], effort->rounds);
		session_close(&sessions[i]);
	}
	progress(" us per step\n");
}
