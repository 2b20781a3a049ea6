/* A compositor and a program, in two processes. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "leaks/pair.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/runner.h"

#define LIMIT_SECONDS 20
#define PATH_BYTES 512

static void write_path(const char *name, char path[PATH_BYTES])
{
	const char *folder = getenv("MILLPOND_LEAKS");

	if (folder == NULL)
		SKIP("MILLPOND_LEAKS does not say where the programs are: run it by meson test");
	snprintf(path, PATH_BYTES, "%s/%s", folder, name);
}

static void wait_until_ready(struct pair *pair)
{
	char line[64];
	int program = 0;

	CHECK(fgets(line, sizeof(line), pair->from_program) != NULL && sscanf(line, "ready %d", &program) == 1);
	pair->program = program;
}

struct pair pair_start(const char *policy, const char *name)
{
	struct pair pair;
	char host[PATH_BYTES], program[PATH_BYTES];
	int input[2], output[2];

	runner_set_limit(LIMIT_SECONDS);
	write_path("leaks_host", host), write_path(name, program);
	/* A second pair is not to keep the first one's program waiting. */
	CHECK(pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0);
	pair.host = fork();
	CHECK(pair.host >= 0);
	if (pair.host == 0) {
		dup2(input[0], STDIN_FILENO), dup2(output[1], STDOUT_FILENO);
		execl(host, host, policy, program, (char *)NULL);
		_exit(127);
	}
	close(input[0]), close(output[1]);
	pair.to_program = input[1];
	pair.from_program = fdopen(output[0], "r");
	CHECK(pair.from_program != NULL);
	wait_until_ready(&pair);
	return pair;
}

void pair_go_on(struct pair *pair)
{
	CHECK(write(pair->to_program, "\n", 1) == 1);
	wait_until_ready(pair);
}

void pair_stop(struct pair *pair)
{
	close(pair->to_program);
	CHECK_FORKED_WELL(pair->host);
	fclose(pair->from_program);
}

void pair_bury(struct pair *pair)
{
	CHECK(waitpid(pair->host, NULL, 0) == pair->host);
	close(pair->to_program);
	fclose(pair->from_program);
}
