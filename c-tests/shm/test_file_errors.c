/*
 * Memory files that cannot be had in the usual way: a limit of the size of files, which is told by a signal; a sandbox
 * that knows no flags, or no memfd at all.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compositor/session.h"
#include "support/refuse_calls.h"
#include "support/runner.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define COOKIE 91
#define KIB 1024u
#define WIDTH 500
#define HEIGHT 400
#define PICTURE_BYTES (WIDTH * HEIGHT * 4u)
#define MEMFD "/memfd:"
#define SHARED_MEMORY "/dev/shm/"

/* --- a limit of the size of files -------------------------------------------------------------------------------- */

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

static void frame_beyond_limit(const struct session *session, uint32_t colour)
{
	struct buffer *buffer = session_get(session, WIDTH, HEIGHT, COOKIE, true);

	CHECK(buffer->age == 0 || buffer_is_all(buffer, 0));
	CHECK(!shm_can_scroll(buffer));
	buffer_fill(buffer, colour);
	session_show(session, buffer);
	CHECK_EQUAL(compositor_frame(session->compositor).pixels[WIDTH * HEIGHT - 1], colour);
}

/* Between the picture and what its room to scroll takes. */
TEST(where_files_may_not_be_large_a_buffer_does_not_scroll)
{
	struct session session = session_start(RELEASE_AT_ONCE);

	limit_files(PICTURE_BYTES + 64 * KIB);
	for (uint32_t frame = 1; frame < 5; frame++)
		frame_beyond_limit(&session, frame);
	limit_files(RLIM_INFINITY);
	session_stop(&session);
}

/* A window that is dragged has another size in each frame. */
TEST(where_files_may_not_be_large_that_is_said_once)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct messages messages;

	messages_catch(&messages);
	limit_files(PICTURE_BYTES + 64 * KIB);
	for (int width = WIDTH - 20; width < WIDTH; width++)
		session_frame(&session, width, HEIGHT, COOKIE, true, 1);
	CHECK_EQUAL(messages.errors, 0);
	CHECK_EQUAL(messages.warnings, 1);
	CHECK(strstr(messages.last, "no room to scroll in") != NULL);
	limit_files(RLIM_INFINITY);
	session_frame(&session, WIDTH, HEIGHT, COOKIE, true, 1);
	CHECK(shm_can_scroll(session_get(&session, WIDTH, HEIGHT, COOKIE, true)));
	messages_stop();
	session_stop(&session);
}

/* The file of a small buffer has room for others, if that can be had. */
TEST(where_files_may_not_be_large_small_buffers_have_small_ones)
{
	struct session session = session_start(RELEASE_AT_ONCE);

	limit_files(256 * KIB);
	for (unsigned i = 0; i < 20; i++) {
		struct buffer *buffer = session_frame(&session, 100, 100, COOKIE + i, true, i);

		CHECK(shm_can_scroll(buffer));
	}
	limit_files(RLIM_INFINITY);
	session_stop(&session);
}

/* A file of just the size that is allowed. */
TEST(a_file_may_be_as_large_as_the_limit)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);

	limit_files((PICTURE_BYTES + page_bytes - 1) / page_bytes * page_bytes);
	frame_beyond_limit(&session, 7);
	limit_files(RLIM_INFINITY);
	session_stop(&session);
}

TEST(where_files_may_hardly_be_larger_than_nothing_null_is_returned)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct runner_resources before = runner_count_resources();
	struct messages messages;

	shm_set_error_mode(SHM_ERRORS_RETURN);
	messages_catch(&messages);
	limit_files(4 * KIB);
	for (unsigned i = 1; i <= 3; i++) {
		errno = 0;
		CHECK(shm_get_buffer(session.shm, WIDTH, HEIGHT, COOKIE, true, 1) == NULL);
		CHECK_EQUAL(errno, EFBIG);
		CHECK_EQUAL(messages.errors, i);
	}
	CHECK(strstr(messages.last, "ftruncate") != NULL);
	limit_files(RLIM_INFINITY);
	messages_stop();
	CHECK_SAME_RESOURCES(before);
	CHECK(shm_can_scroll(session_frame(&session, WIDTH, HEIGHT, COOKIE, true, 1)));
	session_stop(&session);
}

TEST(where_files_may_hardly_be_larger_than_nothing_the_end_comes_after_one_line)
{
	EXPECT_ABORT("ftruncate") {
		struct session session = session_start(RELEASE_AT_ONCE);

		limit_files(4 * KIB);
		shm_get_buffer(session.shm, WIDTH, HEIGHT, COOKIE, true, 1);
	}
}

/* --- sandboxes ---------------------------------------------------------------------------------------------------- */

struct file {
	char name[256];
	int flags;
	struct stat status;
};

