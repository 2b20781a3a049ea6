#include "report.h"

#include <math.h>
#include <string.h>

static size_t index_of(const struct results *results, const char *heap_name)
{
	size_t i = 0;

	while (i < results->heap_count && strcmp(results->heaps[i].name, heap_name) != 0)
		i++;
	return i;
}

/* The geometric mean of figure(other) / figure(heap) over the rows of a group; 0 if there are none. */
static double mean_ratio(const struct results *results, size_t other, size_t heap, enum row_group group,
			 const double figures[ROWS_MAX][HEAPS_MAX])
{
	double logarithms = 0;
	size_t count = 0;

	if (other >= results->heap_count || heap >= results->heap_count)
		return 0;
	for (size_t row = 0; row < results->row_count; row++) {
		if (results->rows[row].group != group || figures[row][heap] <= 0 || figures[row][other] <= 0)
			continue;
		logarithms += log(figures[row][other] / figures[row][heap]);
		count++;
	}
	return count ? exp(logarithms / (double)count) : 0;
}

double group_ratio(const struct results *results, size_t heap, enum row_group group)
{
	return mean_ratio(results, index_of(results, HEAP_ORIGINAL), heap, group, results->call_ns);
}

static void print_headings(const struct results *results, const char *first)
{
	printf("\n  %-22s", first);
	for (size_t heap = 0; heap < results->heap_count; heap++)
		printf(" %9s", results->heaps[heap].name);
	if (index_of(results, HEAP_MILLPOND) < results->heap_count)
		printf(" %9s", "ratio");
	putchar('\n');
}

/* The original's figure over millpond's: what a row says in one number. */
static void print_ratio(const struct results *results, const double figures[HEAPS_MAX])
{
	size_t original = index_of(results, HEAP_ORIGINAL), ours = index_of(results, HEAP_MILLPOND);

	if (original < results->heap_count && ours < results->heap_count)
		printf(" %8.2fx", figures[original] / figures[ours]);
}

static void print_row(const struct results *results, size_t row)
{
	printf("  %-22s", results->rows[row].name);
	for (size_t heap = 0; heap < results->heap_count; heap++)
		printf(" %9.1f", results->call_ns[row][heap]);
	print_ratio(results, results->call_ns[row]);
	putchar('\n');
}

/* What is left when what the harness takes is taken off: the heaps themselves, a little less than they cost. */
static double net_ratio(const struct results *results, size_t heap, enum row_group group)
{
	static double net_ns[ROWS_MAX][HEAPS_MAX];
	size_t harness = index_of(results, HEAP_HARNESS);

	if (harness >= results->heap_count || heap == harness)
		return 0;
	for (size_t row = 0; row < results->row_count; row++)
		for (size_t i = 0; i < results->heap_count; i++)
			net_ns[row][i] = results->call_ns[row][i] - results->call_ns[row][harness];
	return mean_ratio(results, index_of(results, HEAP_ORIGINAL), heap, group,
			  (const double(*)[HEAPS_MAX])net_ns);
}

static void print_ratios(const char *what, const double ratios[HEAPS_MAX], size_t count)
{
	printf("  %-22s", what);
	for (size_t heap = 0; heap < count; heap++)
		if (ratios[heap] > 0)
			printf(" %8.2fx", ratios[heap]);
		else
			printf(" %9s", "-");
	putchar('\n');
}

static void print_group_ratios(const struct results *results, enum row_group group)
{
	double ratios[HEAPS_MAX], net_ratios[HEAPS_MAX];

	if (index_of(results, HEAP_ORIGINAL) >= results->heap_count)
		return;
	for (size_t heap = 0; heap < results->heap_count; heap++) {
		ratios[heap] = group_ratio(results, heap, group);
		net_ratios[heap] = net_ratio(results, heap, group);
	}
	print_ratios("times the original", ratios, results->heap_count);
	print_ratios("... less the harness", net_ratios, results->heap_count);
}

void print_times(const struct results *results)
{
	printf("Nanoseconds of CPU time for each call: median of %u processes, each the best of %u laps.\n",
	       results->rounds, results->laps);
	print_headings(results, "");
	for (int group = 0; group < GROUP_COUNT; group++) {
		size_t rows = 0;

		for (size_t row = 0; row < results->row_count; row++) {
			if ((int)results->rows[row].group != group)
				continue;
			if (rows++ == 0)
				printf("%s\n", group_names[group]);
			print_row(results, row);
		}
		if (rows)
			print_group_ratios(results, (enum row_group)group);
	}
}

