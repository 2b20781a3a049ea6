/* What a program can set: the size of pools, what happens on errors, where messages go, what exposed rows are. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "compositor/session.h"
#include "support/runner.h"

#define COOKIE 77
#define WIDTH 500
#define HEIGHT 300
#define FRAME_BYTES ((off_t)WIDTH * 4 * HEIGHT)

/* --- shm_set_max_pool_size -------------------------------------------------------------------------------------- */

static void number_rows(struct buffer *buffer)
{
	for (int y = 0; y < buffer->height; y++)
		for (int x = 0; x < buffer->width; x++)
			buffer_row(buffer, y)[x] = (uint32_t)(y * buffer->width + x) | 0xff000000;
}

/* Scrolls, and checks all pixels. False, and nothing has changed, is an answer too. */
static bool scroll_checked(const struct session *session, struct buffer *buffer, int rows)
{
	int height = buffer->height;

	number_rows(buffer);
	bool is_scrolled = shm_scroll(session->shm, buffer, rows, 0, 0, 0, 0);
	for (int y = 0; y < height; y++) {
		int old_y = is_scrolled ? y + rows : y;
		bool is_exposed = old_y < 0 || old_y >= height;

		for (int x = 0; x < buffer->width; x++) {
			uint32_t expected = is_exposed ? 0 : (uint32_t)(old_y * buffer->width + x) | 0xff000000;

			CHECK(buffer_row(buffer, y)[x] == expected);
		}
	}
	return is_scrolled;
}

static void scroll_a_lap(const struct session *session, struct buffer *buffer)
{
	for (int i = 0; i < 30; i++)
		scroll_checked(session, buffer, 40);
	for (int i = 0; i < 60; i++)
		scroll_checked(session, buffer, -37);
	session_show(session, buffer);
}

TEST(any_size_may_be_set_before_the_first_buffer)
{
	const off_t sizes[] = { -1, INT64_MIN, 0, 1, 4095, 4096, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1,
				2 * FRAME_BYTES, 3 * FRAME_BYTES, 512 << 20, INT32_MAX - 1, INT32_MAX,
				(off_t)INT32_MAX + 1, 3000000000, (off_t)1 << 32, INT64_MAX };
	struct messages messages;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		messages_catch(&messages);
		shm_set_max_pool_size(sizes[i]);
		CHECK_EQUAL(messages.errors + messages.warnings, sizes[i] < 0 ? 1 : 0);
		messages_stop();
		struct session session = session_start(RELEASE_AT_ONCE);
		struct buffer *buffer = session_get(&session, WIDTH, HEIGHT, COOKIE, true);

		if (sizes[i] <= 0)
			CHECK(!shm_can_scroll(buffer));
		if (sizes[i] >= 3 * FRAME_BYTES)
			CHECK(shm_can_scroll(buffer) && scroll_checked(&session, buffer, 3));
		scroll_a_lap(&session, buffer);
		session_stop(&session);
	}
	shm_set_max_pool_size(512 << 20);
}

TEST(the_size_may_change_while_buffers_live)
{
	const off_t sizes[] = { 3 * FRAME_BYTES, INT32_MAX, 3 * FRAME_BYTES, 0, 1, FRAME_BYTES, -5, 16 << 20, INT64_MAX };
	struct session session = session_start(RELEASE_AT_ONCE);
	struct messages messages;

	messages_catch(&messages);
	shm_set_max_pool_size(4 * FRAME_BYTES);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct buffer *buffer = session_get(&session, WIDTH, HEIGHT, COOKIE, true);

		scroll_a_lap(&session, buffer);
		buffer = session_get(&session, WIDTH, HEIGHT, COOKIE, true);
		shm_set_max_pool_size(sizes[i]); /* in the middle of a frame */
		CHECK(sizes[i] > 0 || !shm_can_scroll(buffer));
		scroll_a_lap(&session, buffer);
	}
	CHECK_EQUAL(messages.errors, 0);
	messages_stop();
	session_stop(&session);
	shm_set_max_pool_size(512 << 20);
}