/* What is behind a descriptor, if it is a file whose name begins so. */
static bool look_at(int descriptor, const char *beginning, struct file *file)
{
	char path[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
	length = readlink(path, file->name, sizeof(file->name) - 1);
	file->name[length > 0 ? length : 0] = '\0';
	if (strncmp(file->name, beginning, strlen(beginning)) != 0)
		return false;
	file->flags = fcntl(descriptor, F_GETFD);
	return fstat(descriptor, &file->status) == 0;
}

/* How many descriptors have files whose names begin so, all of them as memory files are to be. */
static unsigned memory_files(const char *beginning, size_t *resident_bytes)
{
	unsigned count = 0;
	struct file file;

	*resident_bytes = 0;
	for (int descriptor = 0; descriptor < 256; descriptor++) {
		/* The statistics page has no pixels, and stays. */
		if (!look_at(descriptor, beginning, &file) || strstr(file.name, "millpond-stats") != NULL)
			continue;
		CHECK(descriptor > STDERR_FILENO);
		CHECK(file.flags & FD_CLOEXEC);
		CHECK(strstr(file.name, " (deleted)") != NULL);
		CHECK_EQUAL(file.status.st_nlink, 0);
		if (strcmp(beginning, MEMFD) != 0) /* these are nobody's else whatever their mode */
			CHECK_EQUAL(file.status.st_mode & 0177, 0);
		*resident_bytes += (size_t)file.status.st_blocks * 512;
		count++;
	}
	return count;
}

static void scroll_frames(const struct session *session, int width, int height)
{
	for (uint32_t frame = 0; frame < 100; frame++) {
		struct buffer *buffer = session_get(session, width, height, COOKIE, true);
		bool is_new = buffer->age != 0;

		CHECK(!is_new || buffer_is_all(buffer, 0));
		if (!is_new)
			CHECK(buffer_row(buffer, height - 1)[width - 1] == frame - 1);
		CHECK(shm_scroll(session->shm, buffer, 20, 0, 0, 0, 0));
		CHECK(is_new || buffer_row(buffer, height - 21)[width - 1] == frame - 1);
		CHECK_EQUAL(buffer_row(buffer, height - 1)[width - 1], 0);
		buffer_fill(buffer, frame);
		pixman_region32_union_rect(&buffer->dirty, &buffer->dirty, 0, 0, (unsigned)width, (unsigned)height);
		session_show(session, buffer);
	}
}

/* Of what goes on inside only what is to be said: not that each file has no seals. */
static void expect_no_complaint(int level, const char *text, void *complaints)
{
	*(unsigned *)complaints += level <= SHM_LOG_WARNING || strstr(text, "seal") != NULL;
}

/* All that a program does, without a word of it. Then the memory must have gone back. */
static void live_on(const char *beginning)
{
	struct session session = session_start(RELEASE_ON_REPLACE);
	unsigned complaints = 0;
	size_t resident_bytes;

	close(STDIN_FILENO); /* a number that the files must not have */
	shm_set_log_handler(expect_no_complaint, &complaints);
	scroll_frames(&session, 700, 500);
	CHECK(memory_files(beginning, &resident_bytes) > 0);
	scroll_frames(&session, 600, 400);
	for (unsigned i = 0; i < 30; i++)
		session_frame(&session, 30, 20, COOKIE + 1 + i, false, i);
	shm_purge(session.shm, COOKIE);
	scroll_frames(&session, 720, 520);
	CHECK(memory_files(beginning, &resident_bytes) > 0);
	/* Two views with half a view of slack each, the reserve, and the small ones. */
	CHECK(resident_bytes <= 3 * 720 * 520 * 4 + 2048 * KIB);
	shm_set_log_handler(NULL, NULL);
	CHECK_EQUAL(complaints, 0);
	session_stop(&session);
	CHECK_EQUAL(memory_files(beginning, &resident_bytes), 0);
	CHECK(open("/dev/null", O_RDONLY) == STDIN_FILENO);
}

TEST(a_sandbox_that_does_not_know_noexec_is_no_obstacle)
{
	refuse_memfd(MFD_NOEXEC_SEAL, EPERM);
	live_on(MEMFD);
}

TEST(where_memfd_is_not_implemented_there_are_other_files)
{
	refuse_memfd(0, ENOSYS);
	live_on(SHARED_MEMORY);
}

TEST(where_memfd_is_not_permitted_there_are_other_files)
{
	refuse_memfd(0, EPERM);
	live_on(SHARED_MEMORY);
}

static unsigned names_of_ours(void)
{
	DIR *folder = opendir(SHARED_MEMORY);
	unsigned count = 0;

	CHECK(folder != NULL);
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
		count += strncmp(entry->d_name, "millpond-", strlen("millpond-")) == 0;
	closedir(folder);
	return count;
}

TEST(where_no_file_is_made_without_a_name_it_has_none_afterwards)
{
	unsigned before = names_of_ours();

	refuse_memfd(0, EPERM);
	refuse_open(O_TMPFILE, EOPNOTSUPP);
	live_on(SHARED_MEMORY);
	CHECK_EQUAL(names_of_ours(), before);
}

TEST(where_no_file_can_be_had_the_error_is_that_of_memfd)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct messages messages;

	refuse_memfd(0, ENOSYS);
	refuse_open(O_RDWR, EROFS);
	shm_set_error_mode(SHM_ERRORS_RETURN);
	messages_catch(&messages);
	errno = 0;
	CHECK(shm_get_buffer(session.shm, WIDTH, HEIGHT, COOKIE, true, 1) == NULL);
	CHECK_EQUAL(errno, ENOSYS);
	CHECK_EQUAL(messages.errors, 1);
	CHECK(strstr(messages.last, "memfd_create") != NULL);
	messages_stop();
	session_stop(&session);
}
