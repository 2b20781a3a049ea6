#include "shm/terminal/series.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "shm/terminal/seek.h"
#include "support/clock.h"
#include "support/memory.h"
#include "support/report.h"

#define SETTLING_FRAMES 8
#define DEAR_SETTLING_FRAMES 4
/* More than millpond waits, before it gives back what no view needs: a time, or 64 calls; then one call for each MiB. */
#define RESTING_MS 1100
#define RESTING_FRAMES 72
#define BYTES_PER_RESTING_FRAME (1 << 20)
#define FRAMES_PER_LOOK 4
#define UNUSED_COOKIE 4095

/* The library says nothing where nothing was copied. That it would has been heard in another case then. */
static bool has_said_it;

static void hear(int level, const char *message, void *user)
{
	struct copied *copied = user;

	(void)level;
	has_said_it |= sscanf(message,
			      "copied so far: %llu bytes to bring %llu buffers up to date, %llu bytes to carry %llu views",
			      &copied->update_bytes, &copied->buffers, &copied->carried_bytes, &copied->views) == 4;
}

struct copied ask_copied(const struct session *session)
{
	struct copied copied = { 0 };

	if (!session->variant->set_log_handler)
		return copied;
	session->variant->set_log_handler(hear, &copied);
	session->variant->purge(session->shm, session->cookie + UNUSED_COOKIE);
	session->variant->set_log_handler(NULL, NULL);
	copied.is_known = has_said_it;
	return copied;
}

static unsigned buffers_of(const struct terminal_series *series)
{
	return series->policy->late_commits + 1;
}

static bool is_original(const struct terminal_series *series)
{
	return series->terminal.session.variant == variant_get(ORIGINAL);
}

static bool is_ours(const struct terminal_series *series)
{
	return series->terminal.session.variant == variant_get(OURS);
}

static struct frame_sample take_frame(struct terminal_series *series)
{
	series->load->change(&series->terminal.grid);
	return terminal_frame(&series->terminal);
}

static void take_frames(struct terminal_series *series, int frames)
{
	for (int i = 0; i < frames; i++)
		take_frame(series);
}

/* Until every buffer is there, and its age is what it will be from then on. */
static int frames_to_settle(const struct terminal_series *series)
{
	if (series->load->is_at_rest && is_ours(series))
		return (int)buffers_of(series) *
		       (RESTING_FRAMES + (int)(series->terminal.last->size / BYTES_PER_RESTING_FRAME));
	return series->load->is_dear ? DEAR_SETTLING_FRAMES : SETTLING_FRAMES;
}

void terminal_series_open(struct terminal_series *series, const struct variant *variant, const struct layout *layout,
			  const struct font *font, const struct load *load, const struct policy *policy)
{
	*series = (struct terminal_series){ .load = load, .policy = policy };
	terminal_open(&series->terminal, variant, layout, font, policy->late_commits);
	variant_select(variant);
	terminal_repaint(&series->terminal, 1);
	if (is_ours(series) && (load->is_at_rest || load->lines))
		warm_up_memory(&series->terminal, load, buffers_of(series));
	if (load->is_at_rest && is_ours(series)) {
		take_frames(series, SETTLING_FRAMES);
		poll(NULL, 0, RESTING_MS);
	}
	take_frames(series, frames_to_settle(series));
	series->copied_before = ask_copied(&series->terminal.session);
}

static void keep(struct terminal_series *series, struct frame_sample sample)
{
	if (series->count == series->capacity) {
		series->capacity = series->capacity ? series->capacity * 2 : 1024;
		series->samples = realloc(series->samples, series->capacity * sizeof(*series->samples));
		if (!series->samples)
			give_up("out of memory");
	}
	series->samples[series->count++] = sample;
}

/* Equal parts of the way around, from behind a wrap; the last round meets the next one in its middle. */
static void seek(struct terminal_series *series, unsigned frames)
{
	struct terminal *terminal = &series->terminal;
	/* One frame behind, a buffer does the last frame's scroll and its own; further behind, it is copied and does its own. */
	unsigned frames_per_scroll = series->policy->late_commits > 1 ? buffers_of(series) : 1;
	double step_bytes = (double)abs(series->load->lines) * terminal->layout.cell_height * terminal->last->stride /
			    frames_per_scroll;
	double round_part = (frames / 2 + SETTLING_FRAMES) * step_bytes / original_lap_bytes(terminal);
	bool is_last = series->rounds + 1 == series->rounds_planned;
	double part = is_last ? 1 - round_part : (double)series->rounds / (series->rounds_planned - 1);

	seek_in_original(terminal, series->load, buffers_of(series), part);
	take_frames(series, SETTLING_FRAMES);
}

static void look_at_memory(struct terminal_series *series)
{
	const char *name = series->terminal.session.variant->memory_files;
	uint64_t bytes = name ? memory_resident_bytes_named(name) : 0;

	if (name && bytes == 0)
		give_up("%s has no memory files of its name", series->terminal.session.variant->name);
	if (bytes > series->resident_max_bytes)
		series->resident_max_bytes = bytes;
	series->resident_end_bytes = bytes;
}

void terminal_round_begin(struct terminal_series *series, unsigned frames)
{
	struct terminal *terminal = &series->terminal;

	variant_select(terminal->session.variant);
	if (is_original(series) && series->load->lines)
		seek(series, frames);
	series->round_before = server_ask(&terminal->session.server, SERVER_COUNTS);
	series->own_requests_before = terminal->own_requests;
}

