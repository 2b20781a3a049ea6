/*
 * A window that is dragged: each frame another size, got and fully painted, while the compositor reads everything.
 * The sizes jump about, up to a sixteenth below the full size; they are the same for all variants.
 */
#include <stdlib.h>

#include "shm/scenarios.h"
#include "support/clock.h"
#include "support/memory.h"
#include "support/report.h"
#include "support/session.h"

#define SIZES_MAX 256
#define SIZES_PER_TURN 10
#define JITTER_DIVISOR 16
#define VIEWS_FETCHED 6 /* more than two variants have at a time */

struct drag {
	struct session session;
	double frames_ns[SIZES_MAX];
	unsigned frames;
	uint64_t faults;
	uint64_t last_view_bytes;
	uint64_t virtual_base_bytes, server_virtual_base_bytes;
	double virtual_excess_max, server_virtual_excess_max;
	struct server_report before, after;
};

/* A number below `limit`, always the same for the same frame. */
static int jitter(unsigned frame, unsigned salt, int limit)
{
	uint32_t x = (frame * 2 + salt + 1) * 2654435761u;

	x ^= x >> 15;
	x *= 2246822519u;
	x ^= x >> 13;
	return (int)(x % (uint32_t)limit);
}

/* Address space beyond 2 MiB, as a multiple of the views that live: this frame's, and the last one's until the next. */
static double excess(uint64_t now_bytes, uint64_t base_bytes, uint64_t live_bytes)
{
	double added = (double)now_bytes - (double)base_bytes - 2.0 * 1024 * 1024;

	return added > 0 ? added / (double)live_bytes : 0;
}

static void look_at_memory(struct drag *drag, uint64_t live_bytes)
{
	struct memory_use use = memory_use();
	struct server_report report = server_ask(&drag->session.server, SERVER_MEMORY);
	double ours = excess(use.virtual_bytes, drag->virtual_base_bytes, live_bytes);
	double theirs = excess(report.virtual_bytes, drag->server_virtual_base_bytes, live_bytes);

	if (ours > drag->virtual_excess_max)
		drag->virtual_excess_max = ours;
	if (theirs > drag->server_virtual_excess_max)
		drag->server_virtual_excess_max = theirs;
}

static void take_frame(struct drag *drag, int width, int height)
{
	struct session *session = &drag->session;
	uint64_t faults = clock_faults();
	int64_t began_ns = clock_cpu_ns(), ended_ns;
	struct buffer *buffer = session_get(session, width, height);

	session_paint(session, buffer, 0, height);
	ended_ns = clock_cpu_ns();
	drag->faults += clock_faults() - faults;
	drag->frames_ns[drag->frames++] = clock_elapsed_ns(began_ns, ended_ns);
	session_commit(session, buffer, 0, height);
	session_await_release(session, buffer);
	drag->last_view_bytes = buffer->size;
}

static void take_turn(struct drag *drag, int width, int height, unsigned sizes)
{
	variant_select(drag->session.variant);
	for (unsigned i = 0; i < SIZES_PER_TURN && drag->frames < sizes; i++) {
		unsigned frame = drag->frames;

		take_frame(drag, width - jitter(frame, 0, width / JITTER_DIVISOR),
			   height - jitter(frame, 1, height / JITTER_DIVISOR));
	}
}

static void open_drag(struct drag *drag, const struct variant *variant, int width, int height)
{
	*drag = (struct drag){ 0 };
	session_open(&drag->session, variant);
	drag->server_virtual_base_bytes = server_ask(&drag->session.server, SERVER_MEMORY).virtual_bytes;
	session_show_first(&drag->session, width, height);
	drag->last_view_bytes = (uint64_t)width * (uint64_t)height * 4; /* which lives on beside the next one */
	server_ask(&drag->session.server, SERVER_COUNTS);
	drag->before = server_ask(&drag->session.server, SERVER_COUNTS);
}

static void report_drag(struct drag *drag, int width, int height)
{
	double sum_ns = 0, mean_ns, server_ns;

	drag->after = server_ask(&drag->session.server, SERVER_COUNTS);
	for (unsigned i = 0; i < drag->frames; i++)
		sum_ns += drag->frames_ns[i];
	mean_ns = sum_ns / drag->frames;
	server_ns = (double)(drag->after.cpu_ns - drag->before.cpu_ns) / drag->frames;
	report_begin("resizing");
	report_size(width, height);
	report_text("variant", drag->session.variant->name);
	report_count("sizes", drag->frames);
	report_number("mean_ns", mean_ns);
	report_numbers("frames_ns", drag->frames_ns, drag->frames);
	report_number("median_ns", median_of(drag->frames_ns, drag->frames));
	report_number("server_cpu_ns", server_ns);
	report_count("client_faults", drag->faults);
	report_count("server_faults", drag->after.faults - drag->before.faults);
	report_count("memory_files_made", drag->after.pools_made - drag->before.pools_made);
	report_count("pool_resizes", drag->after.pool_resizes - drag->before.pool_resizes);
	report_end();
	progress(" %s %.1f (compositor %.1f)", drag->session.variant->name, mean_ns / 1000, server_ns / 1000);
}

static void measure_size(int width, int height, unsigned sizes)
{
	static const enum variant_id ids[] = { OURS, ORIGINAL, PLAIN };
	static struct drag drags[sizeof(ids) / sizeof(ids[0])];
	size_t count = 0;

	progress("resizing about %d x %d, %u sizes:", width, height, sizes);
	memory_fetch((uint64_t)width * (uint64_t)height * 4 * VIEWS_FETCHED);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (variant_get(ids[i])->is_there)
			open_drag(&drags[count++], variant_get(ids[i]), width, height);
	}
	while (drags[count - 1].frames < sizes) {
		for (size_t i = 0; i < count; i++)
			take_turn(&drags[i], width, height, sizes);
	}
	for (size_t i = 0; i < count; i++)
		report_drag(&drags[i], width, height);
	for (size_t i = 0; i < count; i++)
		session_close(&drags[i].session);
	progress(" us\n");
}

/* Alone, because the address space of a process cannot be told apart by variant. */
static void measure_address_space(const struct variant *variant, int width, int height, unsigned sizes)
{
	static struct drag drag;
	uint64_t base_bytes = memory_use().virtual_bytes;

	open_drag(&drag, variant, width, height);
	drag.virtual_base_bytes = base_bytes;
	while (drag.frames < sizes) {
		uint64_t last_bytes = drag.last_view_bytes;

		take_frame(&drag, width - jitter(drag.frames, 0, width / JITTER_DIVISOR),
			   height - jitter(drag.frames, 1, height / JITTER_DIVISOR));
		look_at_memory(&drag, drag.last_view_bytes + last_bytes);
	}
	report_begin("resizing_address_space");
	report_size(width, height);
	report_text("variant", variant->name);
	report_number("client_views", drag.virtual_excess_max);
	report_number("server_views", drag.server_virtual_excess_max);
	report_end();
	session_close(&drag.session);
}

void measure_resizing(const struct effort *effort)
{
	measure_size(640, 384, effort->resize_sizes);
	measure_size(1920, 1080, effort->resize_sizes);
	measure_size(3840, 2160, effort->is_quick ? effort->resize_sizes / 2 : effort->resize_sizes);
	if (effort->resize_sizes_8k)
		measure_size(7680, 4320, effort->resize_sizes_8k);
	measure_address_space(variant_get(OURS), 1920, 1080, effort->resize_sizes);
	if (variant_get(ORIGINAL)->is_there)
		measure_address_space(variant_get(ORIGINAL), 1920, 1080, effort->resize_sizes / 4);
}
