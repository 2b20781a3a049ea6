/* What another program would find that is started at any moment, in any thread: no descriptor of the library's. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compositor/session.h"
#include "support/runner.h"

#define COOKIE 5
#define LOOKS 500
#define DESCRIPTORS 64
#define SIDE 64
#define STATUS_KEPT 3
#define STATUS_NOTHING_OPEN 4

static atomic_bool is_over;

/* Buffers of sizes that are new, and a memory file for each of the large ones. */
static void *make_buffers(void *argument)
{
	struct session *session = argument;

	for (int size = 0; !is_over; size = (size + 1) % 50) {
		session_frame(session, SIDE + size, SIDE, COOKIE, true, 1);
		session_frame(session, 512 + 8 * size, 512, COOKIE + 1, true, 1);
		if (size % 10 == 9)
			shm_fini();
	}
	return NULL;
}

/*
 * A child that no function of the program's knows of, as posix_spawn() makes it: fork() would wait until nobody is inside
 * of the library.
 */
static pid_t fork_at_once(void)
{
#ifdef __s390__ /* the stack comes first there */
	return (pid_t)syscall(SYS_clone, 0, SIGCHLD, 0, 0, 0);
#else
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
#endif
}

/* In a child, which may only do what needs no lock. */
static int status_of_descriptors(const bool *was_open)
{
	unsigned opened = 0;

	for (int descriptor = 0; descriptor < DESCRIPTORS; descriptor++) {
		int flags = fcntl(descriptor, F_GETFD);

		if (flags < 0 || was_open[descriptor])
			continue;
		opened++;
		if (!(flags & FD_CLOEXEC))
			return STATUS_KEPT;
	}
	return opened > 0 ? EXIT_SUCCESS : STATUS_NOTHING_OPEN;
}

static void note_open(bool *is_open)
{
	for (int descriptor = 0; descriptor < DESCRIPTORS; descriptor++)
		is_open[descriptor] = fcntl(descriptor, F_GETFD) >= 0;
}

static int status_of(pid_t child)
{
	int status;

	CHECK(child > 0);
	CHECK_EQUAL(waitpid(child, &status, 0), child);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void look_often(const bool *was_open)
{
	unsigned with_open = 0;

	for (unsigned i = 0; i < LOOKS; i++) {
		pid_t child = fork_at_once();
		int status;

		if (child == 0)
			_exit(status_of_descriptors(was_open));
		status = status_of(child);
		CHECK(status != STATUS_KEPT);
		with_open += status == EXIT_SUCCESS;
	}
	CHECK(with_open > LOOKS / 10);
}

/* What does stay open in a program is what was open before. */
static void start_a_program(void)
{
	pid_t child = fork();

	if (child == 0) {
		execl("/bin/sh", "sh", "-c", "for each in /proc/$$/fd/*; do case $(readlink $each) in *memfd*) exit 1; esac; done",
		      (char *)NULL);
		_exit(EXIT_FAILURE);
	}
	CHECK_EQUAL(status_of(child), 0);
}

TEST(a_program_that_is_started_at_any_moment_finds_no_descriptor)
{
	struct rlimit limit = { DESCRIPTORS, DESCRIPTORS };
	static bool was_open[DESCRIPTORS];
	struct session session;
	pthread_t thread;

	CHECK_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
	session = session_start(RELEASE_AT_ONCE);
	note_open(was_open);
	CHECK_EQUAL(pthread_create(&thread, NULL, make_buffers, &session), 0);
	look_often(was_open);
	is_over = true;
	CHECK_EQUAL(pthread_join(thread, NULL), 0);
	session_frame(&session, 512, 512, COOKIE, true, 1);
	start_a_program();
	session_stop(&session);
}
