/*
 * What nobody can go below, with nothing of ours: the copy that carries a view to the other end of a ring of two views,
 * beside memmove in place; the rows that a step exposes, zeroed and written; and unmapping pages. Only on request.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shm/scenarios.h"
#include "support/clock.h"
#include "support/report.h"

#define PIXEL_BYTES 4
#define ROWS 40
#define ROOM_DIVISOR 8
#define LAPS_MAX 64
#define LABEL_PAGES 600

static char *map(int file, size_t bytes)
{
	char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	if (memory == MAP_FAILED)
		give_up("a memory file cannot be mapped");
	return memory;
}

static int make_file(size_t bytes)
{
	int file = memfd_create("floors", MFD_CLOEXEC);

	if (file < 0 || ftruncate(file, (off_t)bytes) != 0)
		give_up("no memory file");
	return file;
}

/* A memory file, mapped, every page written. */
static char *map_file(size_t bytes)
{
	int file = make_file(bytes);
	char *memory = map(file, bytes);

	close(file);
	memset(memory, 1, bytes);
	return memory;
}

static void copy_by_string_move(char *to, const char *from, size_t bytes)
{
#ifdef __x86_64__
	__asm__ volatile("rep movsb" : "+c"(bytes), "+S"(from), "+D"(to) : : "memory");
#else
	memmove(to, from, bytes);
#endif
}

struct lap {
	double step_ns, carry_ns;
};

/* From one end of the ring to the other, and back by one copy. */
static struct lap take_lap(char *ring, size_t row_bytes, size_t view_rows, bool by_string_move)
{
	size_t offset = view_rows / ROOM_DIVISOR, steps = 0;
	struct lap lap;
	int64_t began_ns = clock_cpu_ns(), ended_ns;

	for (; offset + ROWS <= view_rows; offset += ROWS, steps++) {
		char *exposed = ring + (offset + view_rows) * row_bytes;

		memset(exposed, 0, ROWS * row_bytes);
		memset(exposed, (int)steps + 1, ROWS * row_bytes);
	}
	ended_ns = clock_cpu_ns();
	lap.step_ns = clock_elapsed_ns(began_ns, ended_ns) / (double)steps;
	began_ns = clock_cpu_ns();
	if (by_string_move)
		copy_by_string_move(ring + view_rows / ROOM_DIVISOR * row_bytes, ring + offset * row_bytes,
				    (view_rows - ROWS) * row_bytes);
	else
		memmove(ring + view_rows / ROOM_DIVISOR * row_bytes, ring + offset * row_bytes,
			(view_rows - ROWS) * row_bytes);
	ended_ns = clock_cpu_ns();
	lap.carry_ns = clock_elapsed_ns(began_ns, ended_ns);
	return lap;
}

static void measure_ring(int width, int height, unsigned laps)
{
	size_t row_bytes = (size_t)width * PIXEL_BYTES, view_rows = (size_t)height;
	char *ring = map_file(2 * view_rows * row_bytes), *plain = map_file(view_rows * row_bytes);
	double figures[4][LAPS_MAX];

	for (unsigned i = 0; i < laps; i++) {
		struct lap lap = take_lap(ring, row_bytes, view_rows, true);

		figures[0][i] = lap.step_ns;
		figures[1][i] = lap.carry_ns;
	}
	for (unsigned i = 0; i < laps; i++)
		figures[2][i] = take_lap(ring, row_bytes, view_rows, false).carry_ns;
	for (unsigned i = 0; i < laps; i++) {
		int64_t began_ns = clock_cpu_ns();

		memmove(plain, plain + ROWS * row_bytes, (view_rows - ROWS) * row_bytes);
		figures[3][i] = clock_elapsed_ns(began_ns, clock_cpu_ns());
		memset(plain + (view_rows - ROWS) * row_bytes, (int)i, ROWS * row_bytes);
	}
	report_begin("floor_of_scrolling");
	report_size(width, height);
	report_rows(ROWS);
	report_number("zero_and_write_ns", median_of(figures[0], laps));
	report_number("carry_by_string_move_ns", median_of(figures[1], laps));
	report_number("carry_by_memmove_ns", median_of(figures[2], laps));
	report_number("memmove_in_place_ns", median_of(figures[3], laps));
	report_end();
	munmap(ring, 2 * view_rows * row_bytes);
	munmap(plain, view_rows * row_bytes);
}

/* Each page is written, and unmapped while somebody else, who has read it, still has it mapped. */
static double unmap_ns(size_t bytes, bool as_random)
{
	int file = make_file(bytes);
	char *memory = map(file, bytes), *other = map(file, bytes);
	int64_t began_ns;
	double elapsed_ns;

	memset(memory, 1, bytes);
	if (memcmp(memory, other, bytes) != 0)
		give_up("two mappings of a file differ");
	began_ns = clock_cpu_ns();
	if (as_random)
		madvise(memory, bytes, MADV_RANDOM);
	munmap(memory, bytes);
	elapsed_ns = clock_elapsed_ns(began_ns, clock_cpu_ns());
	munmap(other, bytes);
	close(file);
	return elapsed_ns;
}

static void measure_unmapping(unsigned rounds)
{
	size_t bytes = LABEL_PAGES * (size_t)sysconf(_SC_PAGESIZE);
	double figures[2][LAPS_MAX];

	for (unsigned i = 0; i < rounds; i++) {
		figures[0][i] = unmap_ns(bytes, false) / LABEL_PAGES;
		figures[1][i] = unmap_ns(bytes, true) / LABEL_PAGES;
	}
	report_begin("floor_of_unmapping");
	report_count("pages", LABEL_PAGES);
	report_number("page_ns", median_of(figures[0], rounds));
	report_number("page_used_at_random_ns", median_of(figures[1], rounds));
	report_end();
}

void measure_floors(const struct effort *effort)
{
	static const int sizes[][2] = { { 640, 384 }, { 1920, 1080 }, { 2560, 1440 }, { 3840, 2160 }, { 7680, 4320 } };
	unsigned laps = effort->rounds * 3;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		measure_ring(sizes[i][0], sizes[i][1], laps);
	measure_unmapping(laps);
}
