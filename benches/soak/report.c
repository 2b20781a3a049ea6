#include "soak/report.h"

#define SCROLLS_AIMED_AT 10000000ul
#define RESIZES_AIMED_AT 1000000ul
#define OPERATIONS_AIMED_AT 1000000000ul

void report_functions(const struct run *run, struct report_function functions[REPORT_FUNCTIONS])
{
	functions[0] = (struct report_function){ "shm_get_buffer", &run->buffers.get };
	functions[1] = (struct report_function){ "shm_get_buffer, new size", &run->buffers.get_new_size };
	functions[2] = (struct report_function){ "shm_scroll", &run->buffers.scroll };
	functions[3] = (struct report_function){ "poolalloc", &run->pools.alloc };
	functions[4] = (struct report_function){ "poolfree", &run->pools.free };
}

static void write_done(FILE *file, const char *what, unsigned long done, unsigned long aimed_at)
{
	fprintf(file, "%14lu %-16s", done, what);
	if (done >= aimed_at)
		fprintf(file, "\n");
	else
		fprintf(file, " (of %lu that a long soak aims at)\n", aimed_at);
}

static void write_latencies(const struct run *run, FILE *file)
{
	struct report_function functions[REPORT_FUNCTIONS];

	report_functions(run, functions);
	fprintf(file, "\nCPU time of a call, in microseconds%26s p50       p99    p99.99       max  max by the clock\n", "");
	for (int i = 0; i < REPORT_FUNCTIONS; i++) {
		const struct latency *latency = functions[i].latency;

		fprintf(file, "  %-26s %12llu calls %18.2f %9.2f %9.2f %9.2f %17.2f\n", functions[i].name,
			(unsigned long long)latency->calls, (double)latency_percentile_ns(latency, 500000) / 1e3,
			(double)latency_percentile_ns(latency, 990000) / 1e3,
			(double)latency_percentile_ns(latency, 999900) / 1e3, (double)latency->cpu_max_ns / 1e3,
			(double)latency->wall_max_ns / 1e3);
	}
	fprintf(file, "  (of the pool, CPU time is taken of each sixteenth call, and the clock read for all; taking CPU time\n"
		"  takes a part of a microsecond, which is in the figures)\n");
}

static void write_judgement(FILE *file, const char *name, const struct latency *latency)
{
	if (latency->beyond == 0)
		fprintf(file, "%s: none of %llu calls took more CPU time than a memmove of its view and a millisecond",
			name, (unsigned long long)latency->judged);
	else
		fprintf(file, "%s: %llu of %llu calls took more CPU time than a memmove of their view and a millisecond",
			name, (unsigned long long)latency->beyond, (unsigned long long)latency->judged);
	fprintf(file, "\n  (by the clock: %llu, where the thread was interrupted too)\n",
		(unsigned long long)latency->wall_beyond);
}

static bool write_growth(const struct run *run, FILE *file)
{
	bool grows = false;

	fprintf(file, "\nAfter the first quarter           mean    per hour   grown by   noticed from\n");
	for (enum growth_kind kind = 0; kind < GROWTH_KINDS; kind++) {
		const struct growth_series *series = &run->growth.series[kind];
		struct growth_line line = growth_line(&run->growth, kind, run->steady_from);

		fprintf(file, "  %-12s %-12s %11.1f %11.1f %10.2f %14.2f  %s\n", series->name, series->unit, line.mean,
			line.per_hour, line.grown, line.noticed, line.grows ? "GROWS" : "does not grow");
		grows |= line.grows;
	}
	return grows;
}

bool report_write(const struct run *run, FILE *file)
{
	unsigned long wrong = run->buffers.wrong + run->pools.wrong;
	bool grows;

	fprintf(file, "%u seconds, by cookies and in chains side by side, and a pool in another thread:\n", run->seconds);
	write_done(file, "scrolls", run->buffers.scrolls, SCROLLS_AIMED_AT);
	write_done(file, "resizes", run->buffers.resizes, RESIZES_AIMED_AT);
	write_done(file, "pool operations", run->pools.operations, OPERATIONS_AIMED_AT);
	write_latencies(run, file);
	fputc('\n', file);
	write_judgement(file, "shm_get_buffer", &run->buffers.get);
	write_judgement(file, "shm_scroll", &run->buffers.scroll);
	grows = write_growth(run, file);
	if (wrong > 0 || run->buffers.refused > 0)
		fprintf(file, "\nWRONG: %lu pixels or blocks are not what they must be, %lu scrolls were refused\n", wrong,
			run->buffers.refused);
	return !grows && wrong == 0 && run->buffers.refused == 0;
}
