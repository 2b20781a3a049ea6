/* Tests of the tests: what must be noticed is noticed by the runner. sanity_compositor.c has the compositor. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/runner.h"

static void does_nothing(void)
{
}

static void leaks_a_descriptor(void)
{
	CHECK(open("/dev/null", O_RDONLY) >= 0);
}

static void closes_a_foreign_descriptor(void)
{
	close(STDIN_FILENO);
}

static void leaks_a_mapping(void)
{
	int file = memfd_create("leak", MFD_CLOEXEC);

	CHECK(ftruncate(file, 4096) == 0);
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0) != MAP_FAILED);
	close(file);
}

static void crashes(void)
{
	signal(SIGSEGV, SIG_DFL); /* sanitizers have handlers */
	raise(SIGSEGV);
}

static void hangs(void)
{
	for (;;)
		pause();
}

static void ends_with_a_status(void)
{
	exit(3);
}

static void fails_a_check(void)
{
	int two = 2;

	CHECK(two == 3);
}

static void fails_an_equality(void)
{
	int two = 2;

	CHECK_EQUAL(two, 3);
}

static void skips(void)
{
	SKIP("nothing to see");
}

static bool says(const struct runner_outcome *outcome, const char *text)
{
	return strstr(outcome->text, text) != NULL;
}

TEST(a_good_test_passes)
{
	struct runner_outcome outcome = runner_try(does_nothing, 10);

	CHECK_EQUAL(outcome.end, CHILD_EXITED);
	CHECK_EQUAL(outcome.number, 0);
	CHECK_EQUAL(outcome.lines, 0);
}

TEST(descriptors_are_counted)
{
	struct runner_outcome outcome = runner_try(leaks_a_descriptor, 10);

	CHECK_EQUAL(outcome.number, EXIT_FAILURE);
	CHECK(says(&outcome, "descriptors"));
	outcome = runner_try(closes_a_foreign_descriptor, 10);
	CHECK_EQUAL(outcome.number, EXIT_FAILURE);
	CHECK(says(&outcome, "descriptors"));
}

TEST(mappings_are_counted)
{
	struct runner_outcome outcome = runner_try(leaks_a_mapping, 10);

	CHECK_EQUAL(outcome.number, EXIT_FAILURE);
	CHECK(says(&outcome, "shared mappings"));
}

TEST(every_end_is_told_apart)
{
	struct runner_outcome outcome = runner_try(crashes, 10);

	CHECK_EQUAL(outcome.end, CHILD_CRASHED);
	CHECK_EQUAL(outcome.number, SIGSEGV);
	outcome = runner_try(abort, 10);
	CHECK_EQUAL(outcome.end, CHILD_ABORTED);
	outcome = runner_try(hangs, 1);
	CHECK_EQUAL(outcome.end, CHILD_HUNG);
	outcome = runner_try(ends_with_a_status, 10);
	CHECK_EQUAL(outcome.end, CHILD_EXITED);
	CHECK_EQUAL(outcome.number, 3);
	outcome = runner_try(skips, 10);
	CHECK_EQUAL(outcome.number, RUNNER_STATUS_SKIPPED);
}

TEST(a_failed_check_says_what_and_where)
{
	struct runner_outcome outcome = runner_try(fails_a_check, 10);

	CHECK_EQUAL(outcome.end, CHILD_EXITED);
	CHECK_EQUAL(outcome.number, EXIT_FAILURE);
	CHECK(says(&outcome, "sanity.c:") && says(&outcome, "two == 3"));
	outcome = runner_try(fails_an_equality, 10);
	CHECK_EQUAL(outcome.number, EXIT_FAILURE);
	CHECK(says(&outcome, "two is 2"));
}

static void aborts_with_one_line(void)
{
	EXPECT_ABORT("no memory") {
		fprintf(stderr, "there is no memory left\n");
		abort();
	}
}

static void aborts_with_two_lines(void)
{
	EXPECT_ABORT("no memory") {
		fprintf(stderr, "there is no memory left\nreally\n");
		abort();
	}
}

static void aborts_with_another_line(void)
{
	EXPECT_ABORT("no memory") {
		fprintf(stderr, "oh\n");
		abort();
	}
}

static void does_not_abort(void)
{
	EXPECT_ABORT("no memory") {
		fprintf(stderr, "there is no memory left\n");
	}
}

static void crashes_in_place_of_aborting(void)
{
	EXPECT_ABORT("no memory") {
		fprintf(stderr, "there is no memory left\n");
		crashes();
	}
}

TEST(an_expected_abort_must_happen_as_expected)
{
	void (*const wrong[])(void) = { aborts_with_two_lines, aborts_with_another_line, does_not_abort,
					crashes_in_place_of_aborting };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct runner_outcome outcome = runner_try(wrong[i], 10);

		CHECK_EQUAL(outcome.end, CHILD_EXITED);
		CHECK_EQUAL(outcome.number, EXIT_FAILURE);
		CHECK(says(&outcome, "expected: abort()"));
	}
	CHECK_EQUAL(runner_try(aborts_with_one_line, 10).number, 0);
}
