/* One table: a row for each pattern, and a geometric mean for each group and for all. */
#include "report.h"

#define NAME_WIDTH 24

enum column_kind {
	COLUMN_NS,
	COLUMN_RATIO,
	COLUMN_MEGABYTES,
};

/* A figure of `heap`; or the ratio of `heap` to `base`. */
struct column {
	enum column_kind kind;
	int width;
	const char *heading, *heap, *base;
};

static const struct column columns[] = {
	{ COLUMN_NS, 8, "orig ns", HEAP_ORIGINAL, NULL },
	{ COLUMN_NS, 8, "mill ns", HEAP_MILLPOND, NULL },
	{ COLUMN_RATIO, 7, "orig", HEAP_ORIGINAL, HEAP_MILLPOND },
	{ COLUMN_RATIO, 6, "dlm", HEAP_MSPACE, HEAP_MILLPOND },
	{ COLUMN_RATIO, 6, "tlsf", HEAP_TLSF, HEAP_MILLPOND },
	{ COLUMN_RATIO, 6, "glibc", HEAP_GLIBC, HEAP_MILLPOND },
	{ COLUMN_RATIO, 6, "jemal", HEAP_JEMALLOC, HEAP_MILLPOND },
	{ COLUMN_RATIO, 6, "mimal", HEAP_MIMALLOC, HEAP_MILLPOND },
	{ COLUMN_NS, 10, "mill ns", HEAP_MILLPOND_MUTEX, NULL },
	{ COLUMN_RATIO, 7, "orig", HEAP_ORIGINAL_MUTEX, HEAP_MILLPOND_MUTEX },
	{ COLUMN_RATIO, 6, "dlm", HEAP_MSPACE_MUTEX, HEAP_MILLPOND_MUTEX },
	{ COLUMN_RATIO, 6, "tlsf", HEAP_TLSF_MUTEX, HEAP_MILLPOND_MUTEX },
	{ COLUMN_NS, 10, "no heap", HEAP_HARNESS, NULL },
	{ COLUMN_MEGABYTES, 10, "orig MB", HEAP_ORIGINAL, NULL },
	{ COLUMN_MEGABYTES, 8, "mill MB", HEAP_MILLPOND, NULL },
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static bool has_column(const struct results *results, const struct column *column)
{
	return index_of(results, column->heap) < results->heap_count &&
	       (!column->base || index_of(results, column->base) < results->heap_count);
}

static void print_figure(const struct column *column, double figure)
{
	if (figure <= 0)
		printf(" %*s", column->width, "-");
	else
		printf(" %*.*f", column->width, column->kind == COLUMN_RATIO ? 2 : 1, figure);
}

static void print_row(const struct results *results, size_t row)
{
	printf("  %-*s", NAME_WIDTH, results->rows[row].name);
	for (size_t i = 0; i < COLUMNS; i++) {
		const struct column *column = &columns[i];
		size_t heap = index_of(results, column->heap);

		if (!has_column(results, column))
			continue;
		switch (column->kind) {
		case COLUMN_NS: print_figure(column, results->call_ns[row][heap]); break;
		case COLUMN_RATIO:
			print_figure(column,
				     row_ratio(results, results->call_ns[row], column->heap, column->base));
			break;
		case COLUMN_MEGABYTES: print_figure(column, results->held_bytes[row][heap] / 1e6); break;
		}
	}
	putchar('\n');
}

typedef double mean(const struct results *results, const struct column *column, enum row_group group);

static double mean_of_times(const struct results *results, const struct column *column, enum row_group group)
{
	return mean_ratio(results, column->heap, column->base, group, results->call_ns);
}

static double mean_without_harness(const struct results *results, const struct column *column, enum row_group group)
{
	return mean_net_ratio(results, column->heap, column->base, group);
}

static void print_means(const struct results *results, const char *what, mean *mean_of, enum row_group group)
{
	printf("  %-*s", NAME_WIDTH, what);
	for (size_t i = 0; i < COLUMNS; i++)
		if (has_column(results, &columns[i]) && columns[i].kind == COLUMN_RATIO)
			print_figure(&columns[i], mean_of(results, &columns[i], group));
		else if (has_column(results, &columns[i]))
			printf(" %*s", columns[i].width, "");
	putchar('\n');
}

static void print_headings(const struct results *results)
{
	printf("Nanoseconds of CPU time for each call: median of %u processes, each the best of %u laps.\n"
	       "orig, dlm, tlsf ...: how many times as long as millpond they take; first with locks that do nothing,\n"
	       "then millpond and those beside it with a mutex. MB: memory held.\n\n  %-*s",
	       results->rounds, results->laps, NAME_WIDTH, "");
	for (size_t i = 0; i < COLUMNS; i++)
		if (has_column(results, &columns[i]))
			printf(" %*s", columns[i].width, columns[i].heading);
	putchar('\n');
}

void print_table(const struct results *results)
{
	print_headings(results);
	for (int group = 0; group < GROUP_COUNT; group++) {
		size_t rows = 0;

		for (size_t row = 0; row < results->row_count; row++) {
			if ((int)results->rows[row].group != group)
				continue;
			if (rows++ == 0)
				printf("%s\n", group_names[group]);
			print_row(results, row);
		}
		if (rows > 1)
			print_means(results, "geometric mean", mean_of_times, (enum row_group)group);
	}
	if (results->row_count == 0)
		return;
	puts("all rows");
	print_means(results, "geometric mean", mean_of_times, GROUP_ANY);
	print_means(results, "... less no heap", mean_without_harness, GROUP_ANY);
}
