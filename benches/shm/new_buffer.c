/*
 * A new buffer and its first painting: one page fault for every 4 KiB, unless the system has huge pages for memory
 * files, and the library asks for them.
 */
#include <stdio.h>
#include <string.h>

#include "shm/scenarios.h"
#include "support/clock.h"
#include "support/report.h"
#include "support/session.h"

#define ROUNDS_MAX 16
#define SETTING_FILE "/sys/kernel/mm/transparent_hugepage/shmem_enabled"

/* Reads which of the words is in brackets: "always within_size advise [never] deny force". */
static void read_setting(char *setting, size_t size)
{
	FILE *file = fopen(SETTING_FILE, "re");
	char line[256] = "", *start, *end;

	if (file) {
		if (!fgets(line, sizeof(line), file))
			line[0] = '\0';
		fclose(file);
	}
	start = strchr(line, '[');
	end = start ? strchr(start, ']') : NULL;
	snprintf(setting, size, "%.*s", end ? (int)(end - start - 1) : 7, end ? start + 1 : "unknown");
}

static double take_round(struct session *session, int width, int height, uint64_t *faults)
{
	int64_t began_ns, ended_ns;
	uint64_t faults_before;
	struct buffer *buffer;

	session->variant->fini();
	session_roundtrip(session);
	faults_before = clock_faults();
	began_ns = clock_cpu_ns();
	buffer = session_get(session, width, height);
	session_paint(session, buffer, 0, height);
	ended_ns = clock_cpu_ns();
	*faults = clock_faults() - faults_before;
	session_commit(session, buffer, 0, height);
	session_await_release(session, buffer);
	return clock_elapsed_ns(began_ns, ended_ns);
}

static void measure_size(const struct effort *effort, int width, int height, const char *setting)
{
	static const enum variant_id ids[] = { OURS, ORIGINAL, PLAIN };
	double figures[sizeof(ids) / sizeof(ids[0])][ROUNDS_MAX];
	uint64_t faults[sizeof(ids) / sizeof(ids[0])];
	struct session sessions[sizeof(ids) / sizeof(ids[0])];
	size_t count = 0;

	progress("a new buffer of %d x %d, and painting it:", width, height);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (variant_get(ids[i])->is_there)
			session_open(&sessions[count++], variant_get(ids[i]));
	}
	for (unsigned round = 0; round < effort->rounds; round++) {
		for (size_t i = 0; i < count; i++)
			figures[i][round] = take_round(&sessions[i], width, height, &faults[i]);
	}
	for (size_t i = 0; i < count; i++) {
		report_begin("new_buffer");
		report_size(width, height);
		report_text("variant", sessions[i].variant->name);
		report_text("huge_pages", setting);
		report_numbers("round_ns", figures[i], effort->rounds);
		report_number("mean_ns", median_of(figures[i], effort->rounds));
		report_count("client_faults", faults[i]);
		report_end();
		progress(" %s %.0f", sessions[i].variant->name, median_of(figures[i], effort->rounds) / 1000);
		session_close(&sessions[i]);
	}
	progress(" us\n");
}

void measure_new_buffer(const struct effort *effort)
{
	char setting[32];

	read_setting(setting, sizeof(setting));
	measure_size(effort, 1920, 1080, setting);
	measure_size(effort, 3840, 2160, setting);
}
