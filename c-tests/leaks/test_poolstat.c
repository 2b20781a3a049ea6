/*
 * What a person with a leaking program types: one call of poolstat names each shape of a leak, of programs that run, that
 * stand still, that have ended with a core, and that never heard of millpond; and says nothing where nothing is wrong.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leaks/pair.h"
#include "support/runner.h"

/* poolstat calls a buffer not released that is held for longer than five seconds. */
#define HELD_MICROSECONDS (5200 * 1000)
#define ARGUMENTS_MAX 8

/* What it wrote, and its exit code. */
struct answer {
	int status;
	char text[16384];
};

static void read_all(int file, char *text, size_t room)
{
	size_t used = 0;
	ssize_t count;

	while ((count = read(file, text + used, room - 1 - used)) > 0)
		used += (size_t)count;
	text[used] = '\0';
	CHECK(count == 0 && used + 1 < room);
	close(file);
}

static struct answer run(char *const arguments[])
{
	struct answer answer;
	int output[2], status = 0;

	CHECK(pipe2(output, O_CLOEXEC) == 0);
	pid_t child = fork();

	CHECK(child >= 0);
	if (child == 0) {
		dup2(output[1], STDOUT_FILENO);
		execvp(arguments[0], arguments);
		_exit(127);
	}
	close(output[1]);
	read_all(output[0], answer.text, sizeof(answer.text));
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
	answer.status = WEXITSTATUS(status);
	return answer;
}

/* Runs it with these words, up to a NULL. */
static struct answer poolstat(const char *word, ...)
{
	char *arguments[ARGUMENTS_MAX] = { getenv("MILLPOND_POOLSTAT") };
	int count = 1;
	va_list words;

	va_start(words, word);
	for (; word != NULL; word = va_arg(words, const char *)) {
		CHECK(count < ARGUMENTS_MAX - 1);
		arguments[count++] = (char *)word;
	}
	va_end(words);
	return run(arguments);
}

struct number {
	char text[16];
};

static struct number number_of(pid_t process)
{
	struct number number;

	snprintf(number.text, sizeof(number.text), "%d", (int)process);
	return number;
}

#define NUMBER(process) (number_of(process).text)

static void need_poolstat(void)
{
	if (getenv("MILLPOND_POOLSTAT") == NULL)
		SKIP("poolstat is not built: -Dpoolstat=false");
}

static struct pair start(const char *policy, const char *name)
{
	need_poolstat();
	return pair_start(policy, name);
}

