#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "support/mappings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support/runner.h"

#define FILE_BYTES (4 << 20)
#define STATISTICS_PAGE "/memfd:millpond-stats"

static char text[FILE_BYTES + 1];

struct mappings count_mappings(void)
{
	struct mappings found = { 0, 0 };
	size_t length = 0;
	ssize_t count;
	int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

	CHECK(file >= 0);
	while ((count = read(file, text + length, FILE_BYTES - length)) > 0)
		length += (size_t)count;
	CHECK(count == 0 && length < FILE_BYTES);
	close(file);
	text[length] = '\0';
	for (char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
		char *dash;
		unsigned long long begin = strtoull(line, &dash, 16), end = strtoull(dash + 1, NULL, 16);
		char *page = strstr(line, STATISTICS_PAGE);

		if (page != NULL && page < strchr(line, '\n'))
			continue;
		found.count++;
		found.bytes += (size_t)(end - begin);
	}
	return found;
}

bool is_mapped(const void *address)
{
	uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
	void *page = (void *)((uintptr_t)address / page_bytes * page_bytes);

	return msync(page, page_bytes, MS_ASYNC) == 0 || errno != ENOMEM;
}

static struct rlimit usual = { RLIM_INFINITY, RLIM_INFINITY };

void no_more_address_space(void)
{
	struct rlimit none = { 0 };

	if (getrlimit(RLIMIT_AS, &usual) == 0)
		none.rlim_max = usual.rlim_max;
	if (setrlimit(RLIMIT_AS, &none) != 0 ||
	    mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		SKIP("address space cannot be limited here");
}

void address_space_as_usual(void)
{
	setrlimit(RLIMIT_AS, &usual);
}
