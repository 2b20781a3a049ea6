#include "support/clock.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define CALIBRATION_READINGS 2001

static double overhead_ns;

static int64_t read_clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_cpu_ns(void)
{
	return read_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

int64_t clock_wall_ms(void)
{
	return read_clock_ns(CLOCK_MONOTONIC) / 1000000;
}

void clock_calibrate(void)
{
	static double readings[CALIBRATION_READINGS];

	for (size_t i = 0; i < CALIBRATION_READINGS; i++) {
		int64_t began_ns = clock_cpu_ns();

		readings[i] = (double)(clock_cpu_ns() - began_ns);
	}
	overhead_ns = median_of(readings, CALIBRATION_READINGS);
}

double clock_overhead_ns(void)
{
	return overhead_ns;
}

double clock_elapsed_ns(int64_t began_ns, int64_t ended_ns)
{
	double elapsed_ns = (double)(ended_ns - began_ns) - overhead_ns;

	return elapsed_ns > 0 ? elapsed_ns : 0;
}

uint64_t clock_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
}

static int compare_figures(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

double median_of(double *figures, size_t count)
{
	if (count == 0)
		return 0;
	qsort(figures, count, sizeof(*figures), compare_figures);
	if (count % 2)
		return figures[count / 2];
	return (figures[count / 2 - 1] + figures[count / 2]) / 2;
}
