/* The picture: what the process holds along the time, and how many calls took how long. */
#include <math.h>

#include "soak/report.h"

#define WIDTH 1100
#define LEFT 110
#define RIGHT 1070
#define PANEL_HEIGHT 120
#define PANEL_STEP 168
#define TOP 80
#define CALLS_HEIGHT 300
#define CALLS_TOP (TOP + GROWTH_KINDS * PANEL_STEP + 30)
#define CALLS_BOTTOM (CALLS_TOP + CALLS_HEIGHT)
#define HEIGHT (CALLS_BOTTOM + 60)
/* Powers of ten: from 10 ns to 1 s, and from one call to ten milliard. */
#define NS_LOW 1
#define NS_HIGH 9
#define CALLS_HIGH 10
#define TICKS 4
#define LEGEND_STEP 20

/* Colours can be told apart by people who do not see all of them, the dashes by everybody. */
static const struct {
	const char *color, *dashes;
} lines[REPORT_FUNCTIONS] = {
	{ "#0072b2", "" }, { "#b07d00", "8 3" }, { "#d55e00", "2 2" }, { "#009e73", "12 3 3 3" }, { "#7570b3", "5 5" },
};

static void text(FILE *file, double x, double y, const char *anchor, const char *style, const char *words)
{
	fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s>%s</text>\n", x, y, anchor, style, words);
}

static void line(FILE *file, double x1, double y1, double x2, double y2, const char *style)
{
	fprintf(file, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2, y2, style);
}

/* --- along the time ----------------------------------------------------------------------------------------------- */

static double x_of(const struct run *run, double seconds)
{
	return LEFT + (RIGHT - LEFT) * seconds / run->growth.seconds[run->growth.count - 1];
}

/* What the scale ends with: 1, 2 or 5 with zeros, for TICKS steps. */
static double scale_end(double most)
{
	const double steps[] = { 1, 2, 5, 10 };
	double unit = pow(10, floor(log10(fmax(most, TICKS) / TICKS)));
	int i = 0;

	while (steps[i] * unit * TICKS < most)
		i++;
	return steps[i] * unit * TICKS;
}

static void draw_series(const struct run *run, FILE *file, enum growth_kind kind, double top)
{
	const struct growth_series *series = &run->growth.series[kind];
	struct growth_line growth = growth_line(&run->growth, kind, run->steady_from);
	double most = 0, end, bottom = top + PANEL_HEIGHT, steady = x_of(run, run->growth.seconds[run->steady_from]);
	char words[160];

	for (size_t i = 0; i < run->growth.count; i++)
		most = fmax(most, series->values[i]);
	end = scale_end(most);
	snprintf(words, sizeof(words), "%s%s%s: %+.1f per hour after the first quarter, %s", series->name,
		 *series->unit ? ", " : "", series->unit, growth.per_hour, growth.grows ? "which is growth" : "no growth");
	text(file, LEFT, top - 8, "start", "font-weight=\"bold\"", words);
	for (int i = 0; i <= TICKS; i++) {
		double y = bottom - PANEL_HEIGHT * (double)i / TICKS;

		snprintf(words, sizeof(words), "%g", end * i / TICKS);
		line(file, LEFT, y, RIGHT, y, "stroke=\"#d7d7d7\"");
		text(file, LEFT - 8, y + 4, "end", "", words);
	}
	line(file, steady, top, steady, bottom, "stroke=\"#6e6e6e\" stroke-dasharray=\"3 3\"");
	fprintf(file, "<polyline fill=\"none\" stroke=\"#0072b2\" stroke-width=\"2\" points=\"");
	for (size_t i = 0; i < run->growth.count; i++)
		fprintf(file, "%.1f,%.1f ", x_of(run, run->growth.seconds[i]), bottom - PANEL_HEIGHT * series->values[i] / end);
	fprintf(file, "\"/>\n");
}

