/*
 * How long calls took: how many of each length. A length is kept with a sixteenth of it, so that percentiles are as good as
 * that; the longest is kept as it is.
 */
#ifndef MILLPOND_SOAK_LATENCY_H
#define MILLPOND_SOAK_LATENCY_H

#include <stdint.h>

#define LATENCY_PARTS 16
#define LATENCY_BINS (64 * LATENCY_PARTS)

struct latency {
	uint64_t calls;                    /* all of them */
	uint64_t timed;                    /* those whose CPU time was taken */
	uint64_t bins[LATENCY_BINS];       /* by CPU time */
	uint64_t cpu_max_ns, wall_max_ns;
	uint64_t judged;                   /* those that had a limit */
	uint64_t beyond, wall_beyond;      /* and were over it */
};

struct moment {
	int64_t cpu_ns, wall_ns;
};

struct moment latency_now(void);
int64_t latency_wall_ns(void);

/* A call that began then and is over now. limit_ns: how long it may take; 0: without one. */
void latency_end(struct latency *latency, struct moment began, uint64_t limit_ns);

/* A call of which only the time that passed was taken. */
void latency_end_wall(struct latency *latency, int64_t began_ns);

/* CPU time that so many per mille of per mille of the calls did not go beyond: 500,000 is the median. */
uint64_t latency_percentile_ns(const struct latency *latency, uint64_t per_million);

/* Where a bin begins. */
uint64_t latency_bin_ns(unsigned bin);

#endif
