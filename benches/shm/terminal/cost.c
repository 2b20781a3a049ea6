/*
 * The scenario "terminal": what a frame costs the program, from shm_get_buffer() to the last thing painted, under loads
 * that a terminal meets. The variants in turns, so that they meet the same neighbours on the machine; with them one that
 * neither scrolls nor copies, which shows what painting takes.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shm/scenarios.h"
#include "shm/terminal/calls.h"
#include "shm/terminal/line.h"
#include "shm/terminal/pixels.h"
#include "shm/terminal/series.h"
#include "support/clock.h"
#include "support/memory.h"
#include "support/report.h"

#define VARIANTS 3
#define LINE_BYTES 64
#define FRAMES_MIN 32
#define PARTS_PER_ROUND 3
/* Of loads that paint a cell: a round is so long, and there are more of them. */
#define CHEAP_ROUND_MS 40
#define CHEAP_ROUNDS_TIMES 3
#define CHEAP_FRAMES_MIN 12
#define CHEAP_FRAMES_MAX 160
#define DEAR_FRAMES 6
#define DEAR_FRAMES_QUICK 5
#define QUARTER_LAPS 9 /* of a ring that is two views long, over all rounds: each buffer turns twice */
#define VIEWS_FETCHED 10 /* more than the buffers of both variants have */

/* A view in a memory file, to move its pixels by one line: what a turn is compared with. */
struct yardstick {
	char *pixels;
	size_t bytes, moved_bytes;
	double times_ns[ROUNDS_MAX];
};

