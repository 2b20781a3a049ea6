#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "statistics/page.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/runner.h"

#define PAGE_NAME "/memfd:millpond-stats"
#define PATH_BYTES 64

/* Numbers are little-endian on each machine. */
static uint64_t number_at(const unsigned char *place, unsigned bytes)
{
	uint64_t number = 0;

	while (bytes-- > 0)
		number = number << 8 | place[bytes];
	return number;
}

static void read_at(const struct page *page, void *to, size_t bytes, off_t offset)
{
	CHECK_EQUAL(pread(page->file, to, bytes, offset), bytes);
}

static void read_header(struct page *page)
{
	unsigned char header[128];

	read_at(page, header, sizeof(header), 0);
	CHECK(memcmp(header, "MILLPOND", 8) == 0);
	page->version = (uint32_t)number_at(header + 8, 4);
	page->header_bytes = (uint32_t)number_at(header + 12, 4);
	page->record_bytes = (uint32_t)number_at(header + 16, 4);
	page->record_count = (uint32_t)number_at(header + 20, 4);
	page->used_count = (uint32_t)number_at(header + 24, 4);
	page->pid = (uint32_t)number_at(header + 28, 4);
	page->left_out = number_at(header + 40, 8);
	memcpy(page->program, header + 48, 32);
	page->program[32] = '\0';
	CHECK_EQUAL(page->version, 1);
	CHECK(page->used_count <= page->record_count && page->record_bytes >= 256);
}

unsigned page_open(struct page *page, pid_t process)
{
	char path[PATH_BYTES], target[sizeof(PAGE_NAME)];
	DIR *directory;
	unsigned count = 0;

	*page = (struct page){ .file = -1 };
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)process);
	CHECK((directory = opendir(path)) != NULL);
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		memset(target, 0, sizeof(target));
		if (readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1) < 0 ||
		    strcmp(target, PAGE_NAME) != 0)
			continue;
		/* What this process has opened itself to read a page is none of its own. */
		if (process == getpid() && (fcntl(atoi(entry->d_name), F_GETFL) & O_ACCMODE) == O_RDONLY)
			continue;
		page_close(page);
		page->file = openat(dirfd(directory), entry->d_name, O_RDONLY | O_CLOEXEC);
		CHECK(page->file >= 0);
		count++;
	}
	closedir(directory);
	if (count != 0)
		read_header(page);
	return count;
}

void page_close(struct page *page)
{
	if (page->file >= 0)
		CHECK_EQUAL(close(page->file), 0);
	page->file = -1;
}

static bool is_in_use(const unsigned char *record, uint32_t kind)
{
	return number_at(record, 4) == kind && number_at(record + 4, 4) % 2 == 1;
}

static off_t place_of(const struct page *page, uint32_t number)
{
	return (off_t)page->header_bytes + (off_t)number * (off_t)page->record_bytes;
}

bool page_find_pool(const struct page *page, const char *name, struct pool_record *found)
{
	struct page now = *page;
	unsigned char record[256];
	unsigned count = 0;

	read_header(&now);
	for (uint32_t number = 0; number < now.used_count; number++) {
		uint64_t *const fields[] = { &found->frees,       &found->allocs,          &found->fails,
					     &found->arena_bytes, &found->allocated_bytes, &found->block_bytes,
					     &found->peak_bytes,  &found->limit_bytes,     &found->largest_free_bytes,
					     &found->arenas,      &found->moves,           &found->set_aside };

		read_at(&now, record, sizeof(record), place_of(&now, number));
		if (!is_in_use(record, RECORD_POOL) || strncmp((const char *)record + 8, name, 32) != 0)
			continue;
		count++;
		found->number = number;
		memcpy(found->name, record + 8, 32);
		found->name[32] = '\0';
		for (size_t field = 0; field < sizeof(fields) / sizeof(fields[0]); field++)
			*fields[field] = number_at(record + 40 + field * 8, 8);
	}
	CHECK(count <= 1);
	return count == 1;
}

unsigned page_count_records(const struct page *page, uint32_t kind)
{
	struct page now = *page;
	unsigned char record[256];
	unsigned count = 0;

	read_header(&now);
	for (uint32_t number = 0; number < now.used_count; number++) {
		read_at(&now, record, sizeof(record), place_of(&now, number));
		count += is_in_use(record, kind);
	}
	return count;
}
