/* What one scrolling buffer holds: address space in both processes, pages while it scrolls, and when it has rested. */
#include <unistd.h>

#include "shm/scenarios.h"
#include "support/memory.h"
#include "support/report.h"
#include "support/step.h"

#define SCROLLED_STEPS 400
#define RESTING_GETS 400
/* A ring rests after a second without a scroll. */
#define RESTING_US 1100000

struct held {
	struct memory_use base, scrolling;
	struct server_report server_base, server_scrolling;
	uint64_t resident_max_bytes, resident_idle_bytes;
	uint64_t given_back_max_bytes;    /* in one call of shm_get_buffer() */
	unsigned gets_until_rest;         /* frames without a scroll until the last bytes were given back */
};

static void scroll_some(struct held *held, struct session *session, const struct step_plan *plan)
{
	enum motion motion;

	for (int i = 0; i < SCROLLED_STEPS; i++) {
		struct buffer *buffer = step_draw(session, plan, &motion);
		uint64_t resident_bytes = memory_use().resident_bytes;

		if (resident_bytes > held->resident_max_bytes)
			held->resident_max_bytes = resident_bytes;
		session_commit(session, buffer, step_exposed_top(plan), step_exposed_rows(plan));
		session_await_release(session, buffer);
	}
	session_roundtrip(session);
	held->scrolling = memory_use();
	held->server_scrolling = server_ask(&session->server, SERVER_MEMORY);
}

/* Frames that draw and do not scroll, until nothing has been given back for long. */
static void rest(struct held *held, struct session *session, const struct step_plan *plan)
{
	uint64_t before_bytes = memory_use().resident_bytes;

	usleep(RESTING_US);
	for (unsigned i = 0; i < RESTING_GETS; i++) {
		struct buffer *buffer = session_get(session, plan->width, plan->height);
		uint64_t now_bytes = memory_use().resident_bytes;

		if (now_bytes < before_bytes) {
			held->gets_until_rest = i + 1;
			if (before_bytes - now_bytes > held->given_back_max_bytes)
				held->given_back_max_bytes = before_bytes - now_bytes;
		}
		before_bytes = now_bytes;
		session_paint(session, buffer, 0, 1);
		session_commit(session, buffer, 0, 1);
		session_await_release(session, buffer);
	}
	held->resident_idle_bytes = memory_use().resident_bytes;
}

static void report_held(const struct held *held, const struct step_plan *plan, const struct variant *variant)
{
	report_begin("memory");
	report_size(plan->width, plan->height);
	report_rows(plan->rows);
	report_text("variant", variant->name);
	report_count("view_bytes", step_view_bytes(plan));
	report_count("virtual_bytes", held->scrolling.virtual_bytes - held->base.virtual_bytes);
	report_count("server_virtual_bytes", held->server_scrolling.virtual_bytes - held->server_base.virtual_bytes);
	report_count("page_table_bytes", held->scrolling.page_table_bytes);
	report_count("descriptors", held->scrolling.file_descriptors);
	report_count("memory_files", held->scrolling.files);
	report_count("mappings", held->scrolling.file_mappings);
	report_count("server_mappings", held->server_scrolling.file_mappings);
	report_count("resident_scrolling_bytes", held->resident_max_bytes);
	report_count("resident_idle_bytes", held->resident_idle_bytes);
	report_count("given_back_max_bytes", held->given_back_max_bytes);
	report_count("gets_until_rest", held->gets_until_rest);
	report_end();
	progress(" %s %.2f, %.2f", variant->name, (double)held->resident_max_bytes / (double)step_view_bytes(plan),
		 (double)held->resident_idle_bytes / (double)step_view_bytes(plan));
}

static void measure_variant(const struct variant *variant, const struct step_plan *plan)
{
	struct held held = { 0 };
	struct session session;

	session_open(&session, variant);
	held.base = memory_use();
	held.server_base = server_ask(&session.server, SERVER_MEMORY);
	session_show_first(&session, plan->width, plan->height);
	scroll_some(&held, &session, plan);
	rest(&held, &session, plan);
	report_held(&held, plan, variant);
	session_close(&session);
}

void measure_memory(const struct effort *effort)
{
	static const struct step_plan plans[] = { { 640, 384, 16, 0 }, { 1920, 1080, 40, 0 }, { 3840, 2160, 40, 0 } };
	static const enum variant_id ids[] = { OURS, ORIGINAL, PLAIN };

	(void)effort;
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		progress("memory of %d x %d, in views, scrolling and idle:", plans[i].width, plans[i].height);
		for (size_t j = 0; j < sizeof(ids) / sizeof(ids[0]); j++) {
			if (variant_get(ids[j])->is_there)
				measure_variant(variant_get(ids[j]), &plans[i]);
		}
		progress("\n");
	}
}
