#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "support/weston_process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SOCKET_NAME "millpond-test"
#define LOG_NAME "weston.log"
#define CONFIG_NAME "weston.ini"
#define START_LIMIT_MS 30000
#define STOP_LIMIT_MS 5000
#define POLL_INTERVAL_MS 10

static void pause_milliseconds(long milliseconds)
{
	struct timespec pause = { milliseconds / 1000, (milliseconds % 1000) * 1000000 };

	nanosleep(&pause, NULL);
}

bool weston_is_installed(void)
{
	const char *rest = getenv("PATH");
	char file[PATH_MAX];

	while (rest && *rest) {
		size_t length = strcspn(rest, ":");

		snprintf(file, sizeof(file), "%.*s/weston", (int)length, rest);
		if (access(file, X_OK) == 0)
			return true;
		rest += length + (rest[length] == ':');
	}
	return false;
}

/* weston puts only files there, no folders. */
static void remove_folder(const char *folder)
{
	DIR *listing = opendir(folder);
	struct dirent *entry;

	if (!listing)
		return;
	while ((entry = readdir(listing)))
		unlinkat(dirfd(listing), entry->d_name, 0);
	closedir(listing);
	rmdir(folder);
}

/* A desktop on which nothing moves by itself. */
static bool write_config(void)
{
	static const char config[] = "[shell]\npanel-position=none\nlocking=false\n"
				     "startup-animation=none\nanimation=none\nclose-animation=none\n";
	int file = open(CONFIG_NAME, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	bool is_written = file >= 0 && write(file, config, sizeof(config) - 1) == (ssize_t)sizeof(config) - 1;

	if (file >= 0)
		close(file);
	return is_written;
}

static void become_weston(const char *folder, bool for_windows, int width, int height)
{
	char width_option[32], height_option[32], config_option[128] = "--no-config";
	int log_file, nothing;

	snprintf(width_option, sizeof(width_option), "--width=%d", width);
	snprintf(height_option, sizeof(height_option), "--height=%d", height);
	setenv("XDG_RUNTIME_DIR", folder, 1);
	if (chdir(folder) != 0)
		_exit(126);
	if (for_windows && !write_config())
		_exit(126);
	if (for_windows)
		snprintf(config_option, sizeof(config_option), "--config=%s/" CONFIG_NAME, folder);
	log_file = open(LOG_NAME, O_WRONLY | O_CREAT | O_APPEND, 0600);
	nothing = open("/dev/null", O_RDONLY);
	if (log_file < 0 || nothing < 0)
		_exit(126);
	dup2(nothing, STDIN_FILENO);
	dup2(log_file, STDOUT_FILENO);
	dup2(log_file, STDERR_FILENO);
	/* fullscreen-shell shows a surface as it is; windows need the other, which shows them without a mouse too. */
	/* --debug: without it nobody but weston's own tool may take a screenshot. */
	execlp("weston", "weston", "--backend=headless-backend.so", "--use-pixman",
	       for_windows ? "--shell=desktop-shell.so" : "--shell=fullscreen-shell.so", config_option, "--idle-time=0",
	       "--debug", "--socket=" SOCKET_NAME, width_option, height_option, (char *)NULL);
	_exit(127);
}

static bool has_ended_within(pid_t process, long limit_ms)
{
	for (long waited_ms = 0; waited_ms < limit_ms; waited_ms += POLL_INTERVAL_MS) {
		if (waitpid(process, NULL, WNOHANG) != 0)
			return true;
		pause_milliseconds(POLL_INTERVAL_MS);
	}
	return false;
}

static bool has_hung_up(int lifeline, int wait_ms)
{
	struct pollfd end_of_test = { .fd = lifeline, .events = POLLIN };

	return poll(&end_of_test, 1, wait_ms) > 0;
}

/* Runs in a session of its own, so that what ends the test (a signal to its group, too) does not end the tidying. */
static void guard(const char *folder, bool for_windows, int lifeline, int width, int height)
{
	bool weston_runs;
	pid_t weston;

	setsid();
	weston = fork();
	if (weston == 0)
		become_weston(folder, for_windows, width, height);
	weston_runs = weston > 0;
	/* The other end of the lifeline hangs up when the test process is gone, in whatever way. */
	while (weston_runs && !has_hung_up(lifeline, 100))
		weston_runs = waitpid(weston, NULL, WNOHANG) == 0;
	if (weston_runs) {
		kill(weston, SIGTERM);
		if (!has_ended_within(weston, STOP_LIMIT_MS)) {
			kill(weston, SIGKILL);
			waitpid(weston, NULL, 0);
		}
	} else {
		/* Tells the test process, which then reads the log before it hangs up. */
		shutdown(lifeline, SHUT_WR);
		while (!has_hung_up(lifeline, 1000))
			continue;
	}
	remove_folder(folder);
	_exit(0);
}

static bool socket_answers(const struct weston_process *weston)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool answers;

	if (probe < 0)
		return false;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", weston->folder, SOCKET_NAME);
	answers = connect(probe, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(probe);
	return answers;
}

static void print_log(const struct weston_process *weston)
{
	char name[128], line[512];
	FILE *log;

	snprintf(name, sizeof(name), "%s/%s", weston->folder, LOG_NAME);
	log = fopen(name, "r");
	if (!log)
		return;
	while (fgets(line, sizeof(line), log))
		fprintf(stderr, "weston: %s", line);
	fclose(log);
}

static bool socket_came(struct weston_process *weston)
{
	for (long waited_ms = 0; waited_ms < START_LIMIT_MS; waited_ms += POLL_INTERVAL_MS) {
		if (socket_answers(weston))
			return true;
		if (has_hung_up(weston->lifeline, POLL_INTERVAL_MS)) {
			fprintf(stderr, "weston ended before its socket was there\n");
			return false;
		}
	}
	fprintf(stderr, "weston's socket was not there after %d s\n", START_LIMIT_MS / 1000);
	return false;
}

static bool start(struct weston_process *weston, bool for_windows, int width, int height)
{
	int lifeline[2];

	snprintf(weston->folder, sizeof(weston->folder), "/tmp/millpond-weston-XXXXXX");
	if (!mkdtemp(weston->folder))
		return false;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lifeline) != 0) {
		remove_folder(weston->folder);
		return false;
	}
	weston->guardian = fork();
	if (weston->guardian == 0) {
		close(lifeline[0]);
		guard(weston->folder, for_windows, lifeline[1], width, height);
	}
	close(lifeline[1]);
	weston->lifeline = lifeline[0];
	if (weston->guardian < 0) {
		close(weston->lifeline);
		remove_folder(weston->folder);
		return false;
	}
	if (!socket_came(weston)) {
		print_log(weston);
		weston_stop(weston);
		return false;
	}
	setenv("XDG_RUNTIME_DIR", weston->folder, 1);
	setenv("WAYLAND_DISPLAY", SOCKET_NAME, 1);
	return true;
}

bool weston_start(struct weston_process *weston, int width, int height)
{
	return start(weston, false, width, height);
}

bool weston_start_for_windows(struct weston_process *weston, int width, int height)
{
	return start(weston, true, width, height);
}

void weston_stop(struct weston_process *weston)
{
	close(weston->lifeline);
	while (waitpid(weston->guardian, NULL, 0) < 0 && errno == EINTR)
		continue;
}