TEST(the_size_is_an_upper_bound_for_each_pool)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	off_t limit = 24 << 20;
	struct runner_resources before = runner_count_resources();

	shm_set_max_pool_size(limit);
	for (unsigned long i = 0; i < 20; i++) {
		session_frame(&session, WIDTH, HEIGHT, COOKIE + i, true, 1);
		struct runner_resources now = runner_count_resources();
		/* the client's mapping of each pool, and two of the compositor */
		CHECK(now.shared_bytes - before.shared_bytes <=
		      (size_t)limit * 3 * compositor_counts(session.compositor).pools_made);
	}
	session_stop(&session);
	shm_set_max_pool_size(512 << 20);
}

/* --- shm_set_error_mode ----------------------------------------------------------------------------------------- */

/* No descriptor can be made any more: the first buffer needs one. Returns what restore_descriptors() takes. */
static rlim_t exhaust_descriptors(void)
{
	struct rlimit limit;
	rlim_t before;

	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	before = limit.rlim_cur;
	limit.rlim_cur = 0;
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	return before;
}

static void restore_descriptors(rlim_t before)
{
	struct rlimit limit;

	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = before;
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

TEST(without_descriptors_the_program_is_aborted_after_one_line)
{
	struct session session = session_start(RELEASE_AT_ONCE);

	EXPECT_ABORT(strerror(EMFILE)) {
		exhaust_descriptors();
		shm_get_buffer(session.shm, WIDTH, HEIGHT, COOKIE, true, 1);
	}
	EXPECT_ABORT(strerror(EMFILE)) {
		shm_set_error_mode(SHM_ERRORS_RETURN);
		shm_set_error_mode(SHM_ERRORS_ABORT);
		exhaust_descriptors();
		shm_get_buffer(session.shm, WIDTH, HEIGHT, COOKIE, false, 1);
	}
	session_stop(&session);
}

TEST(without_descriptors_null_is_returned_if_that_was_asked_for)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct messages messages;

	shm_set_error_mode(SHM_ERRORS_RETURN);
	messages_catch(&messages);
	rlim_t descriptors = exhaust_descriptors();
	for (int round = 0; round < 3; round++) {
		errno = 0;
		CHECK(shm_get_buffer(session.shm, WIDTH, HEIGHT, COOKIE, round == 1, 1) == NULL);
		CHECK_EQUAL(errno, EMFILE);
		CHECK_EQUAL(messages.errors, round + 1);
	}
	restore_descriptors(descriptors);
	session_frame(&session, WIDTH, HEIGHT, COOKIE, true, 4); /* and all is well again */
	messages_stop();
	shm_set_error_mode(SHM_ERRORS_ABORT);
	session_stop(&session);
}

TEST(an_unknown_error_mode_is_ignored)
{
	const int modes[] = { -1, 2, 3, INT_MAX, INT_MIN };
	struct session session = session_start(RELEASE_AT_ONCE);
	struct runner_outcome outcome;
	struct messages messages;

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		messages_catch(&messages);
		shm_set_error_mode(modes[i]);
		CHECK_EQUAL(messages.errors + messages.warnings, 1);
		CHECK(strstr(messages.last, "shm_set_error_mode") != NULL);
		messages_stop();
	}
	EXPECT_ABORT(strerror(EMFILE)) {
		exhaust_descriptors();
		shm_get_buffer(session.shm, WIDTH, HEIGHT, COOKIE, true, 1);
	}
	session_stop(&session);
	IN_CHILD(&outcome, 10) {
		session = session_start(RELEASE_AT_ONCE);
		shm_set_error_mode(SHM_ERRORS_RETURN);
		shm_set_error_mode(99);
		rlim_t descriptors = exhaust_descriptors();
		CHECK(shm_get_buffer(session.shm, WIDTH, HEIGHT, COOKIE, true, 1) == NULL && errno == EMFILE);
		restore_descriptors(descriptors);
		session_stop(&session);
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, 2);
}

