/*
 * Systematic failure: a scenario is run once to count the calls of each kind that the library makes; then once for
 * each of them with that call failing, or that call and all later ones.
 *
 * Nothing may crash or hang. With SHM_ERRORS_RETURN nothing may abort. With SHM_ERRORS_ABORT an abort comes after
 * exactly one line that names what failed. What else must hold is checked by the scenario while it goes on.
 */
#ifndef MILLPOND_FAULTS_SWEEP_H
#define MILLPOND_FAULTS_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/faults/call.h"
#include "shm/faults/inject.h"

struct scenario_options {
	bool has_error_return;                 /* SHM_ERRORS_RETURN is set */
	bool has_large_buffers;                /* takes three times as long, and makes the library give memory back */
	bool has_no_memfd;                     /* files are opened in its place */
	uint64_t seed;                         /* of a random scenario */
};

/* What is done in a child process; a check that does not hold ends it. */
typedef void (*scenario_body)(struct scenario_report *report, const struct scenario_options *options);

struct sweep_totals {
	unsigned long runs, injections, struck, survived, returned_null, aborted_well, crashed, hung, wrong;
	unsigned long refused_scrolls, plain_buffers;
};

struct sweep {
	scenario_body body;
	bool has_error_return, persists;
	/* Large buffers matter for how system calls are made, and are slow: the others are counted and tried without. */
	bool has_large_buffers;
	bool tries_all_errors;                 /* false: the usual ones */
	/* Not 0: so many random scenarios, of which every third one has no memfd; each call gets one error. */
	unsigned scenarios;
	uint64_t first_seed;
	struct sweep_worker *workers;
	unsigned long counts[FAULT_KINDS];
	long live_blocks;                      /* that a run without faults leaves */
};

/* Goes through all of it, prints what came of it, and fails the test where something was wrong. */
void sweep_all(struct sweep *sweep);

/* Blocks of memory that a run without faults leaves. */
long sweep_live_blocks(struct sweep *sweep);

/* What the environment variable MILLPOND_FAULT_SCENARIOS says, or else `otherwise`: how many random ones are tried. */
unsigned sweep_scenarios(unsigned otherwise);

#endif
