/* fork() at the single instructions of what shm.h does in another thread, for another display. */
#include <stdlib.h>
#include <unistd.h>

#include "compositor/session.h"
#include "support/fork_steps.h"
#include "support/runner.h"

#define CHILD_SECONDS 10
#define COOKIE 5
#define SIDE 40

/* Made in the process that is traced. */
static struct session stepped, own;
static struct buffer *buffer;

static void ignore(int level, const char *text, void *user)
{
	(void)level;
	(void)text;
	(void)user;
}

static void start(void *unused)
{
	(void)unused;
	shm_set_log_handler(ignore, NULL);
	stepped = session_start(RELEASE_AT_ONCE);
	own = session_start(RELEASE_AT_ONCE);
	session_frame(&own, SIDE, SIDE, COOKIE, true, 1);
}

static void start_and_show(void *unused)
{
	start(unused);
	buffer = session_frame(&stepped, SIDE, SIDE, COOKIE, true, 1);
}

static void start_and_take(void *unused)
{
	start_and_show(unused);
	buffer = session_get(&stepped, SIDE, SIDE, COOKIE, true);
}

/* What it asks for stays on its side of the connection. */
static void use_in_child(void *unused)
{
	static struct buffer no_buffer;

	(void)unused;
	CHECK(!shm_can_scroll(&no_buffer));
	CHECK(shm_get_buffer(NULL, SIDE, SIDE, COOKIE, true, 1) == NULL);
	for (int size = 0; size < 4; size++) {
		struct buffer *got = session_get(&own, SIDE + size, SIDE, COOKIE, true);

		buffer_fill(got, 7);
		CHECK(shm_scroll(own.shm, got, 3, 0, 0, 0, 0));
		CHECK(buffer_row(got, 0)[0] == 7 && buffer_row(got, SIDE - 1)[0] == 0);
	}
	shm_purge(own.shm, COOKIE);
}

static void try(const char *name, void (*prepare)(void *), void (*operation)(void *))
{
	const struct fork_steps_case tried = {
		.prepare = prepare, .operation = operation, .in_child = use_in_child, .child_seconds = CHILD_SECONDS,
	};
	struct fork_steps_seen seen = fork_steps(name, &tried);

	CHECK(seen.forks >= 3 && seen.exact >= 2);
}

static void request(void *unused)
{
	(void)unused;
	CHECK(shm_get_buffer(stepped.shm, SIDE, SIDE, COOKIE, true, 1) != NULL);
}

static void request_another_size(void *unused)
{
	(void)unused;
	CHECK(shm_get_buffer(stepped.shm, SIDE + 5, SIDE, COOKIE, true, 1) != NULL);
}

static void scroll(void *unused)
{
	(void)unused;
	CHECK(shm_scroll(stepped.shm, buffer, 3, 0, 2, 0, 0));
}

static void purge(void *unused)
{
	(void)unused;
	shm_purge(stepped.shm, COOKIE);
}

static void fail(void *unused)
{
	(void)unused;
	shm_set_log_handler(ignore, NULL);
	CHECK(shm_get_buffer(stepped.shm, 0, SIDE, COOKIE, true, 1) == NULL);
}

TEST(a_child_may_be_made_at_any_instruction_of_a_first_request)
{
	try("a first shm_get_buffer", start, request);
}

TEST(a_child_may_be_made_at_any_instruction_of_a_request)
{
	try("shm_get_buffer", start_and_show, request);
}

TEST(a_child_may_be_made_at_any_instruction_of_a_request_of_another_size)
{
	try("shm_get_buffer of another size", start_and_show, request_another_size);
}

TEST(a_child_may_be_made_at_any_instruction_of_a_scroll)
{
	try("shm_scroll", start_and_take, scroll);
}

TEST(a_child_may_be_made_at_any_instruction_of_a_purge)
{
	try("shm_purge", start_and_show, purge);
}

TEST(a_child_may_be_made_at_any_instruction_of_a_call_that_fails)
{
	try("a call that fails", start_and_show, fail);
}
