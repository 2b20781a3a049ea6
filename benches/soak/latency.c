#include "soak/latency.h"

#include <time.h>

static int64_t read_clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t latency_wall_ns(void)
{
	return read_clock_ns(CLOCK_MONOTONIC);
}

struct moment latency_now(void)
{
	return (struct moment){ .cpu_ns = read_clock_ns(CLOCK_THREAD_CPUTIME_ID), .wall_ns = latency_wall_ns() };
}

static unsigned bin_of(uint64_t ns)
{
	unsigned power = 63;

	if (ns < LATENCY_PARTS)
		return (unsigned)ns;
	while (!(ns >> power))
		power--;
	return power * LATENCY_PARTS + (unsigned)((ns >> (power - 4)) & (LATENCY_PARTS - 1));
}

uint64_t latency_bin_ns(unsigned bin)
{
	unsigned power = bin / LATENCY_PARTS;

	return power == 0 ? bin : (uint64_t)(LATENCY_PARTS + bin % LATENCY_PARTS) << power >> 4;
}

static void take_max(uint64_t *most, uint64_t ns)
{
	if (ns > *most)
		*most = ns;
}

void latency_end_wall(struct latency *latency, int64_t began_ns)
{
	latency->calls++;
	take_max(&latency->wall_max_ns, (uint64_t)(latency_wall_ns() - began_ns));
}

void latency_end(struct latency *latency, struct moment began, uint64_t limit_ns)
{
	struct moment ended = latency_now();
	uint64_t cpu_ns = (uint64_t)(ended.cpu_ns - began.cpu_ns), wall_ns = (uint64_t)(ended.wall_ns - began.wall_ns);

	latency->calls++;
	latency->timed++;
	latency->bins[bin_of(cpu_ns)]++;
	take_max(&latency->cpu_max_ns, cpu_ns);
	take_max(&latency->wall_max_ns, wall_ns);
	if (limit_ns == 0)
		return;
	latency->judged++;
	latency->beyond += cpu_ns > limit_ns;
	latency->wall_beyond += wall_ns > limit_ns;
}

uint64_t latency_percentile_ns(const struct latency *latency, uint64_t per_million)
{
	uint64_t wanted = latency->timed - latency->timed * (1000000 - per_million) / 1000000, seen = 0;

	for (unsigned bin = 0; bin < LATENCY_BINS; bin++) {
		seen += latency->bins[bin];
		if (seen >= wanted && seen > 0)
			return latency_bin_ns(bin);
	}
	return 0;
}
