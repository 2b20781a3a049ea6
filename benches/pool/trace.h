/* What a real program asked its malloc for, recorded by tools/trace. */
#ifndef POOL_BENCH_TRACE_H
#define POOL_BENCH_TRACE_H

#include <stddef.h>
#include <stdint.h>

/* As in the files: two 32-bit words of this machine. */
struct trace_event {
	uint32_t slot_and_kind;
	uint32_t size_bytes;
};

enum trace_kind {
	TRACE_ALLOC,
	TRACE_FREE,
	TRACE_REALLOC,
};

#define TRACE_KIND_BITS 2

static inline enum trace_kind trace_kind(struct trace_event event)
{
	return (enum trace_kind)(event.slot_and_kind & ((1U << TRACE_KIND_BITS) - 1));
}

static inline uint32_t trace_slot(struct trace_event event)
{
	return event.slot_and_kind >> TRACE_KIND_BITS;
}

struct trace {
	char name[32];
	struct trace_event *events;
	/* The last of them free what the program had not. */
	size_t count;
	size_t slots;
	/* The most bytes that were asked for and not yet freed, and after which event. */
	uint64_t peak_live_bytes;
	size_t peak_event;
};

/* Reads and checks DIR/NAME.trace, its first events if there are more. Gives up if it is damaged. */
struct trace trace_load(const char *folder, const char *name, size_t events_max);

#endif
