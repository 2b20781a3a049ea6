#include "shm/terminal/calls.h"
#include "shm/terminal/line.h"
#include "shm/terminal/seek.h"
#include "support/call_tracing.h"
#include "support/report.h"

#define FRAMES 32
#define SETTLING_FRAMES 8

struct traced {
	const struct variant *variant;
	const struct layout *layout;
	const struct font *font;
	const struct load *load;
	const struct policy *policy;
};

static void take_frames(struct terminal *terminal, const struct load *load, int frames)
{
	for (int i = 0; i < frames; i++) {
		load->change(&terminal->grid);
		terminal_frame(terminal);
	}
}

static void be_client(const void *data)
{
	static struct terminal terminal;
	const struct traced *traced = data;

	terminal_open(&terminal, traced->variant, traced->layout, traced->font, traced->policy->late_commits);
	variant_select(traced->variant);
	terminal_repaint(&terminal, 1);
	if (traced->load->lines && traced->variant == variant_get(OURS))
		warm_up_memory(&terminal, traced->load, traced->policy->late_commits + 1);
	take_frames(&terminal, traced->load, SETTLING_FRAMES);
	terminal.is_traced = true;
	mark(MARK_ALL_BEGIN);
	take_frames(&terminal, traced->load, FRAMES);
	mark(MARK_ALL_END);
	terminal_close(&terminal);
}

static void count_variant(const struct traced *traced)
{
	struct call_counts counts = trace_calls(be_client, traced);

	report_terminal("terminal_calls", traced->layout, traced->load, traced->policy, traced->variant);
	report_truth("is_counted", counts.is_counted);
	report_count("frames", FRAMES);
	report_count("in_frames", counts.in_library);
	report_count("in_all", counts.in_all);
	report_end();
	if (counts.is_counted)
		progress(" %.1f", (double)counts.in_library / FRAMES);
	else
		progress(" ?");
}

void count_terminal_calls(const struct layout *layout, const struct font *font)
{
	static const enum variant_id ids[] = { OURS, ORIGINAL };

	for (const struct load *load = loads; load->name; load++) {
		progress("system calls of a terminal's frame at %d x %d, %s:", layout->width, layout->height, load->name);
		for (const struct policy *policy = policies; policy->name; policy++) {
			progress("%s", policy == policies ? "" : ",");
			for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
				struct traced traced = { variant_get(ids[i]), layout, font, load, policy };

				if (traced.variant->is_there)
					count_variant(&traced);
			}
		}
		progress("\n");
	}
}
