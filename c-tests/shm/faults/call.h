/*
 * A call of the library in which something may fail, and what a process that ends in one leaves for its parent.
 */
#ifndef MILLPOND_FAULTS_CALL_H
#define MILLPOND_FAULTS_CALL_H

#include <stdbool.h>
#include <stddef.h>

/* Shared with the parent process, which looks at it when this one has ended in abort(). */
struct scenario_report {
	size_t text_bytes_before_call;         /* what was on stderr when the library's last call began */
	unsigned long fired;                   /* calls that were made to fail */
	unsigned nulls, refused_scrolls;       /* results of failures */
	unsigned plain_buffers;                /* got in place of ones that scroll */
	long live_blocks;                      /* at the end */
};

/* What a call of the library has come to. */
struct call {
	unsigned long fired_before;
	int error_number;
};

struct call call_begin(struct scenario_report *report);

/* True if something failed in it. */
bool call_end(struct scenario_report *report, struct call *call);

/*
 * As compositor_pump(), but what the library does when a release arrives is one of its calls. The compositor's own code
 * is in this process, too; its calls must not fail.
 */
struct compositor;
void call_pump(struct scenario_report *report, struct compositor *compositor);

#endif
