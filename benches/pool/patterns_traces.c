#include "patterns.h"
#include "slots.h"

static void prepare(const struct row *row)
{
	slots_make(row->trace.slots);
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

PATTERN(trace, prepare, lap_of_trace);
