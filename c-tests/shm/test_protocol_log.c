/*
 * What libwayland writes down of a client of the library (WAYLAND_DEBUG), with each policy of giving buffers back, keeps the
 * rules when it is played once more; and the log of a client that breaks one does not.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wayland-client.h>

#include "compositor/replay.h"
#include "compositor/session.h"
#include "support/random.h"
#include "support/runner.h"

#define COOKIE 46
#define POLICIES (RELEASE_BY_HAND + 1)
#define FRAMES 300
#define COUNTS "counted: %u pools, %u buffers, %u commits, %u releases\n"

/* --- a client ----------------------------------------------------------------------------------------------------- */

static void draw_frame(const struct session *session, uint64_t *state, uint32_t colour)
{
	static const int sides[] = { 48, 48, 48, 48, 48, 50, 400 };
	int side = sides[random_below(state, 30) == 0 ? 5 + random_below(state, 2) : 0];
	unsigned long cookie = COOKIE + random_below(state, 2);
	struct buffer *buffer = shm_get_buffer(session->shm, side, side, cookie, cookie == COOKIE, 1);

	CHECK(buffer != NULL);
	if (cookie == COOKIE && random_below(state, 3) != 0)
		shm_scroll(session->shm, buffer, random_below(state, 4) == 0 ? -9 : 7, 0, 0, 0, 0);
	buffer_fill(buffer, colour);
	session_show(session, buffer);
	if (random_below(state, 50) == 0)
		shm_purge(session->shm, cookie);
}

static void live(enum release_policy policy)
{
	struct session session = session_start(policy);
	uint64_t state = 90 + (uint64_t)policy;
	struct compositor_counts counts;

	for (unsigned frame = 0; frame < FRAMES; frame++) {
		draw_frame(&session, &state, frame);
		if (policy == RELEASE_BY_HAND && random_below(&state, 2) == 0)
			compositor_release_newest(session.compositor);
	}
	shm_fini();
	CHECK(compositor_pump(session.compositor));
	counts = compositor_counts(session.compositor);
	fprintf(stderr, COUNTS, counts.pools_made, counts.buffers_made, counts.commits, counts.releases);
	session_stop(&session);
}

static FILE *log_of_client(enum release_policy policy)
{
	FILE *log = replay_new_log();
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 60) {
		replay_write_log(log);
		live(policy);
	}
	CHECK_CHILD_WELL(&outcome);
	return log;
}

/* --- logs that are right ------------------------------------------------------------------------------------------ */

static struct compositor_counts counted_live(FILE *log)
{
	struct compositor_counts counts = { 0 };
	char line[1024];
	bool is_found = false;

	rewind(log);
	while (!is_found && fgets(line, sizeof(line), log) != NULL)
		is_found = sscanf(line, COUNTS, &counts.pools_made, &counts.buffers_made, &counts.commits,
				  &counts.releases) == 4;
	CHECK(is_found);
	return counts;
}

TEST(the_log_of_each_policy_keeps_the_rules)
{
	for (int policy = 0; policy < POLICIES; policy++) {
		FILE *log = log_of_client((enum release_policy)policy);
		struct compositor_counts live = counted_live(log);
		struct replay replay = replay_log(log);

		printf("# policy %d: %s\n", policy, replay.broken_rule[0] == '\0' ? "right" : replay.broken_rule);
		CHECK(replay.broken_rule[0] == '\0');
		CHECK_EQUAL(replay.counts.pools_made, live.pools_made);
		CHECK_EQUAL(replay.counts.buffers_made, live.buffers_made);
		CHECK_EQUAL(replay.counts.commits, live.commits);
		CHECK_EQUAL(replay.counts.pools_live, 0);
		CHECK_EQUAL(replay.counts.buffers_live, 0);
		/* Not of those that were destroyed meanwhile. */
		CHECK(replay.counts.releases <= live.releases);
		CHECK((replay.counts.releases > 0) == (policy != RELEASE_NEVER));
		CHECK((replay.stray_releases > 0) == (policy == RELEASE_TWICE));
		fclose(log);
	}
}

/* What libwayland-client says of protocol errors. */
static void ignore(const char *format, va_list arguments)
{
	(void)format, (void)arguments;
}

static void be_quiet(void)
{
	wl_log_set_handler_client(ignore);
}

/* --- logs that are wrong ------------------------------------------------------------------------------------------ */

