/*
 * A program that turns round: wherever in the ring its view stands, going back and forth must not carry the view each
 * time. From every position of a lap, some steps there and back; how often was the view carried in two steps in a row?
 * From above and from below.
 */
#include <stdlib.h>

#include "shm/scenarios.h"
#include "support/clock.h"
#include "support/report.h"
#include "support/step.h"

#define BACK_AND_FORTH 8

static int positions_of_lap(const struct step_plan *plan)
{
	/* More than a lap of a ring of two views. The original's ring is too long to be walked through. */
	return 2 * plan->height / abs(plan->rows);
}

static void measure_variant(const struct variant *variant, const struct step_plan *plan)
{
	struct step_plan back = *plan;
	struct session session;
	unsigned carried = 0, carried_in_a_row = 0, steps = 0;
	bool was_carried = false;
	double sum_ns = 0;

	back.rows = -plan->rows;
	session_open(&session, variant);
	session_show_first(&session, plan->width, plan->height);
	step_warm_up(&session, plan);
	for (int position = 0; position < positions_of_lap(plan); position++) {
		for (int i = 0; i <= 2 * BACK_AND_FORTH; i++) {
			struct sample sample = step_take(&session, i % 2 ? &back : plan);
			bool is_carried = sample.motion != SHIFTED;

			carried += is_carried;
			carried_in_a_row += is_carried && was_carried;
			was_carried = is_carried;
			sum_ns += sample.cpu_ns;
			steps++;
		}
	}
	report_begin("turning_round");
	report_size(plan->width, plan->height);
	report_rows(plan->rows);
	report_text("variant", variant->name);
	report_count("steps", steps);
	report_count("carried", carried);
	report_count("carried_in_a_row", carried_in_a_row);
	report_number("mean_ns", sum_ns / steps);
	report_end();
	progress(" %s %u of %u", variant->name, carried, steps);
	session_close(&session);
}

void measure_turning_round(const struct effort *effort)
{
	static const struct step_plan plans[] = {
		{ 640, 384, 16, 0 }, { 640, 384, -16, 0 }, { 1920, 1080, 40, 0 }, { 1920, 1080, -40, 0 },
		{ 3840, 2160, 40, 0 }, { 3840, 2160, -40, 0 },
	};
	size_t count = sizeof(plans) / sizeof(plans[0]) - (effort->is_quick ? 3 : 0);

	for (size_t i = 0; i < count; i++) {
		progress("back and forth at %d x %d by %d rows, steps that carried the view:", plans[i].width,
			 plans[i].height, plans[i].rows);
		measure_variant(variant_get(OURS), &plans[i]);
		if (variant_get(ORIGINAL)->is_there)
			measure_variant(variant_get(ORIGINAL), &plans[i]);
		progress("\n");
	}
}
