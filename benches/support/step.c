#include "support/step.h"

#include <stdlib.h>

#include "support/clock.h"
#include "support/report.h"

#define PIXEL_BYTES 4
#define WARM_VIEWS 6
#define WARM_STEPS_MIN 24

int step_exposed_rows(const struct step_plan *plan)
{
	return abs(plan->rows);
}

int step_exposed_top(const struct step_plan *plan)
{
	return plan->rows > 0 ? plan->height - plan->kept_rows - plan->rows : plan->kept_rows;
}

uint64_t step_view_bytes(const struct step_plan *plan)
{
	return (uint64_t)plan->width * (uint64_t)plan->height * PIXEL_BYTES;
}

struct buffer *step_draw(struct session *session, const struct step_plan *plan, enum motion *motion)
{
	struct buffer *buffer = session_get(session, plan->width, plan->height);
	intptr_t before = (intptr_t)buffer->mmapped, moved_bytes;
	bool is_scrolled = session->variant->scroll(session->shm, buffer, plan->rows, 0, plan->kept_rows, 0,
						    plan->kept_rows);

	if (!is_scrolled)
		give_up("%s: a buffer of %d x %d was not scrolled", session->variant->name, plan->width, plan->height);
	session_paint(session, buffer, step_exposed_top(plan), step_exposed_rows(plan));
	moved_bytes = (intptr_t)buffer->mmapped - before;
	if (moved_bytes == 0)
		*motion = IN_PLACE;
	else
		*motion = moved_bytes == (intptr_t)plan->rows * buffer->stride ? SHIFTED : CARRIED;
	return buffer;
}

static void hand_over(struct session *session, struct buffer *buffer, const struct step_plan *plan)
{
	session_commit(session, buffer, step_exposed_top(plan), step_exposed_rows(plan));
	session_await_release(session, buffer);
}

struct sample step_take(struct session *session, const struct step_plan *plan)
{
	struct sample sample;
	uint64_t faults = clock_faults();
	int64_t began_ns = clock_cpu_ns();
	struct buffer *buffer = step_draw(session, plan, &sample.motion);
	int64_t ended_ns = clock_cpu_ns();

	sample.faults = (uint32_t)(clock_faults() - faults);
	sample.cpu_ns = clock_elapsed_ns(began_ns, ended_ns);
	hand_over(session, buffer, plan);
	return sample;
}

unsigned step_warm_up(struct session *session, const struct step_plan *plan)
{
	unsigned steps = (unsigned)(WARM_VIEWS * plan->height / abs(plan->rows));
	enum motion motion;

	if (steps < WARM_STEPS_MIN)
		steps = WARM_STEPS_MIN;
	for (unsigned i = 0; i < steps; i++)
		hand_over(session, step_draw(session, plan, &motion), plan);
	return steps;
}
