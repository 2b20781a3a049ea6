/* The statistics page and the process: children, programs that are begun, descriptors that are closed, calls that fail. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <millpond.h>
#include <pool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "statistics/page.h"
#include "support/refuse_calls.h"
#include "support/runner.h"

static Pool pool = POOL_SYSTEM_INIT("forked");

static void use(unsigned allocs, unsigned frees)
{
	for (unsigned i = 0; i < allocs; i++) {
		void *block = poolalloc(&pool, 10 + i);

		CHECK(block != NULL);
		if (i < frees)
			poolfree(&pool, block);
	}
}

/* What the process's one page says of the pool. */
static void check_counts(pid_t process, uint64_t allocs, uint64_t frees)
{
	struct pool_record record;
	struct page page;

	CHECK_EQUAL(page_open(&page, process), 1);
	CHECK_EQUAL(page.pid, process);
	CHECK(page_find_pool(&page, "forked", &record));
	CHECK_EQUAL(record.allocs, allocs);
	CHECK_EQUAL(record.frees, frees);
	page_close(&page);
}

TEST(a_child_goes_on_with_a_page_of_its_own)
{
	pid_t child, parent = getpid();

	use(100, 40);
	child = fork();
	if (child == 0) {
		check_counts(getpid(), 100, 40);
		use(7, 3);
		check_counts(getpid(), 107, 43);
		child = fork();
		if (child == 0) {
			use(1, 0);
			check_counts(getpid(), 108, 43);
			check_counts(getppid(), 107, 43);
			check_counts(parent, 100, 40);
			_exit(EXIT_SUCCESS);
		}
		CHECK_FORKED_WELL(child);
		check_counts(getpid(), 107, 43);
		_exit(EXIT_SUCCESS);
	}
	CHECK_FORKED_WELL(child);
	check_counts(getpid(), 100, 40);
	use(5, 5);
	check_counts(getpid(), 105, 45);
	pooldestroy(&pool);
}

/* A child without a page that others see must leave its parent's alone. */
static void fork_where_refused(void (*refuse)(int), int error_number)
{
	pid_t child;

	use(10, 2);
	child = fork();
	if (child == 0) {
		struct page page;

		refuse(error_number);
		child = fork();
		if (child == 0) {
			CHECK_EQUAL(page_open(&page, getpid()), 0);
			use(7, 3);
			poolreset(&pool);
			use(1, 1);
			_exit(EXIT_SUCCESS);
		}
		CHECK_FORKED_WELL(child);
		check_counts(getpid(), 10, 2);
		_exit(EXIT_SUCCESS);
	}
	CHECK_FORKED_WELL(child);
	check_counts(getpid(), 10, 2);
	pooldestroy(&pool);
}

static void refuse_memory_files(int error_number)
{
	refuse_memfd(0, error_number);
}

TEST(a_child_that_gets_no_memory_file_leaves_its_parents_alone)
{
	fork_where_refused(refuse_memory_files, EMFILE);
}

TEST(a_child_that_cannot_size_its_memory_file_leaves_its_parents_alone)
{
	fork_where_refused(refuse_sizes, EPERM);
}

TEST(a_child_that_cannot_map_its_memory_file_leaves_its_parents_alone)
{
	fork_where_refused(refuse_shared_mappings, ENOMEM);
}

/* No page, no descriptor, no message, no errno, and pools as ever. */
static void check_no_page(void)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 60) {
		struct page page;
		pid_t child;

		errno = 77;
		use(100, 50);
		CHECK_EQUAL(errno, 77);
		CHECK_EQUAL(page_open(&page, getpid()), 0);
		CHECK_EQUAL(millpond_stats_fd(), -1);
		CHECK_EQUAL(millpond_stats_count(), 0);
		child = fork();
		if (child == 0) {
			use(1, 1);
			_exit(EXIT_SUCCESS);
		}
		CHECK_FORKED_WELL(child);
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, 0);
}

TEST(the_environment_says_that_there_is_none)
{
	CHECK_EQUAL(setenv("MILLPOND_STATS", "0", 1), 0);
	check_no_page();
	CHECK_EQUAL(setenv("MILLPOND_STATS", "1", 1), 0);
	use(1, 0);
	check_counts(getpid(), 1, 0);
	pooldestroy(&pool);
}

TEST(without_memory_files_there_is_none)
{
	refuse_memory_files(ENOSYS);
	check_no_page();
}

TEST(without_a_size_there_is_none)
{
	refuse_sizes(EPERM);
	check_no_page();
}

TEST(without_a_mapping_there_is_none)
{
	refuse_shared_mappings(ENOMEM);
	check_no_page();
}

TEST(without_seals_there_is_none)
{
	refuse_seals(EPERM);
	check_no_page();
}

static unsigned count_in_new_program(void)
{
	char text[16] = "";
	int ends[2];
	pid_t child;

	CHECK_EQUAL(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", "ls -l /proc/$$/fd | grep -c millpond-stats", (char *)NULL);
		_exit(1);
	}
	close(ends[1]);
	CHECK(read(ends[0], text, sizeof(text) - 1) > 0);
	close(ends[0]);
	CHECK_EQUAL(waitpid(child, NULL, 0), child);
	return (unsigned)atoi(text);
}

TEST(a_program_that_is_begun_does_not_have_it)
{
	use(10, 0);
	CHECK_EQUAL(count_in_new_program(), 0);
	check_counts(getpid(), 10, 0);
	pooldestroy(&pool);
}

TEST(a_program_may_close_all_descriptors)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 60) {
		struct page page;
		int number, other;
		char text[6] = "";
		pid_t child;

		use(10, 2);
		CHECK((number = millpond_stats_fd()) > 2);
		for (int file = 3; file < 1024; file++)
			close(file);
		CHECK_EQUAL(page_open(&page, getpid()), 0);
		CHECK_EQUAL(millpond_stats_fd(), -1);
		use(5, 5);
		/* A file of the program's has the number now: it is left alone. */
		CHECK((other = memfd_create("other", MFD_CLOEXEC)) >= 0);
		CHECK_EQUAL(dup2(other, number), number);
		CHECK_EQUAL(millpond_stats_fd(), -1);
		child = fork();
		if (child == 0) {
			CHECK_EQUAL(write(number, "whole", 5), 5);
			use(1, 0);
			check_counts(getpid(), 16, 7);
			CHECK_EQUAL(pread(number, text, 5, 0), 5);
			_exit(EXIT_SUCCESS);
		}
		CHECK_FORKED_WELL(child);
		CHECK_EQUAL(pread(number, text, 5, 0), 5);
		CHECK(strcmp(text, "whole") == 0);
		pooldestroy(&pool);
	}
	CHECK_CHILD_WELL(&outcome);
}

/* As the system's filter has it by default, shared memory without a name is in core dumps: unless it says "dd". */
TEST(the_page_comes_into_core_dumps)
{
	FILE *file;
	char line[512];
	bool is_page = false, is_seen = false;

	use(1, 0);
	CHECK((file = fopen("/proc/self/smaps", "re")) != NULL);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strchr(line, '-') != NULL && strchr(line, '-') < strchr(line, ' '))
			is_page = strstr(line, "/memfd:millpond-stats") != NULL;
		else if (is_page && strncmp(line, "VmFlags:", 8) == 0) {
			is_seen = true;
			CHECK(strstr(line, " dd") == NULL);
		}
	}
	fclose(file);
	if (!is_seen)
		SKIP("the system does not say how memory is dumped");
	pooldestroy(&pool);
}
