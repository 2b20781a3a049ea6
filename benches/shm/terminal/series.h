/* The frames that one variant has drawn under one load, and what they come to. */
#ifndef MILLPOND_BENCH_TERMINAL_SERIES_H
#define MILLPOND_BENCH_TERMINAL_SERIES_H

#include "shm/terminal/loads.h"

#define ROUNDS_MAX 16

/* What the library says it has copied so far. */
struct copied {
	bool is_known;
	unsigned long long update_bytes, buffers, carried_bytes, views;
};

struct terminal_series {
	struct terminal terminal;
	const struct load *load;
	const struct policy *policy;
	struct frame_sample *samples;
	size_t count, capacity;
	size_t round_ends[ROUNDS_MAX];     /* in samples */
	unsigned rounds, rounds_planned;
	uint64_t requests, buffers_made, pools_made;   /* by the library, during the rounds */
	uint64_t resident_max_bytes, resident_end_bytes;
	struct copied copied_before, copied_after;
	struct server_report round_before;
	uint64_t own_requests_before;
};

struct terminal_result {
	/* Of each round: the frames in which no view was carried. */
	double round_means_ns[ROUNDS_MAX];
	double plain_mean_ns;              /* the median of these */
	double turn_median_ns;             /* of the frames that carried a view; 0: there were none */
	double turns_per_frame;            /* in the long run */
	double mean_ns;                    /* of both, in the share that they have in the long run */
	double raw_mean_ns;                /* of all frames that were measured, just so */
	double median_ns, worst_ns;        /* of single frames */
	double round_worst_median_ns;      /* of the worst frame of each round */
	uint64_t caller_bytes, kept_bytes, faults, turns, refused_scrolls;
};

/* Asks, by purging a cookie that has no buffers. What the library has never said in this process is not known. */
struct copied ask_copied(const struct session *session);

/* Opens a terminal and brings it to a steady state. */
void terminal_series_open(struct terminal_series *series, const struct variant *variant, const struct layout *layout,
			  const struct font *font, const struct load *load, const struct policy *policy);

/*
 * One round of `rounds_planned`, of about so many frames. In each, the original stands at another place of its 512 MiB.
 * The frames may be taken in parts, in turn with those of other variants.
 */
void terminal_round_begin(struct terminal_series *series, unsigned frames);
void terminal_round_take(struct terminal_series *series, unsigned frames);
void terminal_round_end(struct terminal_series *series);

/* To be called after the last round. */
struct terminal_result terminal_series_result(struct terminal_series *series);

void terminal_series_close(struct terminal_series *series);

#endif