void print_memory(const struct results *results)
{
	bool has_heading = false;

	for (size_t row = 0; row < results->row_count; row++) {
		if (results->rows[row].kind != ROW_TRACE)
			continue;
		if (!has_heading) {
			printf("\nMost memory held, as a multiple of the bytes that the program had live at its peak.\n");
			print_headings(results, "");
		}
		has_heading = true;
		printf("  %-10s %8.1f MB", results->rows[row].name,
		       (double)results->rows[row].trace.peak_live_bytes / 1e6);
		for (size_t heap = 0; heap < results->heap_count; heap++)
			if (results->peak_bytes[row][heap] > 0)
				printf(" %9.3f", results->peak_bytes[row][heap] /
							 (double)results->rows[row].trace.peak_live_bytes);
			else
				printf(" %9s", "-");
		print_ratio(results, results->peak_bytes[row]);
		putchar('\n');
	}
}

static unsigned print_goal(const char *what, double ratio, double goal)
{
	if (ratio <= 0)
		return 0;
	printf("  %-58s %6.2fx  goal %.2fx  %s\n", what, ratio, goal, ratio >= goal ? "reached" : "SHORT");
	return ratio < goal;
}

unsigned print_goals(const struct results *results)
{
	size_t original = index_of(results, HEAP_ORIGINAL), ours = index_of(results, HEAP_MILLPOND);
	size_t ours_mutex = index_of(results, HEAP_MILLPOND_MUTEX), mspace = index_of(results, HEAP_MSPACE_MUTEX);
	size_t tlsf = index_of(results, HEAP_TLSF);
	unsigned missed = 0;

	if (ours >= results->heap_count)
		return 0;
	printf("\nGoals\n");
	missed += print_goal("pairs: times faster than the original", group_ratio(results, ours, GROUP_PAIRS), 3);
	missed += print_goal("random: times faster than the original", group_ratio(results, ours, GROUP_RANDOM), 3);
	missed += print_goal("traces: times faster than the original", group_ratio(results, ours, GROUP_TRACES), 2.5);
	missed += print_goal("traces: times faster than dlmalloc, each with a mutex",
			     mean_ratio(results, mspace, ours_mutex, GROUP_TRACES, results->call_ns), 1);
	missed += print_goal("traces: times faster than TLSF, both without a lock",
			     mean_ratio(results, tlsf, ours, GROUP_TRACES, results->call_ns), 1);
	missed += print_goal("traces: memory of the original / millpond's",
			     mean_ratio(results, original, ours, GROUP_TRACES, results->peak_bytes), 1);
	return missed;
}

static void write_figures(const struct results *results, FILE *file, const double figures[HEAPS_MAX])
{
	for (size_t heap = 0; heap < results->heap_count; heap++)
		fprintf(file, "%s\"%s\": %.3f", heap ? ", " : "", results->heaps[heap].name, figures[heap]);
}

static void write_row(const struct results *results, FILE *file, size_t index)
{
	const struct row *row = &results->rows[index];

	fprintf(file, "\t\t{\"group\": \"%s\", \"row\": \"%s\", \"ns_per_call\": {", group_names[row->group], row->name);
	write_figures(results, file, results->call_ns[index]);
	fputs("}", file);
	if (row->kind == ROW_TRACE) {
		fprintf(file, ", \"calls\": %zu, \"peak_live_bytes\": %llu, \"peak_bytes\": {", row->trace.count,
			(unsigned long long)row->trace.peak_live_bytes);
		write_figures(results, file, results->peak_bytes[index]);
		fputs("}", file);
	}
	fprintf(file, "}%s\n", index + 1 < results->row_count ? "," : "");
}

void write_json(const struct results *results, FILE *file)
{
	fprintf(file, "{\n\t\"rounds\": %u,\n\t\"laps\": %u,\n\t\"heaps\": {\n", results->rounds, results->laps);
	for (size_t heap = 0; heap < results->heap_count; heap++)
		fprintf(file, "\t\t\"%s\": \"%s\"%s\n", results->heaps[heap].name, results->heaps[heap].description,
			heap + 1 < results->heap_count ? "," : "");
	fputs("\t},\n\t\"rows\": [\n", file);
	for (size_t row = 0; row < results->row_count; row++)
		write_row(results, file, row);
	fputs("\t],\n\t\"times_faster_than_the_original\": {\n", file);
	for (int group = 0; group < GROUP_COUNT; group++) {
		double ratios[HEAPS_MAX];

		for (size_t heap = 0; heap < results->heap_count; heap++)
			ratios[heap] = group_ratio(results, heap, (enum row_group)group);
		fprintf(file, "\t\t\"%s\": {", group_names[group]);
		write_figures(results, file, ratios);
		fprintf(file, "}%s\n", group + 1 < GROUP_COUNT ? "," : "");
	}
	fputs("\t}\n}\n", file);
}
