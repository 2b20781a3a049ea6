#include "support/memory.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 4096
#define BLOCK_BYTES 512 /* the unit of st_blocks, whatever the file system */

static void read_status(struct memory_use *use)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];
	unsigned long long kilobytes;

	if (!status)
		return;
	while (fgets(line, sizeof(line), status)) {
		if (sscanf(line, "VmSize: %llu", &kilobytes) == 1)
			use->virtual_bytes = kilobytes * 1024;
		else if (sscanf(line, "VmPTE: %llu", &kilobytes) == 1)
			use->page_table_bytes = kilobytes * 1024;
	}
	fclose(status);
}

static void read_mappings(struct memory_use *use)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[1024];

	if (!maps)
		return;
	while (fgets(line, sizeof(line), maps))
		use->file_mappings += strstr(line, " /memfd:") != NULL;
	fclose(maps);
}

void memory_fetch(uint64_t bytes)
{
	const size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	/* Huge pages are found in other places than small ones. */
	static const int advices[] = { MADV_HUGEPAGE, MADV_NOHUGEPAGE };

	for (int turn = 0; turn < 2; turn++) {
		volatile char *start = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (start == MAP_FAILED)
			return;
		madvise((void *)start, (size_t)bytes, advices[turn]);
		for (size_t i = 0; i < bytes; i += page_bytes)
			start[i] = 1;
		munmap((void *)start, (size_t)bytes);
	}
}

uint64_t memory_resident_bytes(int descriptor)
{
	struct stat file;

	return fstat(descriptor, &file) == 0 ? (uint64_t)file.st_blocks * BLOCK_BYTES : 0;
}

/* Whether a descriptor is one of a memory file whose name begins so. */
static bool is_memory_file(int folder, const char *descriptor, const char *beginning)
{
	static const char prefix[] = "/memfd:";
	const size_t prefix_length = sizeof(prefix) - 1;
	char target[256];
	ssize_t length = readlinkat(folder, descriptor, target, sizeof(target) - 1);

	if (length < 0)
		return false;
	target[length] = '\0';
	return strncmp(target, prefix, prefix_length) == 0 &&
	       strncmp(target + prefix_length, beginning, strlen(beginning)) == 0;
}

static void count_file(struct memory_use *use, ino_t *seen, int descriptor)
{
	struct stat file;

	use->file_descriptors++;
	if (fstat(descriptor, &file) != 0)
		return;
	for (uint64_t i = 0; i < use->files; i++) {
		if (seen[i] == file.st_ino)
			return;
	}
	if (use->files < FILES_MAX)
		seen[use->files++] = file.st_ino;
	use->resident_bytes += (uint64_t)file.st_blocks * BLOCK_BYTES;
}

static void read_descriptors(struct memory_use *use, const char *beginning)
{
	static ino_t seen[FILES_MAX];
	DIR *listing = opendir("/proc/self/fd");
	struct dirent *entry;

	if (!listing)
		return;
	while ((entry = readdir(listing))) {
		if (is_memory_file(dirfd(listing), entry->d_name, beginning))
			count_file(use, seen, atoi(entry->d_name));
	}
	closedir(listing);
}

uint64_t memory_resident_bytes_named(const char *beginning)
{
	struct memory_use use = { 0 };

	read_descriptors(&use, beginning);
	return use.resident_bytes;
}

struct memory_use memory_use(void)
{
	struct memory_use use = { 0 };

	read_status(&use);
	read_mappings(&use);
	read_descriptors(&use, "");
	return use;
}