/* Fails unless poolstat has said this, and has ended with 1. The format is that of printf. */
__attribute__((format(printf, 2, 3))) static void check_says(const struct answer *answer, const char *format, ...)
{
	char line[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (strstr(answer->text, line) == NULL)
		printf("# does not say \"%s\":\n# %s\n", line, answer->text);
	CHECK(strstr(answer->text, line) != NULL);
	CHECK_EQUAL(answer->status, 1);
}

static void check_silent(const struct answer *answer)
{
	if (answer->text[0] != '\0')
		printf("# says: %s\n", answer->text);
	CHECK(answer->text[0] == '\0');
	CHECK_EQUAL(answer->status, 0);
}

TEST(buffers_that_were_taken_twice_are_named)
{
	struct pair pair = start("on-replace", "leak_taken_twice");
	struct answer answer = poolstat("-q", NUMBER(pair.program), NULL);

	check_says(&answer, "[%d]: LOST: 200 buffers ", (int)pair.program);
	check_says(&answer, "[%d]: HELD TWICE: buffers ", (int)pair.program);
	check_says(&answer, "taken while they were held, 201 times");
	check_says(&answer, "\n  LOST: look where the program ");
	pair_go_on(&pair);
	answer = poolstat("leak_taken_twice", NULL);
	check_says(&answer, "[%d]: LOST: 400 buffers ", (int)pair.program);
	pair_stop(&pair);
}

TEST(a_compositor_that_does_not_release_is_named)
{
	struct pair stuck = start("never", "leak_never_released"), still = start("on-replace", "leak_never_released"),
		clean = start("on-replace", "leak_clean");

	usleep(HELD_MICROSECONDS);
	struct answer answer = poolstat("-q", NUMBER(stuck.program), NULL);

	check_says(&answer, "[%d]: NOT RELEASED by leaks_host[%d]: 16 buffers 64x48 ", (int)stuck.program,
		   (int)stuck.host);
	check_says(&answer, "\n  NOT RELEASED: run the program with WAYLAND_DEBUG=1");
	answer = poolstat("-q", "--compositor", "leaks_host", NUMBER(stuck.host), NULL);
	check_says(&answer, "[%d]: NOT RELEASED by leaks_host[%d]: ", (int)stuck.program, (int)stuck.host);
	/* What a window shows is held as long, which is no fault. */
	answer = poolstat("-q", NUMBER(still.program), NUMBER(clean.program), NULL);
	check_silent(&answer);
	pair_stop(&stuck), pair_stop(&still), pair_stop(&clean);
}

TEST(files_that_the_compositor_forgot_are_named)
{
	struct pair pair = start("keeping", "leak_orphan");
	struct answer answer = poolstat("-q", "--compositor", "leaks_host", NUMBER(pair.host), NULL);

	check_says(&answer, "leaks_host[%d]: ORPHAN: 5 files \"millpond\" (", (int)pair.host);
	pair_go_on(&pair);
	answer = poolstat("-m", "--compositor", "leaks_host", NUMBER(pair.host), NULL);
	check_says(&answer, "leaks_host[%d]:map (orphan)\n", (int)pair.host);
	check_says(&answer, "leaks_host[%d]: ORPHAN: 10 files \"millpond\" (", (int)pair.host);
	pair_stop(&pair);
	/* What this one has is what it shows. */
	pair = start("on-replace", "leak_orphan");
	answer = poolstat("-q", "--compositor", "leaks_host", NUMBER(pair.host), NULL);
	check_silent(&answer);
	pair_stop(&pair);
}

TEST(descriptors_of_one_file_are_named)
{
	struct pair pair = start("on-replace", "leak_many_descriptors");
	struct answer answer = poolstat("-q", NUMBER(pair.program), NULL);

	check_says(&answer, "[%d]: DESCRIPTOR LEAK: 61 descriptors of one file, \"millpond\" inode ", (int)pair.program);
	CHECK(strstr(answer.text, "LOST") == NULL);
	pair_stop(&pair);
}

TEST(a_buffer_that_is_lost_with_each_frame_is_named)
{
	struct pair pair = start("at-once", "leak_lost_per_frame");
	struct answer answer = poolstat("-q", NUMBER(pair.program), NULL);

	check_says(&answer, "[%d]: LOST: 100 buffers 64x48 of \"chain\" 0x1 of 100 that live", (int)pair.program);
	CHECK(strstr(answer.text, "HELD TWICE") == NULL);
	pair_stop(&pair);
}

TEST(a_program_that_stands_still_is_read)
{
	struct pair pair = start("on-replace", "leak_taken_twice");
	int status;

	CHECK(kill(pair.program, SIGSTOP) == 0 && kill(pair.host, SIGSTOP) == 0);
	CHECK(waitpid(pair.host, &status, WUNTRACED) == pair.host && WIFSTOPPED(status));
	struct answer answer = poolstat("-q", NUMBER(pair.program), NULL);

	check_says(&answer, "[%d]: LOST: 200 buffers ", (int)pair.program);
	check_says(&answer, "[%d]: HELD TWICE: buffers ", (int)pair.program);
	CHECK(kill(pair.host, SIGCONT) == 0 && kill(pair.program, SIGCONT) == 0);
	pair_stop(&pair);
}

/* The first file in a folder whose name begins so; NULL: none does. */
static const char *core_in(const char *folder, char path[PATH_MAX])
{
	DIR *directory = opendir(folder);
	const char *found = NULL;

	CHECK(directory != NULL);
	for (struct dirent *entry; found == NULL && (entry = readdir(directory)) != NULL;)
		if (strncmp(entry->d_name, "core", 4) == 0) {
			snprintf(path, PATH_MAX, "%s/%s", folder, entry->d_name);
			found = path;
		}
	closedir(directory);
	return found;
}

/* What the system calls cores is a name in the folder of the program. */
static bool cores_stay_in_the_folder(void)
{
	struct rlimit limit;
	char pattern[128] = "";
	int file = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC);

	if (file >= 0)
		read_all(file, pattern, sizeof(pattern));
	return strncmp(pattern, "core", 4) == 0 && strchr(pattern, '/') == NULL && getrlimit(RLIMIT_CORE, &limit) == 0 &&
	       limit.rlim_max == RLIM_INFINITY;
}

