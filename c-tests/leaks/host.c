/*
 * The test compositor in a process of its own, with one program: host POLICY PROGRAM ARGUMENT...
 *
 * POLICY: "at-once", "on-replace", "never" (when a buffer is given back), or "keeping" (as on-replace, but what a client
 * has destroyed stays mapped). It ends when the program does, with its status.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compositor/compositor.h"

/* Between two looks whether the program has ended. */
#define WAIT_MILLISECONDS 20

static struct compositor_options options_of(const char *policy)
{
	if (strcmp(policy, "at-once") == 0)
		return (struct compositor_options){ .policy = RELEASE_AT_ONCE };
	if (strcmp(policy, "on-replace") == 0)
		return (struct compositor_options){ .policy = RELEASE_ON_REPLACE };
	if (strcmp(policy, "never") == 0)
		return (struct compositor_options){ .policy = RELEASE_NEVER };
	if (strcmp(policy, "keeping") == 0)
		return (struct compositor_options){ .policy = RELEASE_ON_REPLACE, .keeps_memory = true };
	fprintf(stderr, "host: no such policy: %s\n", policy);
	exit(EXIT_FAILURE);
}

static pid_t start(int socket, char **arguments)
{
	pid_t program = fork();
	char number[16];

	if (program != 0)
		return program;
	/* Duplicated: without close-on-exec. */
	snprintf(number, sizeof(number), "%d", dup(socket));
	setenv("WAYLAND_SOCKET", number, 1);
	execv(arguments[0], arguments);
	perror(arguments[0]);
	_exit(EXIT_FAILURE);
}

int main(int count, char **arguments)
{
	int status = 0;

	if (count < 3) {
		fprintf(stderr, "usage: host POLICY PROGRAM ARGUMENT...\n");
		return EXIT_FAILURE;
	}
	struct compositor_options options = options_of(arguments[1]);
	struct compositor *compositor = compositor_start(&options);
	int socket = compositor_new_connection(compositor);
	pid_t program = start(socket, arguments + 2);

	close(socket);
	while (waitpid(program, &status, WNOHANG) == 0) {
		compositor_serve(compositor);
		compositor_wait(compositor, WAIT_MILLISECONDS);
	}
	compositor_stop(compositor);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}
