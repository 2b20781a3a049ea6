/* What can be seen of another process, by /proc. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "leaks/look.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/runner.h"

#define HEADER_BYTES 128
#define RECORD_BYTES 256
#define KIND_GROUP 2
#define KIND_BUFFER 3

struct header {
	char magic[8];
	uint32_t version, header_bytes, record_bytes, record_count, used_count, pid;
	char rest[HEADER_BYTES - 32];
};

static DIR *open_descriptors(pid_t process)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)process);
	DIR *directory = opendir(path);

	CHECK(directory != NULL);
	return directory;
}

/* The next entry that is a memory file of this name; NULL: there is no other. */
static const char *next_of(DIR *directory, const char *name)
{
	char expected[64];

	snprintf(expected, sizeof(expected), "/memfd:%s (deleted)", name);
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		char target[64] = "";

		if (readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1) > 0 && strcmp(target, expected) == 0)
			return entry->d_name;
	}
	return NULL;
}

static int open_page(pid_t process)
{
	DIR *directory = open_descriptors(process);
	const char *number = next_of(directory, "millpond-stats");
	int page = number != NULL ? openat(dirfd(directory), number, O_RDONLY | O_CLOEXEC) : -1;

	closedir(directory);
	return page;
}

static void take_record(struct look *look, const struct look_group *record)
{
	if (record->generation % 2 == 0)
		return;
	if (record->kind == KIND_GROUP) {
		CHECK(look->groups < LOOK_GROUPS);
		look->group[look->groups++] = *record;
	} else if (record->kind == KIND_BUFFER) {
		CHECK(look->buffers < LOOK_BUFFERS);
		memcpy(&look->buffer[look->buffers++], record, sizeof(*record));
	}
}

bool look_at_page(pid_t process, struct look *look)
{
	int page = open_page(process);
	struct header header;

	CHECK(sizeof(struct look_group) == RECORD_BYTES && sizeof(struct look_buffer) == RECORD_BYTES);
	memset(look, 0, sizeof(*look));
	if (page < 0)
		return false;
	CHECK(pread(page, &header, sizeof(header), 0) == (ssize_t)sizeof(header));
	CHECK(memcmp(header.magic, "MILLPOND", 8) == 0 && header.version == 1 && header.pid == (uint32_t)process);
	CHECK(header.header_bytes == HEADER_BYTES && header.record_bytes == RECORD_BYTES);
	for (uint32_t i = 0; i < header.used_count; i++) {
		struct look_group record;

		CHECK(pread(page, &record, sizeof(record), HEADER_BYTES + (off_t)i * RECORD_BYTES) == RECORD_BYTES);
		take_record(look, &record);
	}
	close(page);
	return true;
}

uint64_t look_lost(const struct look_group *group)
{
	uint64_t known = group->held + group->cached;

	return group->live > known ? group->live - known : 0;
}

unsigned look_descriptors(pid_t process, const char *name, uint64_t inode)
{
	DIR *directory = open_descriptors(process);
	unsigned count = 0;

	for (const char *number; (number = next_of(directory, name)) != NULL;) {
		struct stat status;

		count += inode == 0 || (fstatat(dirfd(directory), number, &status, 0) == 0 && status.st_ino == inode);
	}
	closedir(directory);
	return count;
}

unsigned look_mapped_files(pid_t process, const char *name)
{
	char path[64], expected[64], *line = NULL;
	unsigned long long inode, seen[256];
	size_t capacity_bytes = 0;
	unsigned count = 0;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)process);
	snprintf(expected, sizeof(expected), "/memfd:%s (deleted)\n", name);
	FILE *maps = fopen(path, "re");
	CHECK(maps != NULL);
	while (getline(&line, &capacity_bytes, maps) > 0) {
		const char *target = strchr(line, '/');
		unsigned i = 0;

		if (target == NULL || strcmp(target, expected) != 0 || sscanf(line, "%*s %*s %*s %*s %llu", &inode) != 1)
			continue;
		while (i < count && seen[i] != inode)
			i++;
		if (i == count && count < sizeof(seen) / sizeof(seen[0]))
			seen[count++] = inode;
	}
	free(line);
	fclose(maps);
	return count;
}
