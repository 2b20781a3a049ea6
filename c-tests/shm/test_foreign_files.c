/*
 * A program closes a descriptor that is not its own, and opens a document: it has the number of a memory file of the
 * library's. The document must stay as it is, and open; and the library works on.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compositor/session.h"
#include "support/clock_forward.h"
#include "support/runner.h"

#define COOKIE 92
#define WIDTH 600
#define DOCUMENT_BYTES (8u << 20)
#define FILES_MAX 8

/* The numbers of the library's memory files. */
static unsigned find_memory_files(int *numbers)
{
	unsigned count = 0;

	for (int number = 3; number < 256 && count < FILES_MAX; number++) {
		char path[64], name[64];
		ssize_t length;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", number);
		length = readlink(path, name, sizeof(name) - 1);
		name[length > 0 ? length : 0] = '\0';
		if (strncmp(name, "/memfd:", strlen("/memfd:")) == 0 && strstr(name, "millpond-stats") == NULL)
			numbers[count++] = number;
	}
	return count;
}

struct document {
	int number;
	ino_t inode;
};

static struct document open_document(int number)
{
	char path[] = "/tmp/millpond-document-XXXXXX";
	int descriptor = mkstemp(path);
	struct stat status;
	char *text = malloc(DOCUMENT_BYTES);

	CHECK(descriptor >= 0 && unlink(path) == 0 && text != NULL);
	memset(text, 'x', DOCUMENT_BYTES);
	CHECK(write(descriptor, text, DOCUMENT_BYTES) == DOCUMENT_BYTES);
	free(text);
	CHECK(fstat(descriptor, &status) == 0);
	CHECK(dup2(descriptor, number) == number);
	close(descriptor);
	return (struct document){ number, status.st_ino };
}

static void check_is_whole(const struct document *document)
{
	struct stat status;
	char *text = malloc(DOCUMENT_BYTES);

	CHECK(fstat(document->number, &status) == 0 && status.st_ino == document->inode);
	CHECK_EQUAL(status.st_size, DOCUMENT_BYTES);
	CHECK(text != NULL && pread(document->number, text, DOCUMENT_BYTES, 0) == DOCUMENT_BYTES);
	CHECK(text[0] == 'x' && memcmp(text, text + 1, DOCUMENT_BYTES - 1) == 0);
	free(text);
}

static void scroll_frames(const struct session *session, int side, unsigned frames)
{
	for (uint32_t frame = 1; frame <= frames; frame++) {
		struct buffer *buffer = session_get(session, side, side, COOKIE, true);

		CHECK(buffer->age != 1234 || buffer_is_all(buffer, 0));
		CHECK(shm_scroll(session->shm, buffer, 30, 0, 0, 0, 0));
		buffer_fill(buffer, frame);
		session_show(session, buffer);
		CHECK_EQUAL(compositor_frame(session->compositor).pixels[side * side - 1], frame);
	}
}

/* The ring has not scrolled for some time, and gives back what is not its view. */
static void rest(const struct session *session, int side)
{
	clock_put_forward(2000);
	for (unsigned i = 0; i < 100; i++)
		session_frame(session, side, side, COOKIE, true, i);
}

static size_t bytes_of(int descriptor)
{
	struct stat status;

	CHECK(fstat(descriptor, &status) == 0);
	return (size_t)status.st_blocks * 512;
}

/* Without a descriptor memory goes back by an advice, which qemu does not pass on. */
static void check_was_given_back(int descriptor, size_t bytes_before)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	int probe = memfd_create("probe", MFD_CLOEXEC);
	char *page;
	bool has_gone;

	CHECK(probe >= 0 && ftruncate(probe, (off_t)page_bytes) == 0);
	page = mmap(NULL, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, probe, 0);
	CHECK(page != MAP_FAILED);
	page[0] = 1;
	has_gone = madvise(page, page_bytes, MADV_REMOVE) == 0 && bytes_of(probe) == 0;
	munmap(page, page_bytes);
	close(probe);
	if (has_gone)
		CHECK(bytes_of(descriptor) < bytes_before * 3 / 4);
	else
		printf("# memory cannot be given back by advice here\n");
}

