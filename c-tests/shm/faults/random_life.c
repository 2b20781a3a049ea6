/* Random calls in random order, with all that must hold although some of them fail. */
#include <string.h>

#include "shm/faults/scenario.h"
#include "shm/faults/scene.h"
#include "support/clock_forward.h"
#include "support/random.h"

/* A run is to take milliseconds: there are thousands for each scenario. */
#define STEPS 14
#define GROUPS 3
#define HELD_MAX 12

struct life {
	struct scene scene;
	uint64_t state;
	struct scene_request kinds[GROUPS];
};

static int between(struct life *life, int least, int most)
{
	return least + (int)random_below(&life->state, (unsigned long)(most - least) + 1);
}

/* Of a group: some small, some with a memory file of their own. */
static void choose_kind(struct life *life, unsigned group)
{
	bool is_large = random_below(&life->state, 8) == 0;

	life->kinds[group] = (struct scene_request){
		.group = group,
		.width = is_large ? between(life, 300, 420) : between(life, 3, 90),
		.height = is_large ? between(life, 200, 260) : between(life, 3, 90),
		.scrollable = random_below(&life->state, 4) != 0,
		.pix_instances = 1 + random_below(&life->state, 3),
	};
}

static struct scroll_step choose_step(struct life *life, int height)
{
	struct scroll_step step;

	do {
		step = (struct scroll_step){ .rows = between(life, 1 - height, height - 1) };
		if (random_below(&life->state, 3) == 0) {
			step.top_margin = between(life, 0, 2);
			step.top_keep_rows = between(life, 0, height / 3);
			step.bottom_margin = between(life, 0, 2);
			step.bottom_keep_rows = between(life, 0, height / 3);
		}
	} while (!model_step_is_legal(height, &step));
	return step;
}

static void draw_frame(struct life *life, unsigned group)
{
	const struct scene_request *kind = &life->kinds[group];

	scene_get(&life->scene, kind);
	if (kind->scrollable && random_below(&life->state, 2) == 0) {
		struct scroll_step step = choose_step(life, kind->height);

		scene_scroll(&life->scene, group, (unsigned)between(life, 1, 6), &step);
	}
	if (random_below(&life->state, 2) == 0)
		scene_record(&life->scene, group);
	if (random_below(&life->state, 8) != 0)
		scene_show(&life->scene, group);
}

static void step(struct life *life)
{
	unsigned choice = (unsigned)random_below(&life->state, 20);
	unsigned group = (unsigned)random_below(&life->state, GROUPS);

	if (choice < 11)
		draw_frame(life, group);
	else if (choice < 14)
		scene_release_oldest(&life->scene);
	else if (choice < 16)
		scene_release_all(&life->scene);
	else if (choice < 17)
		scene_purge(&life->scene, group);
	else if (choice < 19)
		choose_kind(life, group);
	else
		clock_put_forward(UNTIL_RINGS_REST_MS);
	if (compositor_counts(life->scene.compositor).held > HELD_MAX)
		scene_release_all(&life->scene);
}

void scenario_run_random(struct scenario_report *report, const struct scenario_options *options)
{
	struct life life = { .state = options->seed };
	struct runner_resources before;

	shm_set_error_mode(options->has_error_return ? SHM_ERRORS_RETURN : SHM_ERRORS_ABORT);
	scene_start(&life.scene, report, options->has_error_return);
	before = runner_count_resources();
	for (unsigned group = 0; group < GROUPS; group++)
		choose_kind(&life, group);
	draw_frame(&life, 0); /* whatever comes then, there is something to fail */
	for (unsigned i = 0; i < STEPS; i++)
		step(&life);
	scenario_end(&life.scene, before);
	report->live_blocks = fault_live_blocks();
	scene_stop(&life.scene);
}
