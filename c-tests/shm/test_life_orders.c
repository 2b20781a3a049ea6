/* Ages and the choice, against a model, in all orders of release. A part of test_life. */
#include "compositor/session.h"
#include "support/runner.h"

#define COOKIE 77
#define STEPS 5
#define ACTIONS 4

static void check_is_new(const struct buffer *buffer)
{
	CHECK_EQUAL(buffer->age, 1234);
	CHECK(buffer_is_all(buffer, 0));
}

struct model {
	struct buffer *buffers[STEPS];   /* in the order of their last hand-out, the newest last */
	bool is_idle[STEPS];
	unsigned age[STEPS];
	int count;
};

static void model_drop(struct model *model, int index)
{
	for (int i = index; i + 1 < model->count; i++) {
		model->buffers[i] = model->buffers[i + 1];
		model->is_idle[i] = model->is_idle[i + 1];
		model->age[i] = model->age[i + 1];
	}
	model->count--;
}

/* Checks a buffer just returned: the newest idle one, with its age; or a new one. Other idle ones stay for a while. */
static void model_get(struct model *model, struct buffer *got)
{
	int newest_idle = -1;
	unsigned age = 1234;

	for (int i = 0; i < model->count; i++)
		if (model->is_idle[i])
			newest_idle = i;
	if (newest_idle >= 0) {
		age = model->age[newest_idle];
		CHECK(got == model->buffers[newest_idle]);
		if (age == 0)
			CHECK_EQUAL(got->age, 0);
		else
			CHECK(got->age >= 2 && got->age < 1234);
	} else {
		check_is_new(got);
		for (int i = 0; i < model->count; i++)
			CHECK(got != model->buffers[i]);
	}
	if (newest_idle >= 0)
		model_drop(model, newest_idle);
	for (int i = 0; i < model->count; i++)
		model->age[i]++;
	model->buffers[model->count] = got;
	model->is_idle[model->count] = false;
	model->age[model->count++] = 0;
}

/* The compositor holds what the model calls busy, in the same order. */
static void model_release(struct model *model, struct compositor *compositor, unsigned action)
{
	bool is_oldest_only = action == 1, is_newest_only = action == 2;

	if (action == 0)
		return;
	for (int i = 0; i < model->count; i++) {
		int index = is_newest_only ? model->count - 1 - i : i;

		if (model->is_idle[index])
			continue;
		model->is_idle[index] = true;
		if (is_oldest_only || is_newest_only)
			break;
	}
	if (is_oldest_only)
		compositor_release_oldest(compositor);
	else if (is_newest_only)
		compositor_release_newest(compositor);
	else
		compositor_release_all(compositor);
	CHECK(compositor_pump(compositor));
	for (int i = 0; i < model->count; i++)
		CHECK(model->buffers[i]->busy == !model->is_idle[i]);
}

static void try_order(struct session *session, unsigned order, bool is_scrollable)
{
	struct model model = { .count = 0 };
	unsigned long cookie = COOKIE + order;

	for (unsigned step = 0; step < STEPS; step++) {
		struct buffer *buffer = session_get(session, 16, 8, cookie, is_scrollable);

		model_get(&model, buffer);
		if (buffer->age == 0)
			CHECK(buffer_is_all(buffer, step)); /* what was drawn last */
		buffer_fill(buffer, step + 1);
		session_show(session, buffer);
		model_release(&model, session->compositor, order % ACTIONS);
		order /= ACTIONS;
	}
	compositor_release_all(session->compositor);
	CHECK(compositor_pump(session->compositor));
	shm_purge(session->shm, cookie);
}

TEST(ages_and_choice_are_right_in_all_orders_of_release)
{
	struct session session = session_start(RELEASE_BY_HAND);
	unsigned orders = 1;

	for (unsigned i = 0; i < STEPS; i++)
		orders *= ACTIONS;
	for (unsigned order = 0; order < orders; order++)
		try_order(&session, order, order % 2 == 0);
	session_stop(&session);
}