TEST(a_document_under_the_number_of_a_memory_file_stays_as_it_is)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct messages messages;
	struct document document;
	int numbers[FILES_MAX], second_look;
	size_t bytes;

	scroll_frames(&session, WIDTH, 200);
	CHECK_EQUAL(find_memory_files(numbers), 1);
	second_look = dup(numbers[0]);
	document = open_document(numbers[0]);
	messages_catch(&messages);
	scroll_frames(&session, WIDTH, 200);
	bytes = bytes_of(second_look);
	rest(&session, WIDTH);
	check_is_whole(&document);
	/* What was at rest has been given back all the same. */
	check_was_given_back(second_look, bytes);
	close(second_look);
	scroll_frames(&session, WIDTH / 2, 50);
	scroll_frames(&session, WIDTH + 10, 50);
	check_is_whole(&document);
	shm_purge(session.shm, COOKIE);
	check_is_whole(&document);
	scroll_frames(&session, WIDTH, 50);
	shm_fini();
	check_is_whole(&document);
	messages_stop();
	CHECK_EQUAL(messages.errors, 0);
	CHECK_EQUAL(messages.warnings, 1);
	CHECK(strstr(messages.last, "descriptor") != NULL);
	close(document.number);
	session_stop(&session);
}

/* Nothing but the end: what was closed already is not closed again. */
TEST(a_document_under_the_number_of_a_memory_file_stays_open_at_the_end)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct document documents[FILES_MAX];
	int numbers[FILES_MAX];
	unsigned count;

	scroll_frames(&session, WIDTH, 3);
	session_frame(&session, 30, 20, COOKIE + 1, false, 1);
	count = find_memory_files(numbers);
	CHECK(count > 1);
	for (unsigned i = 0; i < count; i++)
		documents[i] = open_document(numbers[i]);
	session_stop(&session);
	for (unsigned i = 0; i < count; i++) {
		check_is_whole(&documents[i]);
		close(documents[i].number);
	}
}

/* Also where memory cannot be given back without a descriptor: locked memory cannot. */
TEST(a_document_is_not_taken_for_a_file_of_locked_memory)
{
	struct session session;
	struct messages messages;
	struct document document;
	int numbers[FILES_MAX];

	session = session_start(RELEASE_AT_ONCE);
	struct buffer *buffer = session_get(&session, WIDTH / 2, WIDTH / 2, COOKIE, true);
	if (mlock(buffer->real_mmapped, buffer->mmap_size) != 0)
		SKIP("memory cannot be locked");
	session_show(&session, buffer);
	scroll_frames(&session, WIDTH / 2, 100);
	CHECK_EQUAL(find_memory_files(numbers), 1);
	document = open_document(numbers[0]);
	messages_catch(&messages);
	scroll_frames(&session, WIDTH / 2, 100);
	rest(&session, WIDTH / 2);
	check_is_whole(&document);
	shm_purge(session.shm, COOKIE);
	scroll_frames(&session, WIDTH, 20);
	shm_fini();
	check_is_whole(&document);
	messages_stop();
	CHECK_EQUAL(messages.errors, 0);
	CHECK_EQUAL(messages.warnings, 1);
	close(document.number);
	session_stop(&session);
}

/* Closed, and nothing opened: memory goes back as before, of this file and of others. */
TEST(a_memory_file_may_be_closed_by_others)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	int numbers[FILES_MAX], second_look;
	size_t bytes;

	scroll_frames(&session, WIDTH, 200);
	CHECK_EQUAL(find_memory_files(numbers), 1);
	second_look = dup(numbers[0]);
	close(numbers[0]);
	scroll_frames(&session, WIDTH, 200);
	bytes = bytes_of(second_look);
	rest(&session, WIDTH);
	check_was_given_back(second_look, bytes);
	close(second_look);
	scroll_frames(&session, WIDTH / 2, 100);
	shm_purge(session.shm, COOKIE);
	scroll_frames(&session, WIDTH, 100);
	session_stop(&session);
}
