/*
 * System calls of a part of a program: a child runs it, and this process watches it with ptrace. Around the part the
 * child makes a call that fails and cannot be anybody else's: close() of an impossible descriptor.
 */
#ifndef MILLPOND_BENCH_CALL_TRACING_H
#define MILLPOND_BENCH_CALL_TRACING_H

#include <stdbool.h>
#include <stdint.h>

/* The first arguments of the marking calls. */
enum mark { MARK_BEGIN = -1000001, MARK_END = -1000002, MARK_ALL_BEGIN = -1000003, MARK_ALL_END = -1000004 };

struct call_counts {
	uint64_t in_library;   /* between MARK_BEGIN and MARK_END, over all such pairs */
	uint64_t in_all;       /* between MARK_ALL_BEGIN and MARK_ALL_END, without the marks */
	bool is_in_library, is_in_all;
	bool is_counted;       /* false: tracing is not allowed here, or the child died */
};

/* To be called in the child. */
void mark(enum mark mark);

/* Calls `run` in a child, with `data`, and counts what it does there. Have no session open: the child has it, too. */
struct call_counts trace_calls(void (*run)(const void *data), const void *data);

#endif