void terminal_round_take(struct terminal_series *series, unsigned frames)
{
	variant_select(series->terminal.session.variant);
	for (unsigned i = 0; i < frames; i++) {
		keep(series, take_frame(series));
		if (i % FRAMES_PER_LOOK == 0)
			look_at_memory(series);
	}
}

void terminal_round_end(struct terminal_series *series)
{
	const struct server_report *before = &series->round_before;
	const struct terminal *terminal = &series->terminal;
	struct server_report after = server_ask(&terminal->session.server, SERVER_COUNTS);

	series->requests += after.requests - before->requests - (terminal->own_requests - series->own_requests_before);
	series->buffers_made += after.buffers_made - before->buffers_made;
	series->pools_made += after.pools_made - before->pools_made;
	series->round_ends[series->rounds++] = series->count;
	look_at_memory(series);
}

/* Between its first and its last turn each buffer has made whole laps. */
static double turns_per_frame_seen(const struct terminal_series *series, uint64_t turns)
{
	struct {
		const struct buffer *buffer;
		size_t first, last, turns;
	} seen[VIEWS_KNOWN] = { { 0 } };
	double sum = 0;

	for (size_t i = 0; i < series->count; i++) {
		size_t slot = 0;

		if (series->samples[i].turns == 0)
			continue;
		while (slot < VIEWS_KNOWN - 1 && seen[slot].buffer && seen[slot].buffer != series->samples[i].buffer)
			slot++;
		if (!seen[slot].buffer)
			seen[slot].first = i;
		else
			seen[slot].turns += series->samples[i].turns;
		seen[slot].buffer = series->samples[i].buffer;
		seen[slot].last = i;
	}
	for (size_t slot = 0; slot < VIEWS_KNOWN && seen[slot].buffer; slot++) {
		if (seen[slot].turns == 0)
			return (double)turns / (double)series->count;
		sum += (double)seen[slot].turns / (double)(seen[slot].last - seen[slot].first);
	}
	return sum;
}

/* The original goes round so seldom that it is reckoned: by what was scrolled, with what was done again. */
static double turns_per_frame(const struct terminal_series *series, uint64_t turns)
{
	double scrolled_bytes = 0;

	if (!is_original(series) || series->load->lines == 0)
		return turns_per_frame_seen(series, turns);
	for (size_t i = 0; i < series->count; i++)
		scrolled_bytes += (double)series->samples[i].scrolled_bytes;
	return scrolled_bytes / (double)series->count / original_lap_bytes(&series->terminal);
}

/* The mean of the frames of a round in which no view was carried, and the worst of all of its frames. */
static double round_mean(const struct terminal_series *series, unsigned round, double *worst_ns)
{
	size_t first = round ? series->round_ends[round - 1] : 0, plain = 0;
	double sum_ns = 0;

	*worst_ns = 0;
	for (size_t i = first; i < series->round_ends[round]; i++) {
		const struct frame_sample *sample = &series->samples[i];

		if (sample->cpu_ns > *worst_ns)
			*worst_ns = sample->cpu_ns;
		if (sample->turns == 0) {
			sum_ns += sample->cpu_ns;
			plain++;
		}
	}
	return plain ? sum_ns / (double)plain : *worst_ns;
}

static void add_up(const struct terminal_series *series, struct terminal_result *result)
{
	double *frames_ns = malloc(series->count * sizeof(*frames_ns)), *turns_ns = malloc(series->count * sizeof(*turns_ns));
	size_t turn_frames = 0;

	if (!frames_ns || !turns_ns)
		give_up("out of memory");
	for (size_t i = 0; i < series->count; i++) {
		const struct frame_sample *sample = &series->samples[i];

		frames_ns[i] = sample->cpu_ns;
		result->raw_mean_ns += sample->cpu_ns / (double)series->count;
		if (sample->turns)
			turns_ns[turn_frames++] = sample->cpu_ns;
		result->turns += sample->turns;
		result->faults += sample->faults;
		result->caller_bytes += sample->caller_bytes;
		result->kept_bytes += sample->kept_bytes;
		result->refused_scrolls += sample->refused_scrolls;
	}
	result->turn_median_ns = median_of(turns_ns, turn_frames);
	result->median_ns = median_of(frames_ns, series->count);
	result->worst_ns = frames_ns[series->count - 1];
	free(frames_ns);
	free(turns_ns);
}

struct terminal_result terminal_series_result(struct terminal_series *series)
{
	struct terminal_result result = { .turns = 0 };
	double means_ns[ROUNDS_MAX], worst_ns[ROUNDS_MAX], share;

	series->copied_after = ask_copied(&series->terminal.session);
	add_up(series, &result);
	for (unsigned round = 0; round < series->rounds; round++)
		means_ns[round] = result.round_means_ns[round] = round_mean(series, round, &worst_ns[round]);
	result.plain_mean_ns = median_of(means_ns, series->rounds);
	result.round_worst_median_ns = median_of(worst_ns, series->rounds);
	result.turns_per_frame = turns_per_frame(series, result.turns);
	share = result.turn_median_ns > 0 ? result.turns_per_frame : 0;
	share = share > 1 ? 1 : share;
	result.mean_ns = result.plain_mean_ns * (1 - share) + result.turn_median_ns * share;
	return result;
}

void terminal_series_close(struct terminal_series *series)
{
	free(series->samples);
	terminal_close(&series->terminal);
}
