/* The picture: for each row, how many times as long as millpond the others take, on a logarithmic scale. */
#include <math.h>

#include "report.h"

#define WIDTH 1100
#define PLOT_LEFT 220
#define PLOT_RIGHT 1070
#define PLOT_TOP 92
#define ROW_HEIGHT 17
#define GROUP_HEIGHT 22
#define FOOT_HEIGHT 52
#define LEGEND_STEP 122

/* Colours can be told apart by people who do not see all of them, the shapes by everybody. */
struct mark {
	const char *heap, *name, *color;
	/* SVG's path around the middle. */
	const char *path;
	bool is_filled;
};

static const struct mark marks[] = {
	{ HEAP_MIMALLOC, "mimalloc", "#b07d00", "M-5 0H5M0 -5V5", false },
	{ HEAP_JEMALLOC, "jemalloc", "#b0488a", "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", false },
	{ HEAP_GLIBC, "glibc", "#6e6e6e", "M-4 -4L4 4M-4 4L4 -4", false },
	{ HEAP_TLSF, "TLSF", "#009e73", "M0 -5L5 0L0 5L-5 0Z", false },
	{ HEAP_MSPACE, "dlmalloc", "#7570b3", "M-4 -4H4V4H-4Z", true },
	{ HEAP_ORIGINAL, "Plan 9's pool.c", "#d55e00", "M0 -5L5 4H-5Z", true },
};

#define MARKS (sizeof(marks) / sizeof(marks[0]))
#define OURS_COLOR "#0072b2"

/* What the scale may end with. */
static const double ends[] = { 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000 };

#define ENDS (sizeof(ends) / sizeof(ends[0]))

struct scale {
	size_t low, high;
};

static double ratio_of(const struct results *results, size_t row, const char *heap)
{
	return row_ratio(results, results->call_ns[row], heap, HEAP_MILLPOND);
}

static struct scale scale_of(const struct results *results)
{
	struct scale scale = { 5, 7 };

	for (size_t row = 0; row < results->row_count; row++)
		for (size_t i = 0; i < MARKS; i++) {
			double ratio = ratio_of(results, row, marks[i].heap);

			while (ratio > 0 && scale.low > 0 && ratio < ends[scale.low])
				scale.low--;
			while (scale.high + 1 < ENDS && ratio > ends[scale.high])
				scale.high++;
		}
	return scale;
}

static double place_of(const struct scale *scale, double ratio)
{
	double low = log(ends[scale->low]), high = log(ends[scale->high]);

	return PLOT_LEFT + (PLOT_RIGHT - PLOT_LEFT) * (log(ratio) - low) / (high - low);
}

static void write_text(FILE *file, double x, double y, const char *anchor, const char *style, const char *text)
{
	fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s>%s</text>\n", x, y, anchor, style, text);
}

static void write_mark(FILE *file, const struct mark *mark, double x, double y)
{
	fprintf(file, "<path transform=\"translate(%.1f %.1f)\" d=\"%s\" fill=\"%s\" stroke=\"%s\"/>\n", x, y,
		mark->path, mark->is_filled ? mark->color : "none", mark->color);
}

static void write_line(FILE *file, double x, double top, double bottom, const char *style)
{
	fprintf(file, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x, top, x, bottom, style);
}

static int height_of_rows(const struct results *results)
{
	int height = 0;

	for (int group = 0; group < GROUP_COUNT; group++) {
		int rows = 0;

		for (size_t row = 0; row < results->row_count; row++)
			rows += (int)results->rows[row].group == group;
		height += rows ? GROUP_HEIGHT + rows * ROW_HEIGHT : 0;
	}
	return height;
}

static void write_head(const struct results *results, FILE *file)
{
	double x = PLOT_LEFT;

	write_text(file, WIDTH / 2.0, 28, "middle", "font-size=\"20\"",
		   "Time of a call: how many times as long as millpond the others take");
	write_text(file, WIDTH / 2.0, 47, "middle", "fill=\"#5a5a5a\"",
		   "right of the line: slower than millpond; locks that do nothing, where a heap leaves it to the program");
	for (size_t i = MARKS; i-- > 0;) {
		if (index_of(results, marks[i].heap) >= results->heap_count)
			continue;
		write_mark(file, &marks[i], x, 66);
		write_text(file, x + 10, 70, "start", "", marks[i].name);
		x += LEGEND_STEP;
	}
	write_line(file, x, 59, 73, "stroke=\"" OURS_COLOR "\" stroke-width=\"2\"");
	write_text(file, x + 8, 70, "start", "", "millpond");
}

static void write_scale(FILE *file, const struct scale *scale, double bottom)
{
	for (size_t i = scale->low; i <= scale->high; i++) {
		double x = place_of(scale, ends[i]);
		char text[24];

		snprintf(text, sizeof(text), "%g", ends[i]);
		write_line(file, x, PLOT_TOP, bottom,
			   ends[i] == 1 ? "stroke=\"" OURS_COLOR "\" stroke-width=\"2\"" : "stroke=\"#d7d7d7\"");
		write_text(file, x, bottom + 17, "middle", "", text);
	}
}

static void write_row(const struct results *results, FILE *file, const struct scale *scale, size_t row, double y)
{
	double original = ratio_of(results, row, HEAP_ORIGINAL);

	write_text(file, PLOT_LEFT - 12, y + 4, "end", "", results->rows[row].name);
	if (original > 0)
		fprintf(file, "<path d=\"M%.1f %.1fH%.1f\" stroke=\"#f0c8a8\" stroke-width=\"3\"/>\n",
			place_of(scale, 1), y, place_of(scale, original));
	for (size_t i = 0; i < MARKS; i++) {
		double ratio = ratio_of(results, row, marks[i].heap);

		if (ratio > 0)
			write_mark(file, &marks[i], place_of(scale, fmax(ratio, ends[0])), y);
	}
}

void write_picture(const struct results *results, FILE *file)
{
	struct scale scale = scale_of(results);
	double y = PLOT_TOP;
	int bottom = PLOT_TOP + height_of_rows(results);

	fprintf(file, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" "
		"font-size=\"12\" stroke-width=\"1.5\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
		WIDTH, bottom + FOOT_HEIGHT);
	write_head(results, file);
	write_scale(file, &scale, bottom);
	for (int group = 0; group < GROUP_COUNT; group++) {
		bool has_heading = false;

		for (size_t row = 0; row < results->row_count; row++) {
			if ((int)results->rows[row].group != group)
				continue;
			if (!has_heading)
				write_text(file, 16, (y += GROUP_HEIGHT) - 5, "start", "font-weight=\"bold\"",
					   group_names[group]);
			has_heading = true;
			write_row(results, file, &scale, row, y + ROW_HEIGHT / 2.0);
			y += ROW_HEIGHT;
		}
	}
	fputs("</svg>\n", file);
}