struct edit {
	const char *at;                      /* the first line with this, once `after` was seen, is another one */
	const char *after;
	const char *from, *to;               /* in it; `from` NULL: the line comes twice; `to` NULL: it is missing */
	bool is_everywhere;
	const char *rule;
};

static const struct edit edits[] = {
	{ ".create_buffer(", "", ", 48, 48, 192, 0)", ", 48, 48, 188, 0)", false, "rows of 48 pixels in 188 bytes" },
	{ ".create_buffer(", "", ", 48, 48, 192, 0)", ", 48, 0, 192, 0)", false, "48 x 0 pixels" },
	{ ".create_buffer(", "", ", 48, 48, 192, 0)", ", 48, 480000, 192, 0)", false, "ends at" },
	{ ".create_buffer(", "", ", 48, 48, 192, 0)", ", 48, 48, 192, 7)", false, "which was not offered" },
	{ ".create_pool(", "", ", fd ", ", fd 1, 4096, ", false, "ends at" },
	{ ".create_pool(", "", NULL, NULL, false, "is there already" },
	{ ".create_pool(", "", "", NULL, false, "is not there" },
	{ ".create_buffer(", "", "", NULL, false, "is not there" },
	{ ".destroy()", "-> wl_buffer", NULL, NULL, false, "is not there" },
	{ ".release()", "", "", NULL, true, "shown again that was not given back" },
};

static void write_line(FILE *edited, const char *line, const struct edit *edit)
{
	const char *found = edit->from == NULL ? NULL : strstr(line, edit->from);

	if (edit->from == NULL)
		fprintf(edited, "%s%s", line, line);
	else if (edit->to != NULL && found != NULL)
		fprintf(edited, "%.*s%s%s", (int)(found - line), line, edit->to, found + strlen(edit->from));
	else if (edit->to != NULL)
		fputs(line, edited);
}

static FILE *edited_log(FILE *log, const struct edit *edit)
{
	FILE *edited = replay_new_log();
	bool is_near = false;
	unsigned times = 0;
	char line[1024];

	rewind(log);
	while (fgets(line, sizeof(line), log) != NULL) {
		is_near = is_near || strstr(line, edit->after) != NULL;
		if (is_near && strstr(line, edit->at) != NULL && (edit->is_everywhere || times == 0)) {
			times++;
			write_line(edited, line, edit);
		} else {
			fputs(line, edited);
		}
	}
	CHECK(times > 0);
	return edited;
}

TEST(the_log_of_a_client_that_breaks_a_rule_is_told)
{
	FILE *log = log_of_client(RELEASE_ON_REPLACE);

	be_quiet();
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		FILE *edited = edited_log(log, &edits[i]);
		struct replay replay = replay_log(edited);

		printf("# edit %zu: %s\n", i, replay.broken_rule);
		CHECK(strstr(replay.broken_rule, edits[i].rule) != NULL);
		fclose(edited);
	}
	fclose(log);
}

TEST(a_pool_that_grows_in_a_log_is_told)
{
	FILE *log = replay_new_log();
	struct replay replay;

	be_quiet();
	fputs("[ 1.000]  -> wl_shm@4.create_pool(new id wl_shm_pool@5, fd 6, 4096)\n"
	      "[ 2.000]  -> wl_shm_pool@5.resize(8192)\n", log);
	replay = replay_log(log);
	CHECK(strstr(replay.broken_rule, "refuses pools that grow") != NULL);
	fclose(log);
}

/* As libwayland 1.23 writes it. */
TEST(newer_logs_are_read_too)
{
	FILE *log = replay_new_log();
	struct replay replay;

	fputs("[1.000] {Default Queue}  -> wl_compositor#3.create_surface(new id wl_surface#6)\n"
	      "[1.000] {Default Queue}  -> wl_shm#4.create_pool(new id wl_shm_pool#5, fd 6, 4096)\n"
	      "[1.000] {Default Queue}  -> wl_shm_pool#5.create_buffer(new id wl_buffer#7, 0, 16, 16, 64, 0)\n"
	      "[1.000] {Default Queue}  -> wl_surface#6.attach(wl_buffer#7, 0, 0)\n"
	      "[1.000] {Default Queue}  -> wl_surface#6.commit()\n"
	      "[1.000] {Default Queue} wl_buffer#7.release()\n", log);
	replay = replay_log(log);
	CHECK(replay.broken_rule[0] == '\0');
	CHECK_EQUAL(replay.counts.commits, 1);
	CHECK_EQUAL(replay.counts.releases, 1);
	fclose(log);
}
