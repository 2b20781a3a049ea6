#include "runs.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "measure.h"

static struct heap begin(const struct run *run)
{
	struct heap heap = *run->heap;

	heap.context = heap.another(&heap, &run->row->settings);
	if (!heap.context)
		give_up("%s cannot be had", heap.name);
	run->row->pattern->prepare(run->row);
	return heap;
}

static size_t calls_in_all;

size_t run_calls(void)
{
	return calls_in_all;
}

double run_timed(const void *what)
{
	const struct run *run = what;
	const struct heap heap = begin(run);
	double best_ns = 0;

	for (unsigned i = 0; i < run->warming_laps + run->row->more_warming_laps; i++)
		calls_in_all += run->row->pattern->timed(&heap, run->row);
	for (unsigned i = 0; i < run->laps; i++) {
		int64_t began_ns = cpu_ns();
		size_t calls = run->row->pattern->timed(&heap, run->row);
		double call_ns = (double)(cpu_ns() - began_ns) / (double)calls;

		calls_in_all += calls;
		if (i == 0 || call_ns < best_ns)
			best_ns = call_ns;
	}
	return best_ns;
}

static uint64_t resident_without_rests(void)
{
	/* What this program has freed itself must not serve the C library's heap. */
#ifdef __GLIBC__
	malloc_trim(0);
#endif
	return resident_bytes();
}

static void check_heap(const struct heap *heap)
{
	if (heap->check)
		heap->check(heap->context);
}

double run_checked(const void *what)
{
	const struct run *run = what;
	const struct heap heap = begin(run);
	uint64_t before_bytes = resident_without_rests();
	uint64_t end_bytes;

	for (unsigned i = 0; i < run->warming_laps + run->row->more_warming_laps; i++)
		run->row->pattern->checked(&heap, run->row);
	end_bytes = resident_bytes();
	check_heap(&heap);
	return end_bytes > before_bytes ? (double)(end_bytes - before_bytes) : 0;
}

/* Does the events from `first` to before `end`. */
static void do_events(const struct heap *heap, const struct row *row, size_t first, size_t end)
{
	struct row part = *row;

	part.trace.events += first;
	part.trace.count = end - first;
	row->pattern->checked(heap, &part);
}

double run_checked_trace(const void *what)
{
	const struct run *run = what;
	const struct trace *trace = &run->row->trace;
	const struct heap heap = begin(run);
	uint64_t before_bytes = resident_without_rests();
	uint64_t peak_bytes, end_bytes;
	size_t after_peak = trace->peak_event + 1, final_frees = trace->count;

	while (final_frees > after_peak && trace_kind(trace->events[final_frees - 1]) == TRACE_FREE)
		final_frees--;
	do_events(&heap, run->row, 0, after_peak);
	peak_bytes = resident_bytes();
	do_events(&heap, run->row, after_peak, final_frees);
	end_bytes = resident_bytes();
	do_events(&heap, run->row, final_frees, trace->count);
	check_heap(&heap);
	return (double)((end_bytes > peak_bytes ? end_bytes : peak_bytes) - before_bytes);
}
