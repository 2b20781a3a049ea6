#include "report.h"

void print_memory(const struct results *results)
{
	bool has_heading = false;

	for (size_t row = 0; row < results->row_count; row++) {
		double live_bytes = (double)results->rows[row].trace.peak_live_bytes;

		if (live_bytes <= 0)
			continue;
		if (!has_heading) {
			printf("\nMost memory held, as a multiple of the bytes that the program had live at its peak.\n"
			       "\n  %-22s", "");
			for (size_t heap = 0; heap < results->heap_count; heap++)
				printf(" %9s", results->heaps[heap].name);
			putchar('\n');
		}
		has_heading = true;
		printf("  %-10s %8.1f MB", results->rows[row].name, live_bytes / 1e6);
		for (size_t heap = 0; heap < results->heap_count; heap++)
			if (results->held_bytes[row][heap] > 0)
				printf(" %9.3f", results->held_bytes[row][heap] / live_bytes);
			else
				printf(" %9s", "-");
		putchar('\n');
	}
}

static void print_slower(const struct results *results, const char *other, const char *heap, const char *locks)
{
	size_t slower = 0, compared = 0;

	for (size_t row = 0; row < results->row_count; row++) {
		double ratio = row_ratio(results, results->call_ns[row], other, heap);

		compared += ratio > 0;
		if (ratio > 0 && ratio < 1)
			printf("%s%s (%.2f)", slower++ ? ", " : "\nSlower than the original: ", results->rows[row].name,
			       ratio);
	}
	if (compared && slower)
		printf("; %s\n", locks);
	else if (compared)
		printf("\nNo row is slower than the original; %s\n", locks);
}

void print_slower_rows(const struct results *results)
{
	print_slower(results, HEAP_ORIGINAL, HEAP_MILLPOND, "with locks that do nothing");
	print_slower(results, HEAP_ORIGINAL_MUTEX, HEAP_MILLPOND_MUTEX, "with a mutex");
}

static void print_goal(const char *what, double ratio, double goal)
{
	static bool has_heading;

	if (ratio <= 0)
		return;
	if (!has_heading)
		printf("\nGoals\n");
	has_heading = true;
	printf("  %-58s %6.2fx  goal %.2fx  %s\n", what, ratio, goal, ratio >= goal ? "reached" : "SHORT");
}

static double times_the_original(const struct results *results, enum row_group group)
{
	return mean_ratio(results, HEAP_ORIGINAL, HEAP_MILLPOND, group, results->call_ns);
}

void print_goals(const struct results *results)
{
	print_goal("pairs: times faster than the original", times_the_original(results, GROUP_PAIRS), 3);
	print_goal("mixed sizes: times faster than the original", times_the_original(results, GROUP_MIXED), 3);
	print_goal("traces: times faster than the original", times_the_original(results, GROUP_TRACES), 2.5);
	print_goal("traces: times faster than dlmalloc, each with a mutex",
		   mean_ratio(results, HEAP_MSPACE_MUTEX, HEAP_MILLPOND_MUTEX, GROUP_TRACES, results->call_ns), 1);
	print_goal("traces: times faster than TLSF, both without a lock",
		   mean_ratio(results, HEAP_TLSF, HEAP_MILLPOND, GROUP_TRACES, results->call_ns), 1);
	print_goal("traces: memory of the original / millpond's",
		   mean_ratio(results, HEAP_ORIGINAL, HEAP_MILLPOND, GROUP_TRACES, results->held_bytes), 1);
}
