/* The client's side of the compositor process: starting, asking, ending. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/report.h"
#include "support/server.h"

#define ANSWER_LIMIT_MS 60000

/*
 * Starts this program again, with two descriptors and no others. Not with fork(): after it, this process would take a
 * page fault at its next write to each private page, in the midst of what is measured.
 */
static pid_t spawn_server(int connection, int control)
{
	char connection_text[16], control_text[16], program[PATH_MAX];
	/* Not "/proc/self/exe" itself: under valgrind that is valgrind. */
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *arguments[] = { "measure", "--compositor", connection_text, control_text, NULL };
	posix_spawn_file_actions_t actions;
	pid_t process;
	int error;

	if (length < 0)
		give_up("this program's own file is not to be found");
	program[length] = '\0';
	snprintf(connection_text, sizeof(connection_text), "%d", connection);
	snprintf(control_text, sizeof(control_text), "%d", control);
	posix_spawn_file_actions_init(&actions);
	/* A descriptor that is moved to its own place stays open. */
	posix_spawn_file_actions_adddup2(&actions, connection, connection);
	posix_spawn_file_actions_adddup2(&actions, control, control);
	error = posix_spawn(&process, program, &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error)
		give_up("no process for the compositor: %s", strerror(error));
	return process;
}

void server_start(struct server *server)
{
	int connection[2], control[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, connection) != 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) != 0)
		give_up("no sockets for the compositor");
	server->process = spawn_server(connection[1], control[1]);
	close(connection[1]);
	close(control[1]);
	server->connection = connection[0];
	server->control = control[0];
}

static struct server_report ask(const struct server *server, char byte)
{
	struct pollfd answer = { .fd = server->control, .events = POLLIN };
	struct server_report report;

	if (write(server->control, &byte, 1) != 1 || poll(&answer, 1, ANSWER_LIMIT_MS) != 1 ||
	    recv(server->control, &report, sizeof(report), MSG_WAITALL) != (ssize_t)sizeof(report))
		give_up("the compositor does not answer");
	return report;
}

struct server_report server_ask(const struct server *server, enum server_question question)
{
	return ask(server, (char)question);
}

/* A digit instead of a question; the answer says that it was read. */
void server_hold(const struct server *server, unsigned late_commits)
{
	if (late_commits > SERVER_HELD_MAX)
		give_up("the compositor cannot hold a buffer for %u commits", late_commits);
	ask(server, (char)('0' + late_commits));
}

void server_stop(struct server *server)
{
	close(server->control);
	while (waitpid(server->process, NULL, 0) < 0 && errno == EINTR)
		continue;
}
