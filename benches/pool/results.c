#include "results.h"

#include <math.h>
#include <string.h>

size_t index_of(const struct results *results, const char *heap_name)
{
	size_t i = 0;

	while (i < results->heap_count && strcmp(results->heaps[i].name, heap_name) != 0)
		i++;
	return i;
}

double row_ratio(const struct results *results, const double figures[HEAPS_MAX], const char *other, const char *heap)
{
	size_t a = index_of(results, other), b = index_of(results, heap);

	if (a >= results->heap_count || b >= results->heap_count || figures[a] <= 0 || figures[b] <= 0)
		return 0;
	return figures[a] / figures[b];
}

double mean_ratio(const struct results *results, const char *other, const char *heap, enum row_group group,
		  const double figures[ROWS_MAX][HEAPS_MAX])
{
	double logarithms = 0;
	size_t count = 0;

	for (size_t row = 0; row < results->row_count; row++) {
		double ratio = row_ratio(results, figures[row], other, heap);

		if (ratio <= 0 || (group != GROUP_ANY && results->rows[row].group != group))
			continue;
		logarithms += log(ratio);
		count++;
	}
	return count ? exp(logarithms / (double)count) : 0;
}

double mean_net_ratio(const struct results *results, const char *other, const char *heap, enum row_group group)
{
	static double net_ns[ROWS_MAX][HEAPS_MAX];
	size_t harness = index_of(results, HEAP_HARNESS);

	if (harness >= results->heap_count)
		return 0;
	for (size_t row = 0; row < results->row_count; row++)
		for (size_t i = 0; i < results->heap_count; i++)
			net_ns[row][i] = results->call_ns[row][i] - results->call_ns[row][harness];
	return mean_ratio(results, other, heap, group, (const double(*)[HEAPS_MAX])net_ns);
}
