#include "report.h"

static void write_figures(const struct results *results, FILE *file, const char *name,
			  const double figures[HEAPS_MAX])
{
	const char *comma = "";

	fprintf(file, "\"%s\": {", name);
	for (size_t heap = 0; heap < results->heap_count; heap++) {
		if (figures[heap] <= 0)
			continue;
		fprintf(file, "%s\"%s\": %.3f", comma, results->heaps[heap].name, figures[heap]);
		comma = ", ";
	}
	fputs("}", file);
}

static void write_row(const struct results *results, FILE *file, size_t index)
{
	const struct row *row = &results->rows[index];

	fprintf(file, "\t\t{\"group\": \"%s\", \"row\": \"%s\", ", group_names[row->group], row->name);
	write_figures(results, file, "ns_per_call", results->call_ns[index]);
	fputs(", ", file);
	write_figures(results, file, "held_bytes", results->held_bytes[index]);
	if (row->trace.count)
		fprintf(file, ", \"calls\": %zu, \"peak_live_bytes\": %llu", row->trace.count,
			(unsigned long long)row->trace.peak_live_bytes);
	fprintf(file, "}%s\n", index + 1 < results->row_count ? "," : "");
}

/* How many times as fast as the original each heap is. */
static void write_means(const struct results *results, FILE *file, const char *name, enum row_group group)
{
	double ratios[HEAPS_MAX];

	for (size_t heap = 0; heap < results->heap_count; heap++)
		ratios[heap] = mean_ratio(results, HEAP_ORIGINAL, results->heaps[heap].name, group, results->call_ns);
	fputs("\t\t", file);
	write_figures(results, file, name, ratios);
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
		write_means(results, file, group_names[group], (enum row_group)group);
		fputs(",\n", file);
	}
	write_means(results, file, "all rows", GROUP_ANY);
	fputs("\n\t}\n}\n", file);
}