/* --- messages --------------------------------------------------------------------------------------------------- */

TEST(messages_go_to_stderr_if_nobody_takes_them)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 10) {
		CHECK(shm_get_buffer(NULL, WIDTH, HEIGHT, COOKIE, true, 1) == NULL);
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, 1);
	CHECK(strstr(outcome.text, "millpond") != NULL && strstr(outcome.text, "shm_get_buffer") != NULL);
}

TEST(null_gives_messages_back_to_stderr)
{
	struct runner_outcome outcome;
	struct messages messages;

	IN_CHILD(&outcome, 10) {
		messages_catch(&messages);
		CHECK(shm_get_buffer(NULL, WIDTH, HEIGHT, COOKIE, true, 1) == NULL);
		CHECK_EQUAL(messages.errors, 1);
		shm_set_log_handler(NULL, &messages);
		CHECK(shm_get_buffer(NULL, 0, HEIGHT, COOKIE, true, 1) == NULL);
		CHECK_EQUAL(messages.errors, 1);
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, 1);
}

struct curious {
	struct session *session;
	struct buffer *known;
	unsigned calls, depth;
};

/* Calls everything from inside a message; messages about that are answered without further calls. */
static void call_everything(int level, const char *message, void *user)
{
	struct curious *curious = user;

	CHECK(level >= SHM_LOG_ERROR && message[0] != '\0');
	if (curious->depth > 0)
		return;
	curious->depth++;
	curious->calls++;
	shm_set_max_pool_size(512 << 20);
	CHECK(shm_can_scroll(curious->known));
	session_frame(curious->session, 30, 30, COOKIE + 1, true, 1);
	CHECK(shm_get_buffer(NULL, 0, 0, 0, false, 0) == NULL);
	CHECK(!shm_scroll(curious->session->shm, curious->known, 0, 0, 0, 0, 0));
	shm_purge(curious->session->shm, COOKIE + 1);
	shm_set_clear_exposed(true);
	shm_set_error_mode(SHM_ERRORS_ABORT);
	shm_set_log_handler(call_everything, user);
	curious->depth--;
}

static volatile sig_atomic_t signals_seen;

static void note_signal(int signal)
{
	(void)signal;
	signals_seen++;
}

/* stderr is `descriptor` while something is said there; the signals that this may raise are left as they are. */
static void complain_to(int descriptor)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 10) {
		sigset_t mask;

		CHECK(dup2(descriptor, STDERR_FILENO) == STDERR_FILENO);
		shm_set_max_pool_size(-1);
		CHECK(signal(SIGPIPE, note_signal) == SIG_DFL && signal(SIGXFSZ, note_signal) == SIG_DFL);
		shm_set_max_pool_size(-1);
		/* None waits until it is let through. */
		CHECK(sigpending(&mask) == 0 && !sigismember(&mask, SIGPIPE) && !sigismember(&mask, SIGXFSZ));
		CHECK(pthread_sigmask(SIG_BLOCK, NULL, &mask) == 0);
		CHECK(!sigismember(&mask, SIGPIPE) && !sigismember(&mask, SIGXFSZ));
		CHECK_EQUAL(signals_seen, 0);
		/* What the program has to wait for is not taken away. */
		CHECK(sigemptyset(&mask) == 0 && sigaddset(&mask, SIGPIPE) == 0);
		CHECK(pthread_sigmask(SIG_BLOCK, &mask, NULL) == 0 && raise(SIGPIPE) == 0);
		shm_set_max_pool_size(-1);
		CHECK(pthread_sigmask(SIG_UNBLOCK, &mask, NULL) == 0);
		CHECK_EQUAL(signals_seen, 1);
	}
	CHECK_CHILD_WELL(&outcome);
}

