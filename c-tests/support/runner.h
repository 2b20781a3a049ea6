/*
 * Runs tests, each in a process of its own, and reports them in TAP.
 *
 *	TEST(buffers_are_zero)
 *	{
 *		CHECK(first_pixel() == 0);
 *	}
 *
 * A test fails if a CHECK does, if it ends in a signal or with a status, if it takes longer than its limit, or if it
 * leaves more or fewer descriptors or shared mappings than it found. The program's one argument names the test to run.
 */
#ifndef MILLPOND_TEST_RUNNER_H
#define MILLPOND_TEST_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct runner_test {
	const char *name;
	int line;
	void (*body)(void);
	struct runner_test *next;
};

#define TEST(name_)                                                                                       \
	static void test_##name_(void);                                                                   \
	__attribute__((constructor)) static void register_##name_(void)                                   \
	{                                                                                                 \
		static struct runner_test test = { .name = #name_, .line = __LINE__, .body = test_##name_ }; \
		runner_register(&test);                                                                   \
	}                                                                                                 \
	static void test_##name_(void)

/* Fails the test, and ends it, unless the condition holds. */
#define CHECK(condition) ((condition) ? (void)0 : runner_fail(__FILE__, __LINE__, #condition))

/* As CHECK, for numbers: says what they were. */
#define CHECK_EQUAL(left, right) \
	runner_check_equal(__FILE__, __LINE__, #left, (long long)(left), #right, (long long)(right))

/* Ends the test: it cannot be done here. */
#define SKIP(why) runner_skip(why)

/* The time that the test may take from here on. */
void runner_set_limit(unsigned seconds);

/* What a process has open. */
struct runner_resources {
	unsigned descriptors;
	unsigned shared_mappings;
	unsigned writable_shared_mappings;
	size_t shared_bytes;              /* address space of the shared mappings */
};

struct runner_resources runner_count_resources(void);

/* Fails the test if the process now has other descriptors and shared mappings than `before`. */
#define CHECK_SAME_RESOURCES(before) runner_check_same_resources(__FILE__, __LINE__, (before))

enum runner_end {
	CHILD_EXITED,
	CHILD_ABORTED,
	CHILD_CRASHED,                    /* SIGSEGV, SIGBUS, SIGILL or SIGFPE */
	CHILD_HUNG,                       /* ran into its limit */
	CHILD_KILLED,                     /* by another signal */
};

struct runner_outcome {
	enum runner_end end;
	int number;                       /* the exit status or the signal */
	char text[4096];                  /* what it wrote to stderr */
	unsigned lines;                   /* complete lines of that, of any length */
};

/*
 * Runs the block that follows in a child process, with stderr caught, and waits for its end:
 *
 *	struct runner_outcome outcome;
 *	IN_CHILD(&outcome, 10) {
 *		...
 *	}
 */
#define IN_CHILD(outcome, limit_seconds)                                                  \
	for (bool is_child_ = runner_begin_child((outcome), (limit_seconds)); is_child_; \
	     runner_end_child(), is_child_ = false)

/* The outcome must be the end of the block, with nothing wrong on the way. */
#define CHECK_CHILD_WELL(outcome) runner_check_child(__FILE__, __LINE__, (outcome), CHILD_EXITED)

/* Waits for what fork() has returned: a child must be there, and end with status 0. */
#define CHECK_FORKED_WELL(child) runner_check_forked(__FILE__, __LINE__, (child))

/* The block that follows must end in abort(), after exactly one line on stderr that contains `text`. */
#define EXPECT_ABORT(text)                                                                 \
	for (bool is_child_ = runner_expect_abort(__FILE__, __LINE__, (text)); is_child_; \
	     runner_end_child(), is_child_ = false)

#define RUNNER_STATUS_SKIPPED 77

/* Does to `body` what is done to a test, with stdout and stderr caught: for tests of the runner. */
struct runner_outcome runner_try(void (*body)(void), unsigned limit_seconds);

void runner_register(struct runner_test *test);
void runner_fail(const char *file, int line, const char *condition) __attribute__((noreturn));
void runner_skip(const char *why) __attribute__((noreturn));
void runner_check_equal(const char *file, int line, const char *left_text, long long left, const char *right_text,
			long long right);
void runner_check_same_resources(const char *file, int line, struct runner_resources before);
bool runner_begin_child(struct runner_outcome *outcome, unsigned limit_seconds);
void runner_end_child(void) __attribute__((noreturn));
void runner_check_child(const char *file, int line, const struct runner_outcome *outcome, enum runner_end expected);
void runner_check_forked(const char *file, int line, pid_t child);
bool runner_expect_abort(const char *file, int line, const char *text);

#endif