static void draw_time(const struct run *run, FILE *file)
{
	const double last = run->growth.seconds[run->growth.count - 1];
	const double y = TOP + (GROWTH_KINDS - 1) * PANEL_STEP + PANEL_HEIGHT + 18;
	char words[32];

	for (int i = 0; i <= TICKS; i++) {
		snprintf(words, sizeof(words), "%.3g s", last * i / TICKS);
		text(file, x_of(run, last * i / TICKS), y, "middle", "", words);
	}
}

/* --- how long calls took ------------------------------------------------------------------------------------------ */

static double x_of_ns(double ns)
{
	return LEFT + (RIGHT - LEFT) * (log10(ns) - NS_LOW) / (NS_HIGH - NS_LOW);
}

static double y_of_calls(double calls)
{
	return CALLS_BOTTOM - CALLS_HEIGHT * log10(calls) / CALLS_HIGH;
}

static void draw_grid(FILE *file)
{
	static const char *const times[] = { "10 ns", "100 ns", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s" };
	static const char *const calls[] = { "1", "100", "10 000", "1 million", "100 million", "10 000 million" };

	text(file, LEFT, CALLS_TOP - 10, "start", "font-weight=\"bold\"",
	     "calls that took at least so much CPU time (of the pool: one of sixteen)");
	for (int i = 0; i <= NS_HIGH - NS_LOW; i++) {
		double x = x_of_ns(pow(10, i + NS_LOW));

		line(file, x, CALLS_TOP, x, CALLS_BOTTOM, "stroke=\"#d7d7d7\"");
		text(file, x, CALLS_BOTTOM + 18, "middle", "", times[i]);
	}
	for (int i = 0; i <= CALLS_HIGH; i += 2) {
		double y = y_of_calls(pow(10, i));

		line(file, LEFT, y, RIGHT, y, "stroke=\"#d7d7d7\"");
		text(file, LEFT - 8, y + 4, "end", "", calls[i / 2]);
	}
}

static void draw_calls(FILE *file, const struct report_function *function, int number)
{
	uint64_t left = function->latency->timed;
	double y = CALLS_TOP + 16 + number * LEGEND_STEP;
	char style[96];

	snprintf(style, sizeof(style), "stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"", lines[number].color,
		 lines[number].dashes);
	line(file, RIGHT - 250, y, RIGHT - 205, y, style);
	text(file, RIGHT - 195, y + 4, "start", "", function->name);
	fprintf(file, "<polyline fill=\"none\" %s points=\"", style);
	for (unsigned bin = 0; bin < LATENCY_BINS && left > 0; bin++) {
		if (function->latency->bins[bin] == 0)
			continue;
		fprintf(file, "%.1f,%.1f ", x_of_ns(fmax((double)latency_bin_ns(bin), 10)), y_of_calls((double)left));
		left -= function->latency->bins[bin];
	}
	fprintf(file, "\"/>\n");
}

void picture_write(const struct run *run, FILE *file)
{
	struct report_function functions[REPORT_FUNCTIONS];
	char words[160];

	report_functions(run, functions);
	fprintf(file, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" "
		"font-size=\"12\" stroke-width=\"1.5\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n", WIDTH, HEIGHT);
	snprintf(words, sizeof(words), "A soak of %u seconds: %lu scrolls, %lu resizes, %lu pool operations", run->seconds,
		 run->buffers.scrolls, run->buffers.resizes, run->pools.operations);
	text(file, WIDTH / 2.0, 32, "middle", "font-size=\"20\"", words);
	for (enum growth_kind kind = 0; kind < GROWTH_KINDS; kind++)
		draw_series(run, file, kind, TOP + kind * PANEL_STEP);
	draw_time(run, file);
	draw_grid(file);
	for (int i = 0; i < REPORT_FUNCTIONS; i++)
		draw_calls(file, &functions[i], i);
	fputs("</svg>\n", file);
}