/* By the system, or by gdb's gcore; the program is at its end then. */
static const char *make_core(struct pair *pair, const char *folder, char path[PATH_MAX])
{
	char program[64];

	if (!cores_stay_in_the_folder()) {
		snprintf(program, sizeof(program), "%s/core", folder);
		char *const gcore[] = { "gcore", "-o", program, (char *)NUMBER(pair->program), NULL };

		run(gcore);
	}
	CHECK(kill(pair->program, SIGABRT) == 0);
	pair_bury(pair);
	return core_in(folder, path);
}

TEST(a_program_that_has_ended_is_read_from_its_core)
{
	char folder[] = "/tmp/millpond-core-XXXXXX", path[PATH_MAX];
	struct rlimit limit;

	need_poolstat();
	CHECK(mkdtemp(folder) != NULL && chdir(folder) == 0);
	/* The program inherits both. */
	CHECK(getrlimit(RLIMIT_CORE, &limit) == 0);
	limit.rlim_cur = limit.rlim_max;
	CHECK(setrlimit(RLIMIT_CORE, &limit) == 0);
	struct pair pair = start("on-replace", "leak_taken_twice");
	pid_t program = pair.program;
	const char *core = make_core(&pair, folder, path);
	struct answer answer = { 0 };

	if (core != NULL) {
		answer = poolstat("-q", "-c", core, NULL);
		unlink(core);
	}
	CHECK(chdir("/") == 0 && rmdir(folder) == 0);
	if (core == NULL)
		SKIP("the system writes cores elsewhere, and there is no gcore");
	check_says(&answer, "[%d]: LOST: 200 buffers ", (int)program);
	check_says(&answer, "[%d]: HELD TWICE: buffers ", (int)program);
}

TEST(where_nothing_is_wrong_nothing_is_said)
{
	static const char *const policies[] = { "at-once", "on-replace" };

	for (int i = 0; i < 2; i++) {
		struct pair pair = start(policies[i], "leak_clean");

		for (int round = 0; round < 2; round++) {
			struct answer answer = poolstat("-q", "--compositor", "leaks_host", NUMBER(pair.program),
							NUMBER(pair.host), NULL);

			check_silent(&answer);
			pair_go_on(&pair);
		}
		pair_stop(&pair);
	}
}

TEST(a_program_that_never_heard_of_millpond_is_seen)
{
	struct pair pair = start("on-replace", "leak_foreign");
	struct answer answer = poolstat("-m", NUMBER(pair.program), NULL);

	check_says(&answer, "\nforeign-pixels     70  ");
	check_says(&answer, "leaks_host[%d]:map", (int)pair.host);
	check_says(&answer, "leak_foreign[%d]:fd,map\n", (int)pair.program);
	check_says(&answer, "leak_foreign[%d]: MANY FILES: 70 files \"foreign-pixels\" of 468.7K each", (int)pair.program);
	pair_stop(&pair);
}