/* Logging ended, and the program lives on. */
TEST(a_message_that_nobody_reads_is_no_end)
{
	int ends[2];

	CHECK(pipe(ends) == 0);
	close(ends[0]);
	complain_to(ends[1]);
	close(ends[1]);
}

TEST(a_message_to_a_file_that_is_full_is_no_end)
{
	const struct rlimit limit = { 4096, RLIM_INFINITY };
	int file = memfd_create("log", MFD_CLOEXEC);

	struct runner_outcome outcome;

	CHECK(file >= 0 && ftruncate(file, 4096) == 0 && lseek(file, 0, SEEK_END) == 4096);
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	IN_CHILD(&outcome, 5) {
		const struct timespec at_once = { 0, 0 };
		sigset_t signals;

		sigemptyset(&signals);
		sigaddset(&signals, SIGXFSZ);
		sigprocmask(SIG_BLOCK, &signals, NULL);
		CHECK(write(file, "", 1) == -1);
		sigtimedwait(&signals, NULL, &at_once);
		sigprocmask(SIG_UNBLOCK, &signals, NULL);
	}
	if (outcome.end != CHILD_EXITED)
		SKIP("this system sends a signal that was taken"); /* qemu does */
	complain_to(file);
	close(file);
}

TEST(a_handler_may_call_everything)
{
	struct session session = session_start(RELEASE_ON_REPLACE);
	struct curious curious = { .session = &session };

	curious.known = session_frame(&session, WIDTH, HEIGHT, COOKIE, true, 5);
	shm_set_log_handler(call_everything, &curious);
	CHECK(shm_get_buffer(session.shm, 0, HEIGHT, COOKIE, true, 1) == NULL);
	CHECK(!shm_scroll(session.shm, curious.known, HEIGHT, 0, 0, 0, 0));
	shm_set_max_pool_size(-1);
	shm_set_error_mode(77);
	CHECK(curious.calls >= 4);
	CHECK(buffer_is_all(curious.known, 5));
	messages_stop();
	session_stop(&session);
	shm_set_max_pool_size(512 << 20);
}

TEST(errno_is_that_of_the_call_whatever_the_handler_does)
{
	struct session session = session_start(RELEASE_ON_REPLACE);
	struct curious curious = { .session = &session };

	curious.known = session_frame(&session, WIDTH, HEIGHT, COOKIE, true, 5);
	shm_set_log_handler(call_everything, &curious);
	errno = 0;
	CHECK(shm_get_buffer(session.shm, 40000, 40000, COOKIE, true, 1) == NULL);
	CHECK_EQUAL(errno, EOVERFLOW);
	messages_stop();
	session_stop(&session);
}

/* --- shm_set_clear_exposed -------------------------------------------------------------------------------------- */

TEST(exposed_rows_are_zero_unless_that_was_declined)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct buffer *buffer = session_get(&session, WIDTH, HEIGHT, COOKIE, true);

	shm_set_clear_exposed(false);
	for (int i = 0; i < 40; i++) {
		int rows = i % 3 == 0 ? -11 : 17;

		number_rows(buffer);
		CHECK(shm_scroll(session.shm, buffer, rows, 0, 0, 0, 0));
		for (int y = 0; y < HEIGHT; y++)
			if (y + rows >= 0 && y + rows < HEIGHT)
				CHECK(buffer_row(buffer, y)[7] == ((uint32_t)((y + rows) * WIDTH + 7) | 0xff000000));
	}
	shm_set_clear_exposed(true);
	for (int i = 0; i < 40; i++)
		CHECK(scroll_checked(&session, buffer, i % 3 == 0 ? -11 : 17));
	session_show(&session, buffer);
	CHECK_EQUAL(session_get(&session, WIDTH, HEIGHT, COOKIE, true)->age, 0);
	CHECK_EQUAL(session_get(&session, WIDTH, HEIGHT, COOKIE + 1, true)->age, 1234);
	session_stop(&session);
}
