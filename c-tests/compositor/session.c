/* A program with a window that uses shm.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "compositor/session.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wayland-client.h>

#include "support/runner.h"

struct session session_start_with(const struct compositor_options *options)
{
	struct session session = { .compositor = compositor_start(options) };

	session.window = window_open(session.compositor);
	session.shm = compositor_shm(session.compositor);
	CHECK(options->dies_at_message != 0 || compositor_pump(session.compositor));
	return session;
}

struct session session_start(enum release_policy policy)
{
	return session_start_with(&(struct compositor_options){ .policy = policy, .late_commits = 2 });
}

void session_stop(struct session *session)
{
	struct compositor_counts counts;

	shm_fini();
	bool is_alive = compositor_pump(session->compositor);
	counts = compositor_counts(session->compositor);
	CHECK_EQUAL(counts.held_changed, 0);
	CHECK(compositor_protocol_error(session->compositor) == NULL);
	CHECK(compositor_broken_rule(session->compositor) == NULL);
	if (is_alive) {
		CHECK_EQUAL(counts.pools_live, 0);
		CHECK_EQUAL(counts.buffers_live, 0);
	}
	window_close(&session->window);
	compositor_stop(session->compositor);
}

struct buffer *session_get(const struct session *session, int width, int height, unsigned long cookie,
			   bool is_scrollable)
{
	struct buffer *buffer = shm_get_buffer(session->shm, width, height, cookie, is_scrollable, 1);

	CHECK(buffer != NULL);
	CHECK(buffer->busy && !buffer->purge);
	CHECK(buffer->cookie == cookie);
	CHECK_EQUAL(buffer->width, width);
	CHECK_EQUAL(buffer->height, height);
	CHECK_EQUAL(buffer->stride, width * 4);
	CHECK_EQUAL(buffer->size, (size_t)width * 4 * (size_t)height);
	CHECK_EQUAL(buffer->pix_instances, 1);
	CHECK(buffer->mmapped != NULL && buffer->wl_buf != NULL && buffer->pix != NULL && buffer->pix[0] != NULL);
	CHECK(buffer->scroll_damage == NULL && buffer->scroll_damage_count == 0);
	CHECK(!pixman_region32_not_empty(&buffer->dirty));
	CHECK(buffer->age != 1);
	return buffer;
}

void session_show(const struct session *session, struct buffer *buffer)
{
	buffer->age = 0;
	CHECK(window_show(&session->window, buffer->wl_buf));
}

struct buffer *session_frame(const struct session *session, int width, int height, unsigned long cookie,
			     bool is_scrollable, uint32_t colour)
{
	struct buffer *buffer = session_get(session, width, height, cookie, is_scrollable);

	buffer_fill(buffer, colour);
	session_show(session, buffer);
	return buffer;
}

uint32_t *buffer_row(const struct buffer *buffer, int row)
{
	return (void *)((char *)buffer->mmapped + (size_t)row * (size_t)buffer->stride);
}

void buffer_fill(struct buffer *buffer, uint32_t colour)
{
	for (int y = 0; y < buffer->height; y++)
		for (int x = 0; x < buffer->width; x++)
			buffer_row(buffer, y)[x] = colour;
}

bool buffer_is_all(const struct buffer *buffer, uint32_t colour)
{
	for (int y = 0; y < buffer->height; y++)
		for (int x = 0; x < buffer->width; x++)
			if (buffer_row(buffer, y)[x] != colour)
				return false;
	return true;
}

size_t buffer_view_pages(const struct buffer *buffer)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t view = (uintptr_t)buffer->mmapped;

	return (view + buffer->size + page_bytes - 1) / page_bytes - view / page_bytes;
}

size_t buffer_resident_pages(const struct buffer *buffer)
{
	static unsigned char is_resident[1 << 14];
	size_t pages = buffer->mmap_size / (size_t)sysconf(_SC_PAGESIZE), count = 0;

	CHECK(pages <= sizeof(is_resident));
	CHECK(mincore(buffer->real_mmapped, buffer->mmap_size, is_resident) == 0);
	for (size_t page = 0; page < pages; page++)
		count += is_resident[page] & 1;
	return count;
}

size_t memory_file_bytes(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t bytes = 0;

	CHECK(directory != NULL);
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		struct stat status;
		int descriptor = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && fcntl(descriptor, F_GET_SEALS) >= 0 && fstat(descriptor, &status) == 0)
			bytes += (size_t)status.st_blocks * 512;
	}
	closedir(directory);
	return bytes;
}

static void note_message(int level, const char *text, void *user)
{
	struct messages *messages = user;

	CHECK(level >= SHM_LOG_ERROR && level <= SHM_LOG_DEBUG);
	CHECK(text[0] != '\0' && strchr(text, '\n') == NULL);
	if (level == SHM_LOG_ERROR)
		messages->errors++;
	else if (level == SHM_LOG_WARNING)
		messages->warnings++;
	else
		messages->others++;
	if (level <= SHM_LOG_WARNING)
		snprintf(messages->last, sizeof(messages->last), "%s", text);
}

void messages_catch(struct messages *messages)
{
	memset(messages, 0, sizeof(*messages));
	shm_set_log_handler(note_message, messages);
}

void messages_stop(void)
{
	shm_set_log_handler(NULL, NULL);
}
