/*
 * shm_get_buffer() of buffers that are there. One takes some ten nanoseconds, so many are measured together; in between
 * the release is delivered by calling the listener, as libwayland would.
 */
#include <stdlib.h>
#include <wayland-client.h>

#include "shm/scenarios.h"
#include "support/allocations.h"
#include "support/clock.h"
#include "support/report.h"
#include "support/session.h"

#define BUFFERS_MAX 10 /* a terminal's window and its decorations */
#define GETS_PER_TURN 20000
#define TURNS_PER_ROUND 3
#define ROUNDS_MAX 64
#define WIDTH 320
#define HEIGHT 200

struct cached {
	struct session session;
	double rounds_ns[ROUNDS_MAX];
	uint64_t allocations;
};

static struct buffer *get(struct cached *cached, int index)
{
	struct session *session = &cached->session;

	return session->variant->get_buffer(session->shm, WIDTH, HEIGHT, session->cookie + (unsigned long)index, true,
					    IMAGES);
}

static void deliver_release(struct buffer *buffer)
{
	struct wl_proxy *proxy = (struct wl_proxy *)buffer->wl_buf;
	const struct wl_buffer_listener *listener = wl_proxy_get_listener(proxy);

	listener->release(wl_proxy_get_user_data(proxy), buffer->wl_buf);
}

/* Gets all buffers, again and again; the time of one get. */
static double turn_ns(struct cached *cached, int buffers)
{
	struct buffer *got[BUFFERS_MAX];
	double sum_ns = 0;
	uint64_t allocations = allocations_count();
	int repeats = GETS_PER_TURN / buffers;

	for (int i = 0; i < repeats; i++) {
		int64_t began_ns = clock_cpu_ns(), ended_ns;

		for (int j = 0; j < buffers; j++)
			got[j] = get(cached, j);
		ended_ns = clock_cpu_ns();
		sum_ns += clock_elapsed_ns(began_ns, ended_ns);
		for (int j = 0; j < buffers; j++)
			deliver_release(got[j]);
	}
	cached->allocations += allocations_count() - allocations;
	return sum_ns / repeats / buffers;
}

/* With one buffer the clock would take longer than the get: here get and release are timed together. */
static double turn_with_releases_ns(struct cached *cached)
{
	uint64_t allocations = allocations_count();
	int64_t began_ns = clock_cpu_ns(), ended_ns;

	for (int i = 0; i < GETS_PER_TURN; i++)
		deliver_release(get(cached, 0));
	ended_ns = clock_cpu_ns();
	cached->allocations += allocations_count() - allocations;
	return clock_elapsed_ns(began_ns, ended_ns) / GETS_PER_TURN;
}

static void measure_count(const struct effort *effort, int buffers)
{
	static const enum variant_id ids[] = { OURS, ORIGINAL, PLAIN };
	static struct cached all[sizeof(ids) / sizeof(ids[0])];
	unsigned rounds = effort->rounds * TURNS_PER_ROUND;
	size_t count = 0;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (!variant_get(ids[i])->is_there)
			continue;
		all[count] = (struct cached){ 0 };
		session_open(&all[count].session, variant_get(ids[i]));
		for (int j = 0; j < buffers; j++)
			deliver_release(get(&all[count], j));
		count++;
	}
	for (unsigned round = 0; round < rounds; round++) {
		for (size_t i = 0; i < count; i++)
			all[i].rounds_ns[round] = buffers == 1 ? turn_with_releases_ns(&all[i]) : turn_ns(&all[i], buffers);
	}
	for (size_t i = 0; i < count; i++) {
		report_begin("cached");
		report_count("buffers", (uint64_t)buffers);
		report_truth("release_is_included", buffers == 1);
		report_text("variant", all[i].session.variant->name);
		report_count("gets", (uint64_t)rounds * GETS_PER_TURN);
		report_numbers("round_means_ns", all[i].rounds_ns, rounds);
		report_number("mean_ns", median_of(all[i].rounds_ns, rounds));
		report_truth("allocations_are_counted", allocations_can_be_counted());
		report_count("allocations", all[i].allocations);
		report_end();
		progress(" %s %.1f", all[i].session.variant->name, median_of(all[i].rounds_ns, rounds));
		session_close(&all[i].session);
	}
}

void measure_cached_buffers(const struct effort *effort)
{
	progress("get of a cached buffer, 1 buffer, with its release:");
	measure_count(effort, 1);
	progress(" ns\nget of a cached buffer, %d buffers:", BUFFERS_MAX);
	measure_count(effort, BUFFERS_MAX);
	progress(" ns\n");
}
