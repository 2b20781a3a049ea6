#define _GNU_SOURCE
#include "holes.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shared/clock.h"

#define FILE_BYTES (512u << 20)

struct holes {
	int fd;
	unsigned char *memory;       /* of the whole file */
	unsigned char *seen;         /* what a compositor has copied */
	size_t page_bytes;
	size_t offset_bytes;         /* of the view in the file */
	size_t view_bytes, title_bytes, shift_bytes;
	unsigned system_calls;
};

static bool punch(struct holes *holes, size_t from_bytes, size_t length_bytes)
{
	holes->system_calls++;
	return fallocate(holes->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from_bytes,
			 (off_t)length_bytes) == 0;
}

/* Drawing does this: the first byte that is written to a page brings it. */
static void touch(const struct holes *holes, size_t from_bytes, size_t end_bytes)
{
	volatile unsigned char *memory = holes->memory;
	for (size_t at = from_bytes; at < end_bytes; at += holes->page_bytes)
		memory[at] = 1;
}

/* The view is at the end of the file: it goes to the beginning, and what was behind that is a hole. */
static bool turn(struct holes *holes)
{
	memcpy(holes->memory, holes->memory + holes->offset_bytes, holes->view_bytes);
	holes->offset_bytes = 0;
	return punch(holes, holes->view_bytes, FILE_BYTES - holes->view_bytes);
}

static bool scroll(struct holes *holes)
{
	if (holes->offset_bytes + holes->shift_bytes + holes->view_bytes > FILE_BYTES && !turn(holes))
		return false;
	size_t last_bytes = holes->offset_bytes;
	holes->offset_bytes += holes->shift_bytes;
	memmove(holes->memory + holes->offset_bytes, holes->memory + last_bytes, holes->title_bytes);
	bool is_punched = punch(holes, 0, holes->offset_bytes);
	touch(holes, last_bytes + holes->view_bytes, holes->offset_bytes + holes->view_bytes);
	return is_punched;
}

static bool measure(struct holes *holes, struct holes_cost *cost)
{
	unsigned steps = (unsigned)(FILE_BYTES / holes->shift_bytes);
	uint64_t spent_ns = 0;
	long faults = 0;
	bool is_well = true;
	memset(holes->memory, 1, holes->view_bytes);
	holes->system_calls = 0;
	for (unsigned i = 0; i < steps && is_well; i++) {
		struct rusage before, after;
		getrusage(RUSAGE_THREAD, &before);
		uint64_t start_ns = clock_thread_ns();
		is_well = scroll(holes);
		spent_ns += clock_thread_ns() - start_ns;
		getrusage(RUSAGE_THREAD, &after);
		faults += after.ru_minflt - before.ru_minflt;
		/* As the embedded compositor reads what it is given: the caches are as they are there. */
		memcpy(holes->seen, holes->memory + holes->offset_bytes, holes->view_bytes);
	}
	cost->us = (double)spent_ns / 1e3 / steps;
	cost->system_calls = (double)holes->system_calls / steps;
	cost->page_faults = (double)faults / steps;
	return is_well;
}

bool holes_measure(const struct layout *layout, int rows, struct holes_cost *cost)
{
	size_t stride_bytes = (size_t)layout->width * 4;
	struct holes holes = {
		.page_bytes = (size_t)sysconf(_SC_PAGESIZE),
		.view_bytes = (size_t)layout->height * stride_bytes,
		.title_bytes = (size_t)layout->title_rows * stride_bytes,
		.shift_bytes = (size_t)rows * stride_bytes,
	};
	if (holes.view_bytes + holes.shift_bytes > FILE_BYTES / 2)
		return false;
	holes.fd = memfd_create("holes", MFD_CLOEXEC);
	if (holes.fd < 0)
		return false;
	void *memory = MAP_FAILED;
	if (ftruncate(holes.fd, FILE_BYTES) == 0)
		memory = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, holes.fd, 0);
	holes.seen = malloc(holes.view_bytes);
	bool is_well = false;
	if (memory != MAP_FAILED && holes.seen != NULL) {
		holes.memory = memory;
		is_well = measure(&holes, cost);
	}
	if (memory != MAP_FAILED)
		munmap(memory, FILE_BYTES);
	free(holes.seen);
	close(holes.fd);
	return is_well;
}
