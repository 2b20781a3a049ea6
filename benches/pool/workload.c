#include "workload.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

#define CALLS_IN_LAP 200000
/* The first lap brings pages in; the second finds a heap that is in use. */
#define WARMING_LAPS 2
#define INLINE static inline __attribute__((always_inline))

const char *const group_names[GROUP_COUNT] = { "pairs", "batches", "random", "large", "grow", "traces" };

/* What a lap has live, in slots. */
struct live {
	void **blocks;
	uint32_t *sizes;
	size_t count;
	bool is_filled;
	/* The next of the row's steps. */
	size_t position;
};

static struct live live;

/* The heap that is measured, in registers; and whether blocks are filled and compared, known when it is compiled. */
struct scene {
	struct heap heap;
	const struct row *row;
	bool is_checked;
};

static void make_live(size_t count)
{
	live.count = count;
	live.blocks = calloc(count, sizeof(*live.blocks));
	live.sizes = calloc(count, sizeof(*live.sizes));
	if (!live.blocks || !live.sizes)
		give_up("no memory for %zu slots", count);
	/* Their pages must not count as the heap's. */
	memset(live.blocks, 0, count * sizeof(*live.blocks));
	memset(live.sizes, 0, count * sizeof(*live.sizes));
}

static unsigned char pattern_of(size_t slot, size_t size_bytes)
{
	return (unsigned char)(slot * 31 + size_bytes * 7 + 1);
}

static void fill(size_t slot, size_t from)
{
	unsigned char *block = live.blocks[slot];

	memset(block + from, pattern_of(slot, live.sizes[slot]), live.sizes[slot] - from);
}

/* The first `size_bytes` of a block must hold the pattern of what it was when it was filled. */
static void compare(size_t slot, const void *block, size_t filled_bytes, size_t size_bytes)
{
	const unsigned char *bytes = block;
	unsigned char pattern = pattern_of(slot, filled_bytes);

	if (size_bytes && (bytes[0] != pattern || memcmp(bytes, bytes + 1, size_bytes - 1) != 0))
		give_up("block %zu of %zu bytes has changed", slot, filled_bytes);
}

INLINE void take(const struct scene *scene, size_t slot, size_t size_bytes)
{
	void *block = scene->heap.alloc(scene->heap.context, size_bytes);

	live.blocks[slot] = block;
	if (scene->is_checked) {
		if (!block)
			give_up("%s has no %zu bytes", scene->heap.name, size_bytes);
		live.sizes[slot] = (uint32_t)size_bytes;
		fill(slot, 0);
	} else if (size_bytes >= sizeof(uint64_t)) {
		/* No program asks for memory and leaves it. */
		memcpy(block, &size_bytes, sizeof(uint64_t));
	}
}

INLINE void leave(const struct scene *scene, size_t slot)
{
	if (scene->is_checked)
		compare(slot, live.blocks[slot], live.sizes[slot], live.sizes[slot]);
	scene->heap.free(scene->heap.context, live.blocks[slot]);
}

INLINE void resize(const struct scene *scene, size_t slot, size_t size_bytes)
{
	void *block = scene->heap.realloc(scene->heap.context, live.blocks[slot], size_bytes);

	live.blocks[slot] = block;
	if (scene->is_checked) {
		size_t old_bytes = live.sizes[slot];

		if (!block)
			give_up("%s has no %zu bytes", scene->heap.name, size_bytes);
		compare(slot, block, old_bytes, size_bytes < old_bytes ? size_bytes : old_bytes);
		live.sizes[slot] = (uint32_t)size_bytes;
		fill(slot, 0);
	}
}

INLINE size_t lap_of_pairs(const struct scene *scene)
{
	const struct heap heap = scene->heap;
	size_t size_bytes = scene->row->size_bytes;

	for (size_t i = 0; scene->is_checked && i < CALLS_IN_LAP / 2; i++) {
		take(scene, 0, size_bytes);
		leave(scene, 0);
	}
	/* As a function does with a block of its own: the address stays in a register. */
	for (size_t i = 0; !scene->is_checked && i < CALLS_IN_LAP / 2; i++) {
		void *block = heap.alloc(heap.context, size_bytes);

		memcpy(block, &i, sizeof(i));
		heap.free(heap.context, block);
	}
	return CALLS_IN_LAP;
}

INLINE size_t lap_of_batches(const struct scene *scene)
{
	size_t blocks = scene->row->blocks, batches = CALLS_IN_LAP / 2 / blocks;

	for (size_t batch = 0; batch < batches; batch++) {
		for (size_t i = 0; i < blocks; i++)
			take(scene, i, scene->row->size_bytes);
		for (size_t i = 0; i < blocks; i++)
			leave(scene, scene->row->kind == ROW_FIFO ? i : blocks - 1 - i);
	}
	return 2 * batches * blocks;
}

