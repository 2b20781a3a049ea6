/* Programs that load the library, and close it while threads that used it still run. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pool.h>

#include "support/runner.h"

#define CHILD_SECONDS 30
#define THREADS 8

/* What a program finds in the library. */
struct functions {
	void *object;
	void *(*alloc)(Pool *, unsigned long);
	const char *(*error)(void);
};

static pthread_barrier_t has_failed, is_closed;

/* Copies the address: ISO C knows no conversion from a data pointer to a function pointer. */
static void find(void *object, const char *name, void *pointer)
{
	void *address = dlsym(object, name);

	CHECK(address != NULL);
	memcpy(pointer, &address, sizeof(address));
}

static struct functions load(void)
{
	struct functions functions = { .object = dlopen(LIBRARY_FILE, RTLD_NOW | RTLD_LOCAL) };

	CHECK(functions.object != NULL);
	find(functions.object, "poolalloc", &functions.alloc);
	find(functions.object, "poolerror", &functions.error);
	return functions;
}

static void *take_arena(unsigned long bytes)
{
	return malloc(bytes);
}

static void fail(const struct functions *functions)
{
	Pool pool = { .name = "loaded", .maxsize = UINTPTR_MAX, .quantum = 32, .alloc = take_arena };

	CHECK(functions->alloc(&pool, ULONG_MAX) == NULL);
	CHECK(functions->error()[0] != '\0');
}

static void *fail_and_outlive(void *functions)
{
	fail(functions);
	pthread_barrier_wait(&has_failed);
	pthread_barrier_wait(&is_closed);
	return NULL;
}

TEST(threads_that_saw_a_failing_call_may_end_after_the_library_was_closed)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, CHILD_SECONDS) {
		struct functions functions = load();
		pthread_t threads[THREADS];

		CHECK_EQUAL(pthread_barrier_init(&has_failed, NULL, THREADS + 1), 0);
		CHECK_EQUAL(pthread_barrier_init(&is_closed, NULL, THREADS + 1), 0);
		for (int i = 0; i < THREADS; i++)
			CHECK_EQUAL(pthread_create(&threads[i], NULL, fail_and_outlive, &functions), 0);
		pthread_barrier_wait(&has_failed);
		CHECK_EQUAL(dlclose(functions.object), 0);
		pthread_barrier_wait(&is_closed);
		for (int i = 0; i < THREADS; i++)
			CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
	}
	CHECK_CHILD_WELL(&outcome);
}

TEST(a_program_may_fork_after_the_library_was_closed)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, CHILD_SECONDS) {
		struct functions functions = load();
		int status;

		fail(&functions);
		CHECK_EQUAL(dlclose(functions.object), 0);
		pid_t child = fork();

		if (child == 0)
			_exit(EXIT_SUCCESS);
		CHECK_EQUAL(waitpid(child, &status, 0), child);
		CHECK_EQUAL(status, 0);
	}
	CHECK_CHILD_WELL(&outcome);
}

/* libwayland may still call it for a release. */
TEST(a_library_that_was_closed_stays)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, CHILD_SECONDS) {
		struct functions functions = load();

		CHECK_EQUAL(dlclose(functions.object), 0);
		CHECK(dlopen(LIBRARY_FILE, RTLD_NOW | RTLD_NOLOAD) != NULL);
		fail(&functions);
	}
	CHECK_CHILD_WELL(&outcome);
}

TEST(a_library_that_was_closed_may_be_loaded_again)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, CHILD_SECONDS) {
		for (int i = 0; i < 3; i++) {
			struct functions functions = load();

			fail(&functions);
			CHECK_EQUAL(dlclose(functions.object), 0);
		}
	}
	CHECK_CHILD_WELL(&outcome);
}
