/*
 * Many small buffers, each of a cookie of its own: window decorations, labels of links. They are made and purged beside
 * the buffer of a window; what they hold, and the end of the program, are looked at without it.
 */
#include "shm/scenarios.h"
#include "support/clock.h"
#include "support/memory.h"
#include "support/report.h"
#include "support/session.h"

#define BUFFERS 200
#define WIDTH 90
#define HEIGHT 24
#define WINDOW_WIDTH 1920
#define WINDOW_HEIGHT 1080
#define ROUNDS_MAX 64

struct labels {
	struct session session;
	struct buffer *buffers[BUFFERS];
	double create_ns[ROUNDS_MAX], purge_ns[ROUNDS_MAX], fini_ns[ROUNDS_MAX];
	double first_create_ns;
	uint64_t faults;
	struct memory_use use;
	struct server_report server;
};

static unsigned long cookie_of(const struct labels *labels, int index)
{
	return labels->session.cookie + 1 + (unsigned long)index;
}

/* The time of getting and painting one. */
static double create(struct labels *labels)
{
	struct session *session = &labels->session;
	int64_t began_ns = clock_cpu_ns(), ended_ns;

	for (int i = 0; i < BUFFERS; i++) {
		struct buffer *buffer =
			session->variant->get_buffer(session->shm, WIDTH, HEIGHT, cookie_of(labels, i), false, 1);

		if (!buffer)
			give_up("%s: no small buffer", session->variant->name);
		session_paint(session, buffer, 0, HEIGHT);
		labels->buffers[i] = buffer;
	}
	ended_ns = clock_cpu_ns();
	return clock_elapsed_ns(began_ns, ended_ns) / BUFFERS;
}

static void show(struct labels *labels)
{
	struct session *session = &labels->session;

	for (int i = 0; i < BUFFERS; i++)
		session_commit(session, labels->buffers[i], 0, HEIGHT);
	for (int i = 0; i < BUFFERS; i++)
		session_await_release(session, labels->buffers[i]);
}

static double purge(struct labels *labels)
{
	struct session *session = &labels->session;
	int64_t began_ns = clock_cpu_ns(), ended_ns;

	for (int i = 0; i < BUFFERS; i++)
		session->variant->purge(session->shm, cookie_of(labels, i));
	ended_ns = clock_cpu_ns();
	session_roundtrip(session);
	return clock_elapsed_ns(began_ns, ended_ns) / BUFFERS;
}

/* All buffers at once, as at a program's end. */
static double fini(struct labels *labels)
{
	int64_t began_ns = clock_cpu_ns(), ended_ns;

	labels->session.variant->fini();
	ended_ns = clock_cpu_ns();
	session_roundtrip(&labels->session);
	return clock_elapsed_ns(began_ns, ended_ns) / BUFFERS;
}

/* Labels come and go over a window that stays. */
static void take_round(struct labels *labels, unsigned round)
{
	uint64_t faults = clock_faults();

	labels->create_ns[round] = create(labels);
	labels->faults += clock_faults() - faults;
	show(labels);
	labels->purge_ns[round] = purge(labels);
}

static void report_labels(struct labels *labels, unsigned rounds)
{
	const char *name = labels->session.variant->name;
	double create_ns, purge_ns, fini_ns;

	report_begin("small_buffers");
	report_text("variant", name);
	report_count("buffers", BUFFERS);
	report_size(WIDTH, HEIGHT);
	report_numbers("round_create_ns", labels->create_ns, rounds);
	report_numbers("round_purge_ns", labels->purge_ns, rounds);
	report_numbers("round_fini_ns", labels->fini_ns, rounds);
	create_ns = median_of(labels->create_ns, rounds);
	purge_ns = median_of(labels->purge_ns, rounds);
	fini_ns = median_of(labels->fini_ns, rounds);
	report_number("create_ns", create_ns);
	report_number("first_create_ns", labels->first_create_ns);
	report_number("purge_ns", purge_ns);
	report_number("fini_ns", fini_ns);
	report_number("faults_per_round", (double)labels->faults / rounds);
	report_count("descriptors", labels->use.file_descriptors);
	report_count("memory_files", labels->use.files);
	report_count("mappings", labels->use.file_mappings);
	report_count("server_mappings", labels->server.file_mappings);
	report_end();
	progress(" %s %.0f/%.0f/%.0f", name, create_ns, purge_ns, fini_ns);
}

/* Descriptors and mappings of a process cannot be told apart by variant, so each one is alone. */
static void measure_first(struct labels *labels)
{
	session_open(&labels->session, labels->session.variant);
	labels->first_create_ns = create(labels);
	show(labels);
	session_roundtrip(&labels->session);
	labels->use = memory_use();
	labels->server = server_ask(&labels->session.server, SERVER_MEMORY);
	fini(labels);
}

void measure_small_buffers(const struct effort *effort)
{
	static const enum variant_id ids[] = { OURS, ORIGINAL, PLAIN };
	static struct labels all[sizeof(ids) / sizeof(ids[0])];
	unsigned rounds = effort->rounds * 3;
	size_t count = 0;

	progress("%d buffers of %d x %d, create/purge/fini of one:", BUFFERS, WIDTH, HEIGHT);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (variant_get(ids[i])->is_there)
			all[count++].session.variant = variant_get(ids[i]);
	}
	for (size_t i = 0; i < count; i++)
		measure_first(&all[i]);
	for (size_t i = 0; i < count; i++)
		session_show_first(&all[i].session, WINDOW_WIDTH, WINDOW_HEIGHT);
	for (unsigned round = 0; round < rounds; round++) {
		for (size_t i = 0; i < count; i++)
			take_round(&all[i], round);
	}
	for (size_t i = 0; i < count; i++)
		fini(&all[i]);
	for (unsigned round = 0; round < rounds; round++) {
		for (size_t i = 0; i < count; i++) {
			create(&all[i]);
			show(&all[i]);
			all[i].fini_ns[round] = fini(&all[i]);
		}
	}
	for (size_t i = 0; i < count; i++)
		report_labels(&all[i], rounds);
	for (size_t i = 0; i < count; i++)
		session_close(&all[i].session);
	progress(" ns\n");
}
