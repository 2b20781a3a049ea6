#include "trace.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

/* What becomes of each slot. */
struct slots {
	uint32_t *sizes;
	bool *are_live;
	size_t count;
};

static struct trace_event *read_events(const char *file_name, size_t events_max, size_t *count)
{
	FILE *file = fopen(file_name, "rbe");
	struct trace_event *events;
	long length;

	if (!file || fseek(file, 0, SEEK_END) != 0 || (length = ftell(file)) <= 0)
		give_up("%s: no trace", file_name);
	rewind(file);
	*count = (size_t)length / sizeof(*events);
	if (*count > events_max)
		*count = events_max;
	/* Room for one more event for each: what is still live is freed at the end. */
	events = malloc(2 * *count * sizeof(*events));
	if (!events || fread(events, sizeof(*events), *count, file) != *count)
		give_up("%s: cannot be read", file_name);
	fclose(file);
	return events;
}

static struct slots make_slots(const struct trace_event *events, size_t count)
{
	struct slots slots = { 0 };

	for (size_t i = 0; i < count; i++)
		if (trace_slot(events[i]) >= slots.count)
			slots.count = trace_slot(events[i]) + 1;
	slots.sizes = calloc(slots.count, sizeof(*slots.sizes));
	slots.are_live = calloc(slots.count, sizeof(*slots.are_live));
	if (!slots.sizes || !slots.are_live)
		give_up("no memory for %zu slots", slots.count);
	return slots;
}

/* Follows what is live, and finds the peak. An event that cannot be is a damaged file. */
static void follow(struct trace *trace, struct slots *slots)
{
	uint64_t live_bytes = 0;

	for (size_t i = 0; i < trace->count; i++) {
		struct trace_event event = trace->events[i];
		uint32_t slot = trace_slot(event);

		if (trace_kind(event) > TRACE_REALLOC || slots->are_live[slot] != (trace_kind(event) != TRACE_ALLOC))
			give_up("the trace of %s is damaged at event %zu", trace->name, i);
		live_bytes -= slots->sizes[slot];
		slots->are_live[slot] = trace_kind(event) != TRACE_FREE;
		slots->sizes[slot] = slots->are_live[slot] ? event.size_bytes : 0;
		live_bytes += slots->sizes[slot];
		if (live_bytes > trace->peak_live_bytes) {
			trace->peak_live_bytes = live_bytes;
			trace->peak_event = i;
		}
	}
}

struct trace trace_load(const char *folder, const char *name, size_t events_max)
{
	struct trace trace = { 0 };
	struct slots slots;
	char file_name[4096];

	snprintf(trace.name, sizeof(trace.name), "%s", name);
	snprintf(file_name, sizeof(file_name), "%s/%s.trace", folder, name);
	trace.events = read_events(file_name, events_max, &trace.count);
	slots = make_slots(trace.events, trace.count);
	trace.slots = slots.count;
	follow(&trace, &slots);
	for (uint32_t slot = 0; slot < slots.count; slot++)
		if (slots.are_live[slot])
			trace.events[trace.count++] =
				(struct trace_event){ slot << TRACE_KIND_BITS | TRACE_FREE, 0 };
	free(slots.sizes);
	free(slots.are_live);
	return trace;
}
