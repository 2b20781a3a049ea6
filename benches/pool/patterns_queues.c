#include "patterns.h"
#include "slots.h"
#include "steps.h"

#define RUN_MAX 500
#define SEED 0x2545f4914f6cdd1du

/* A ring of slots: the oldest block is in `first`, and `count` follow one another. */
static struct {
	size_t first, count;
	uint64_t random;
} ring = { 0, 0, SEED };

static void prepare(const struct row *row)
{
	slots_make(row->blocks);
	steps_make(row);
}

INLINE size_t slot_at(const struct scene *scene, size_t index)
{
	size_t slot = ring.first + index;

	return slot < scene->row->blocks ? slot : slot - scene->row->blocks;
}

INLINE void leave_oldest(const struct scene *scene)
{
	leave(scene, ring.first);
	ring.first = slot_at(scene, 1);
	ring.count--;
}

INLINE size_t lap_of_queue(const struct scene *scene)
{
	const struct step *sizes = steps_of_next_lap();
	size_t calls = 0;

	for (size_t i = 0; i < STEPS_IN_LAP; i++) {
		if (ring.count == scene->row->blocks) {
			leave_oldest(scene);
			calls++;
		}
		take(scene, slot_at(scene, ring.count++), sizes[i].size_bytes);
		calls++;
	}
	return calls;
}

INLINE size_t run_of(uint64_t *random, size_t most)
{
	size_t run = 1 + next_random(random) % RUN_MAX;

	return run < most ? run : most;
}

INLINE size_t lap_of_runs(const struct scene *scene, bool is_stack)
{
	const struct step *sizes = steps_of_next_lap();
	size_t taken = 0, calls = 0;

	while (taken < STEPS_IN_LAP) {
		size_t room = scene->row->blocks - ring.count, left = STEPS_IN_LAP - taken;
		size_t run = run_of(&ring.random, room < left ? room : left);

		for (size_t i = 0; i < run; i++)
			take(scene, slot_at(scene, ring.count++), sizes[taken + i].size_bytes);
		taken += run;
		calls += run;
		run = run_of(&ring.random, ring.count);
		calls += run;
		while (run-- > 0)
			if (is_stack)
				leave(scene, slot_at(scene, --ring.count));
			else
				leave_oldest(scene);
	}
	return calls;
}

INLINE size_t lap_of_stack(const struct scene *scene)
{
	return lap_of_runs(scene, true);
}

INLINE size_t lap_of_bursts(const struct scene *scene)
{
	return lap_of_runs(scene, false);
}

PATTERN(queue, prepare, lap_of_queue);
PATTERN(stack, prepare, lap_of_stack);
PATTERN(bursts, prepare, lap_of_bursts);
