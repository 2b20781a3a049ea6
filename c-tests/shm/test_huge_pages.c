/*
 * Huge pages are asked for where one lies in a buffer's memory as a whole, and what they bring is given back.
 *
 * Where the system has them on request (/sys/kernel/mm/transparent_hugepage/shmem_enabled says advise, within_size or
 * always), the same tests check more than elsewhere: then they are really there.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "compositor/session.h"
#include "support/clock_forward.h"
#include "support/runner.h"

#define COOKIE 77
#define WIDTH 1024 /* a row is 4 KiB */
#define HEIGHT 1700 /* a view is 6.6 MiB, a ring 13.3 MiB: it ends inside a huge page */
#define HUGE_PAGE_BYTES ((uint64_t)2 << 20)
#define WINDOWS 2

/* --- what was asked for ------------------------------------------------------------------------------------------ */

/* Memory that is said to be worth huge pages, to see whether the system shows that. */
static void *ask_for_control(void)
{
	void *control = mmap(NULL, HUGE_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(control != MAP_FAILED);
	madvise(control, HUGE_PAGE_BYTES, MADV_HUGEPAGE);
	return control;
}

/*
 * Bytes from `start` to `end` that were said to be worth huge pages. False: this system does not show it (qemu makes up
 * its own /proc/self/smaps).
 */
static bool asked_bytes(uint64_t start, uint64_t end, uint64_t *bytes)
{
	void *control = ask_for_control();
	FILE *file = fopen("/proc/self/smaps", "r");
	uint64_t from = 0, to = 0;
	bool is_control = false, is_shown = false;
	char line[1024];

	*bytes = 0;
	while (file && fgets(line, sizeof(line), file)) {
		uint64_t begins, ends;

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &begins, &ends) == 2) {
			is_control = begins <= (uintptr_t)control && (uintptr_t)control < ends;
			from = begins > start ? begins : start;
			to = ends < end ? ends : end;
		} else if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " hg")) {
			is_shown = is_shown || is_control;
			if (to > from && !is_control)
				*bytes += to - from;
		}
	}
	if (file)
		fclose(file);
	munmap(control, HUGE_PAGE_BYTES);
	return is_shown;
}

static bool huge_pages_come_on_request(void)
{
	char setting[128] = "";
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/shmem_enabled", "r");

	if (!file)
		return false;
	if (!fgets(setting, sizeof(setting), file))
		setting[0] = '\0';
	fclose(file);
	return strstr(setting, "[advise]") || strstr(setting, "[within_size]") || strstr(setting, "[always]");
}

/* Where the memory of a buffer begins in its file. It is new, or at the start of its ring. */
static uint64_t file_start(const struct buffer *buffer)
{
	CHECK(buffer->mmapped == buffer->real_mmapped);
	return (uint64_t)buffer->offset;
}

static void check_asked(const struct buffer *buffer)
{
	uint64_t start = file_start(buffer), end = start + buffer->mmap_size, bytes;
	uint64_t base = (uintptr_t)buffer->mmapped - start; /* where the file begins in memory */
	uint64_t whole_start = (start + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
	uint64_t whole_end = end / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;

	if (!asked_bytes(base + whole_start, base + whole_end, &bytes))
		SKIP("this system does not show what was asked for (/proc/self/smaps)");
	CHECK_EQUAL(bytes, whole_end - whole_start);
	/* Those at the ends would bring memory of a neighbour. */
	CHECK(asked_bytes(base + start, base + whole_start, &bytes));
	CHECK_EQUAL(bytes, 0);
	CHECK(asked_bytes(base + whole_end, base + end, &bytes));
	CHECK_EQUAL(bytes, 0);
}

TEST(large_buffers_ask_for_whole_huge_pages)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct buffer *windows[WINDOWS];

	for (unsigned long i = 0; i < WINDOWS; i++) {
		windows[i] = session_get(&session, WIDTH, HEIGHT, COOKIE + i, true);
		CHECK(windows[i]->mmap_size > windows[i]->size);
		check_asked(windows[i]);
	}
	check_asked(session_get(&session, WIDTH, HEIGHT, COOKIE + WINDOWS, false));
	session_stop(&session);
}

TEST(small_buffers_do_not_ask)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	uint64_t bytes;

	session_get(&session, WIDTH, 1000, COOKIE, true);
	session_get(&session, 24, 24, COOKIE, false);
	if (!asked_bytes(0, UINT64_MAX, &bytes))
		SKIP("this system does not show what was asked for (/proc/self/smaps)");
	CHECK_EQUAL(bytes, 0);
	session_stop(&session);
}

/* --- what came --------------------------------------------------------------------------------------------------- */

static long page_faults(void)
{
	struct rusage usage;

	CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
	return usage.ru_minflt;
}

static void paint(const struct buffer *buffer)
{
	for (int y = 0; y < buffer->height; y++)
		for (int x = 0; x < buffer->width; x += 64)
			buffer_row(buffer, y)[x] = (uint32_t)(y * buffer->width + x + 1);
}