static void open_yardstick(struct yardstick *yardstick, const struct layout *layout)
{
	size_t stride = (size_t)layout->width * 4;
	int file = memfd_create("yardstick", MFD_CLOEXEC);

	yardstick->bytes = stride * (size_t)layout->height;
	yardstick->moved_bytes = stride * (size_t)(layout->height - layout->cell_height);
	if (file < 0 || ftruncate(file, (off_t)yardstick->bytes) != 0)
		give_up("no memory file");
	yardstick->pixels = mmap(NULL, yardstick->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (yardstick->pixels == MAP_FAILED)
		give_up("a memory file cannot be mapped");
	close(file);
	memset(yardstick->pixels, 1, yardstick->bytes);
}

static void use_yardstick(struct yardstick *yardstick, unsigned round)
{
	volatile char seen;
	int64_t began_ns;

	/* Somebody has read it a moment ago, as the compositor has read the view that a turn carries. */
	for (size_t i = 0; i < yardstick->bytes; i += LINE_BYTES)
		seen = yardstick->pixels[i];
	(void)seen;
	began_ns = clock_cpu_ns();
	memmove(yardstick->pixels, yardstick->pixels + yardstick->bytes - yardstick->moved_bytes,
		yardstick->moved_bytes);
	yardstick->times_ns[round] = clock_elapsed_ns(began_ns, clock_cpu_ns());
	yardstick->pixels[yardstick->bytes - 1]++;
}

/* The original's copies are known from how its views move; ours says it itself, if it does. */
static void report_copies(const struct terminal_series *series, const struct terminal_result *result)
{
	const struct copied *before = &series->copied_before, *after = &series->copied_after;
	double frames = (double)series->count, view_bytes = (double)series->terminal.last->size;

	report_number("caller_bytes", (double)result->caller_bytes / frames);
	if (series->terminal.session.variant == variant_get(FLOOR))
		return;
	if (series->terminal.session.variant == variant_get(ORIGINAL)) {
		report_number("library_bytes", (double)result->kept_bytes / frames + result->turns_per_frame * view_bytes);
	} else if (after->is_known) {
		report_number("library_bytes", (double)(after->update_bytes - before->update_bytes + after->carried_bytes -
							before->carried_bytes) / frames);
		report_count("updated_buffers", after->buffers - before->buffers);
		report_count("carried_views", after->views - before->views);
	}
}

static void report_series(struct terminal_series *series, const struct terminal_result *result, double memmove_ns)
{
	const struct terminal *terminal = &series->terminal;
	double frames = (double)series->count;

	report_terminal("terminal", &terminal->layout, series->load, series->policy, terminal->session.variant);
	report_count("frames", series->count);
	report_number("mean_ns", result->mean_ns);
	report_number("raw_mean_ns", result->raw_mean_ns);
	report_number("plain_mean_ns", result->plain_mean_ns);
	report_number("turn_median_ns", result->turn_median_ns);
	report_number("turns_per_frame", result->turns_per_frame);
	report_count("turns", result->turns);
	report_number("median_ns", result->median_ns);
	report_number("worst_ns", result->worst_ns);
	report_number("round_worst_median_ns", result->round_worst_median_ns);
	report_number("view_memmove_ns", memmove_ns);
	report_numbers("round_means_ns", result->round_means_ns, series->rounds);
	report_copies(series, result);
	report_number("client_faults", (double)result->faults / frames);
	report_number("requests", (double)series->requests / frames);
	report_count("refused_scrolls", result->refused_scrolls);
	report_count("buffers_made", series->buffers_made);
	report_count("pools_made", series->pools_made);
	report_count("resident_running_bytes", series->resident_max_bytes);
	report_count("resident_end_bytes", series->resident_end_bytes);
	report_end();
}

static bool is_cheap(const struct load *load)
{
	return load->lines == 0 && !load->is_dear;
}

/* The first rounds find out how long a frame takes, with what the compositor does. */
static unsigned cheap_frames(const struct terminal_series *series, int64_t spent_ms)
{
	int64_t frames = CHEAP_FRAMES_MIN;

	if (series->count)
		frames = (int64_t)series->count * CHEAP_ROUND_MS / (spent_ms ? spent_ms : 1);
	if (frames < CHEAP_FRAMES_MIN)
		return CHEAP_FRAMES_MIN;
	return frames > CHEAP_FRAMES_MAX ? CHEAP_FRAMES_MAX : (unsigned)frames;
}

static unsigned frames_of(const struct effort *effort, const struct layout *layout, const struct load *load)
{
	unsigned frames;

	if (load->is_dear)
		return effort->is_quick ? DEAR_FRAMES_QUICK : DEAR_FRAMES;
	frames = (unsigned)(layout->rows / abs(load->lines)) * QUARTER_LAPS / 4 / effort->terminal_rounds;
	return frames < FRAMES_MIN ? FRAMES_MIN : frames;
}

/*
 * One round of all variants, in parts: millpond's rings must not come to rest while others draw. `spent_ms` adds up what
 * each has taken.
 */
static void run_round(const struct effort *effort, struct terminal_series *series, size_t count, int64_t *spent_ms)
{
	unsigned frames[VARIANTS];

	for (size_t i = 0; i < count; i++) {
		const struct load *load = series[i].load;

		frames[i] = is_cheap(load) ? cheap_frames(&series[i], spent_ms[i]) :
					     frames_of(effort, &series[i].terminal.layout, load);
		terminal_round_begin(&series[i], frames[i]);
	}
	for (unsigned part = 0; part < PARTS_PER_ROUND; part++) {
		for (size_t i = 0; i < count; i++) {
			int64_t began_ms = clock_wall_ms();

			terminal_round_take(&series[i], frames[i] * (part + 1) / PARTS_PER_ROUND -
							frames[i] * part / PARTS_PER_ROUND);
			spent_ms[i] += clock_wall_ms() - began_ms;
		}
	}
	for (size_t i = 0; i < count; i++)
		terminal_round_end(&series[i]);
}

static void measure_case(const struct effort *effort, const struct layout *layout, const struct font *font,
			 const struct load *load, const struct policy *policy)
{
	static const enum variant_id ids[VARIANTS] = { FLOOR, ORIGINAL, OURS };
	static struct terminal_series series[VARIANTS];
	unsigned rounds = effort->terminal_rounds * (is_cheap(load) ? CHEAP_ROUNDS_TIMES : 1);
	int64_t spent_ms[VARIANTS] = { 0 };
	struct yardstick yardstick;
	size_t count = 0;

	open_yardstick(&yardstick, layout);
	for (size_t i = 0; i < VARIANTS; i++) {
		/* Painting alone takes as long under each policy; and of a whole window it is nearly all there is. */
		if (!variant_get(ids[i])->is_there || (ids[i] == FLOOR && (policy->late_commits || load->is_dear)))
			continue;
		terminal_series_open(&series[count], variant_get(ids[i]), layout, font, load, policy);
		series[count++].rounds_planned = rounds;
	}
	for (unsigned round = 0; round < rounds; round++) {
		run_round(effort, series, count, spent_ms);
		use_yardstick(&yardstick, round);
	}
	munmap(yardstick.pixels, yardstick.bytes);
	for (size_t i = 0; i < count; i++) {
		struct terminal_result result = terminal_series_result(&series[i]);

		report_series(&series[i], &result, median_of(yardstick.times_ns, rounds));
		progress(" %.1f", result.mean_ns / 1000);
	}
	for (size_t i = 0; i < count; i++)
		terminal_series_close(&series[i]);
}

static void measure_window(const struct effort *effort, const struct layout *layout, const struct font *font)
{
	memory_fetch((uint64_t)layout->width * (uint64_t)layout->height * 4 * VIEWS_FETCHED);
	for (const struct load *load = loads; load->name; load++) {
		progress("terminal of %d x %d, %s:", layout->width, layout->height, load->name);
		for (const struct policy *policy = policies; policy->name; policy++) {
			progress("%s %s", policy == policies ? "" : ",", policy->name);
			measure_case(effort, layout, font, load, policy);
		}
		progress(" us\n");
	}
}

void measure_terminal(const struct effort *effort)
{
	check_terminal_pixels();
	for (const struct window *window = windows; window->width; window++) {
		struct layout layout = layout_of(window->width, window->height, window->cell_width, window->cell_height);
		struct font font;

		if (!window_is_wanted(window, effort))
			continue;
		font_open(&font, &layout);
		measure_window(effort, &layout, &font);
		if (window->is_in_quick && !effort->is_quick)
			count_terminal_calls(&layout, &font);
		font_close(&font);
	}
}