INLINE size_t lap_of_replacements(const struct scene *scene)
{
	const struct step *steps = scene->row->steps;

	if (!live.is_filled)
		for (size_t slot = 0; slot < scene->row->blocks; slot++)
			take(scene, slot, steps[slot].size_bytes);
	live.is_filled = true;
	steps += live.position;
	for (size_t i = 0; i < STEPS_IN_LAP; i++) {
		leave(scene, steps[i].slot);
		take(scene, steps[i].slot, steps[i].size_bytes);
	}
	live.position = (live.position + STEPS_IN_LAP) % STEPS_IN_ALL;
	return 2 * (size_t)STEPS_IN_LAP;
}

INLINE size_t lap_of_growth(const struct scene *scene)
{
	const struct row *row = scene->row;
	size_t calls = 0;

	while (calls < CALLS_IN_LAP / 10) {
		size_t size_bytes = 16;

		for (size_t slot = 0; slot < row->blocks; slot++)
			take(scene, slot, size_bytes);
		while (size_bytes < row->size_bytes) {
			size_bytes += row->kind == ROW_GROW_BY_HALF ? size_bytes / 2 : 16;
			for (size_t slot = 0; slot < row->blocks; slot++)
				resize(scene, slot, size_bytes);
			calls += row->blocks;
		}
		for (size_t slot = 0; slot < row->blocks; slot++)
			leave(scene, slot);
		calls += 2 * row->blocks;
	}
	return calls;
}

INLINE size_t lap_of_trace(const struct scene *scene)
{
	const struct trace *trace = &scene->row->trace;

	for (size_t i = 0; i < trace->count; i++) {
		struct trace_event event = trace->events[i];

		switch (trace_kind(event)) {
		case TRACE_ALLOC: take(scene, trace_slot(event), event.size_bytes); break;
		case TRACE_FREE: leave(scene, trace_slot(event)); break;
		case TRACE_REALLOC: resize(scene, trace_slot(event), event.size_bytes); break;
		}
	}
	return trace->count;
}

INLINE size_t lap(const struct scene *scene)
{
	switch (scene->row->kind) {
	case ROW_PAIRS: return lap_of_pairs(scene);
	case ROW_FIFO:
	case ROW_LIFO: return lap_of_batches(scene);
	case ROW_RANDOM:
	case ROW_RANDOM_LARGE: return lap_of_replacements(scene);
	case ROW_GROW_BY_HALF:
	case ROW_GROW_BY_16: return lap_of_growth(scene);
	case ROW_TRACE: return lap_of_trace(scene);
	}
	return 0;
}

static void prepare(const struct row *row)
{
	make_live(row->kind == ROW_TRACE ? row->trace.slots : row->blocks);
}

double run_timed(const void *what)
{
	const struct run *run = what;
	const struct scene scene = { *run->heap, run->row, false };
	double best_ns = 0;

	prepare(run->row);
	for (unsigned i = 0; i < WARMING_LAPS; i++)
		lap(&scene);
	for (unsigned i = 0; i < run->laps; i++) {
		int64_t began_ns = cpu_ns();
		size_t calls = lap(&scene);
		double call_ns = (double)(cpu_ns() - began_ns) / (double)calls;

		if (i == 0 || call_ns < best_ns)
			best_ns = call_ns;
	}
	return best_ns;
}

double run_checked(const void *what)
{
	const struct run *run = what;
	const struct scene scene = { *run->heap, run->row, true };

	prepare(run->row);
	lap(&scene);
	if (live.is_filled)
		lap(&scene);
	if (run->heap->check)
		run->heap->check(run->heap->context);
	return 0;
}

double run_for_memory(const void *what)
{
	const struct run *run = what;
	struct row before_peak = *run->row, after_peak = *run->row;
	uint64_t before_bytes, peak_bytes, end_bytes;
	size_t first_final_free = run->row->trace.count;

	while (first_final_free > 0 && trace_kind(run->row->trace.events[first_final_free - 1]) == TRACE_FREE)
		first_final_free--;
	before_peak.trace.count = run->row->trace.peak_event + 1;
	after_peak.trace.events += before_peak.trace.count;
	after_peak.trace.count = first_final_free > before_peak.trace.count ? first_final_free - before_peak.trace.count : 0;
	prepare(run->row);
	/* What this program has freed itself must not serve the C library's heap. */
	malloc_trim(0);
	before_bytes = resident_bytes();
	lap_of_trace(&(struct scene){ *run->heap, &before_peak, true });
	peak_bytes = resident_bytes();
	lap_of_trace(&(struct scene){ *run->heap, &after_peak, true });
	end_bytes = resident_bytes();
	return (double)((end_bytes > peak_bytes ? end_bytes : peak_bytes) - before_bytes);
}