static void check_painted(const struct buffer *buffer)
{
	for (int y = 0; y < buffer->height; y++)
		for (int x = 0; x < buffer->width; x += 64)
			CHECK_EQUAL(buffer_row(buffer, y)[x], y * buffer->width + x + 1);
}

TEST(a_new_buffer_costs_a_page_fault_for_each_huge_page)
{
	struct session session = session_start(RELEASE_AT_ONCE);

	if (!huge_pages_come_on_request())
		SKIP("huge pages for memory files do not come on request (shmem_enabled)");
	/* Whatever is needed once. */
	struct buffer *first = session_get(&session, WIDTH, HEIGHT, COOKIE, true);

	session_show(&session, first);
	if ((uintptr_t)first->mmapped % HUGE_PAGE_BYTES != file_start(first) % HUGE_PAGE_BYTES)
		SKIP("the memory is mapped where no huge page fits (as valgrind does)");

	long faults = page_faults();
	struct buffer *buffer = session_get(&session, WIDTH, HEIGHT, COOKIE + 1, true);

	paint(buffer);
	faults = page_faults() - faults;
	/* What lies in huge pages as a whole needs some; up to one of 2 MiB at either end comes in small ones. */
	CHECK(faults < (long)(buffer->size / (size_t)sysconf(_SC_PAGESIZE)) - 512);
	session_stop(&session);
}

/* The rings lie side by side and end inside a huge page; one of them scrolls a little, then both rest. */
TEST(what_came_with_huge_pages_is_given_back)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct buffer *windows[WINDOWS];

	for (unsigned long i = 0; i < WINDOWS; i++) {
		windows[i] = session_get(&session, WIDTH, HEIGHT, COOKIE + i, true);
		for (unsigned long step = 0; step < 5 * i; step++)
			CHECK(shm_scroll(session.shm, windows[i], 30, 0, 0, 0, 0));
		paint(windows[i]);
		session_show(&session, windows[i]);
		CHECK(buffer_resident_pages(windows[i]) >= buffer_view_pages(windows[i]));
		CHECK(buffer_resident_pages(windows[i]) <= 2 * buffer_view_pages(windows[i]));
	}
	clock_put_forward(UNTIL_RINGS_REST_MS);
	for (int frame = 0; frame < 100; frame++)
		for (unsigned long i = 0; i < WINDOWS; i++) {
			CHECK(session_get(&session, WIDTH, HEIGHT, COOKIE + i, true) == windows[i]);
			session_show(&session, windows[i]);
		}
	for (unsigned long i = 0; i < WINDOWS; i++) {
		check_painted(windows[i]);
		CHECK_EQUAL(buffer_resident_pages(windows[i]), buffer_view_pages(windows[i]));
	}
	session_stop(&session);
}

/* A buffer that ends where another asked for huge pages: what comes along lies in free memory, and is used next. */
TEST(what_came_into_free_memory_is_as_new)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct buffer *ring = session_get(&session, WIDTH, 1400, COOKIE, true);
	uint64_t start = file_start(ring);
	/* Behind the ring in the same file, which therefore stays. */
	struct buffer *last = session_get(&session, WIDTH, 1300, COOKIE + 1, false);

	CHECK(last->pool == ring->pool && file_start(last) == start + ring->mmap_size);
	session_show(&session, ring);
	/* The first goes when its successor is asked for again. */
	for (int frame = 0; frame < 2; frame++)
		session_show(&session, session_get(&session, 64, 64, COOKIE, false));

	struct buffer *longer = session_get(&session, WIDTH, 1500, COOKIE + 2, false);

	CHECK(longer->pool == last->pool && file_start(longer) == start);
	paint(longer);

	struct buffer *behind = session_get(&session, WIDTH, 1250, COOKIE + 3, false);

	CHECK(behind->pool == last->pool && file_start(behind) == start + longer->mmap_size);
	for (int y = 0; y < behind->height; y++)
		CHECK_EQUAL(buffer_row(behind, y)[0], 0);
	paint(behind);
	check_painted(longer);
	session_stop(&session);
}

/* Sizes follow each other in the same memory. */
TEST(sizes_that_change_keep_their_pixels_and_their_memory)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct buffer *buffer = NULL;

	for (int frame = 0; frame < 300; frame++) {
		int height = 1100 + frame * 377 % 900;

		buffer = session_get(&session, WIDTH, height, COOKIE, frame % 3 != 0);
		for (int y = 0; y < height; y += 50)
			CHECK_EQUAL(buffer_row(buffer, y)[0], 0);
		paint(buffer);
		if (frame % 3 != 0 && frame % 2 == 0)
			CHECK(shm_scroll(session.shm, buffer, 20, 0, 0, 0, 0));
		paint(buffer);
		session_show(&session, buffer);
	}
	clock_put_forward(UNTIL_RINGS_REST_MS);
	for (int frame = 0; frame < 200; frame++) {
		buffer = session_get(&session, WIDTH, 1100, COOKIE, true);
		if (frame == 0)
			paint(buffer);
		session_show(&session, buffer);
	}
	check_painted(buffer);
	CHECK_EQUAL(buffer_resident_pages(buffer), buffer_view_pages(buffer));
	session_stop(&session);
}
