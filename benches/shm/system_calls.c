/* System calls of a step. */
#include "shm/scenarios.h"
#include "support/call_tracing.h"
#include "support/report.h"
#include "support/step.h"

#define STEPS 200
#define STEPS_FOR_OBJECTS 400 /* more than one lap of a ring: then every offset has its objects */

struct traced {
	const struct variant *variant;
	const struct step_plan *plan;
};

static void take_steps(const struct variant *variant, const struct step_plan *plan, int steps, bool is_marked)
{
	static struct session session;
	enum motion motion;

	if (!is_marked) {
		session_open(&session, variant);
		session_show_first(&session, plan->width, plan->height);
		step_warm_up(&session, plan);
	}
	for (int i = 0; i < steps; i++) {
		struct buffer *buffer;

		if (is_marked)
			mark(MARK_BEGIN);
		buffer = step_draw(&session, plan, &motion);
		if (is_marked)
			mark(MARK_END);
		session_commit(&session, buffer, step_exposed_top(plan), step_exposed_rows(plan));
		session_await_release(&session, buffer);
	}
	if (is_marked)
		session_close(&session);
}

static void be_client(const void *data)
{
	const struct traced *traced = data;

	take_steps(traced->variant, traced->plan, STEPS_FOR_OBJECTS, false);
	mark(MARK_ALL_BEGIN);
	take_steps(traced->variant, traced->plan, STEPS, true);
	mark(MARK_ALL_END);
}

static void measure_variant(const struct variant *variant, const struct step_plan *plan)
{
	struct traced traced = { variant, plan };
	struct call_counts counts = trace_calls(be_client, &traced);

	report_begin("system_calls");
	report_size(plan->width, plan->height);
	report_rows(plan->rows);
	report_text("variant", variant->name);
	report_truth("is_counted", counts.is_counted);
	report_count("steps", STEPS);
	report_count("in_library", counts.in_library);
	report_count("in_all", counts.in_all);
	report_end();
	if (counts.is_counted)
		progress(" %s %.2f", variant->name, (double)counts.in_library / STEPS);
	else
		progress(" %s cannot be traced here", variant->name);
}

void measure_system_calls(const struct effort *effort)
{
	static const struct step_plan plans[] = { { 1920, 1080, 16, 0 }, { 3840, 2160, 40, 0 }, { 3840, 2160, 24, 48 } };
	static const enum variant_id ids[] = { OURS, ORIGINAL, PLAIN };

	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		if (effort->is_quick && plans[i].kept_rows)
			continue;
		progress("system calls per step at %d x %d by %d rows:", plans[i].width, plans[i].height, plans[i].rows);
		for (size_t j = 0; j < sizeof(ids) / sizeof(ids[0]); j++) {
			if (variant_get(ids[j])->is_there)
				measure_variant(variant_get(ids[j]), &plans[i]);
		}
		progress("\n");
	}
}
