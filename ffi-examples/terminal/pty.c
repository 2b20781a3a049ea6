#define _GNU_SOURCE
#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define ENDING_LIMIT_MS 500
#define UNSENT_MAX_BYTES (16u << 20)

static bool complain(const char *what)
{
	fprintf(stderr, "terminal: cannot %s: %s\n", what, strerror(errno));
	return false;
}

void pty_resize(struct pty *pty, int rows, int columns)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
	/* that fails only if the program is gone */
	(void)ioctl(pty->fd, TIOCSWINSZ, &size);
}

/* In the child: the other side becomes its controlling terminal and its standard files. */
static void become_program(const char *name, char *const command[])
{
	setsid();
	int terminal = open(name, O_RDWR);
	if (terminal < 0 || ioctl(terminal, TIOCSCTTY, 0) != 0)
		_exit(126);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(terminal, fd);
	if (terminal > STDERR_FILENO)
		close(terminal);
	setenv("TERM", "xterm-256color", 1);
	unsetenv("COLUMNS");
	unsetenv("LINES");
	signal(SIGPIPE, SIG_DFL);
	execvp(command[0], command);
	fprintf(stderr, "cannot start %s: %s\r\n", command[0], strerror(errno));
	_exit(127);
}

bool pty_open(struct pty *pty, char *const command[], int rows, int columns)
{
	*pty = (struct pty){.child = -1, .fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
	if (pty->fd < 0 || grantpt(pty->fd) != 0 || unlockpt(pty->fd) != 0)
		return complain("open a pseudo terminal");
	const char *name = ptsname(pty->fd);
	if (name == NULL || fcntl(pty->fd, F_SETFL, O_NONBLOCK) != 0)
		return complain("open a pseudo terminal");
	pty_resize(pty, rows, columns);
	pty->child = fork();
	if (pty->child == 0)
		become_program(name, command);
	return pty->child > 0 || complain("start a program");
}

/* True if the child has ended within the limit. */
static bool wait_for_child(struct pty *pty)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000000};
	for (int waited_ms = 0; waited_ms < ENDING_LIMIT_MS; waited_ms += 10) {
		if (waitpid(pty->child, NULL, WNOHANG) != 0)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

void pty_close(struct pty *pty)
{
	if (pty->fd >= 0)
		close(pty->fd); /* hangs up: most programs end */
	if (pty->child > 0 && !wait_for_child(pty)) {
		kill(pty->child, SIGKILL);
		waitpid(pty->child, NULL, 0);
	}
	free(pty->unsent);
	*pty = (struct pty){.fd = -1, .child = -1};
}

void pty_flush(struct pty *pty)
{
	ssize_t sent = 0;
	while (pty->unsent_bytes > 0 && (sent = write(pty->fd, pty->unsent, pty->unsent_bytes)) > 0) {
		pty->unsent_bytes -= (size_t)sent;
		memmove(pty->unsent, pty->unsent + sent, pty->unsent_bytes);
	}
}

void pty_write(struct pty *pty, const char *bytes, size_t byte_count)
{
	size_t wanted_bytes = pty->unsent_bytes + byte_count;
	if (wanted_bytes > UNSENT_MAX_BYTES)
		return; /* a program that does not read: as a real terminal, which has a small store, loses the rest */
	if (wanted_bytes > pty->unsent_capacity_bytes) {
		char *unsent = realloc(pty->unsent, wanted_bytes * 2);
		if (unsent == NULL)
			return;
		pty->unsent = unsent;
		pty->unsent_capacity_bytes = wanted_bytes * 2;
	}
	memcpy(pty->unsent + pty->unsent_bytes, bytes, byte_count);
	pty->unsent_bytes = wanted_bytes;
	pty_flush(pty);
}

size_t pty_read(struct pty *pty, char *bytes, size_t capacity_bytes)
{
	ssize_t count = read(pty->fd, bytes, capacity_bytes);
	if (count > 0)
		return (size_t)count;
	/* EIO: nobody has the other side open any more */
	if (count == 0 || (errno != EAGAIN && errno != EINTR))
		pty->is_over = true;
	return 0;
}
