/* Where arenas lie. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "space.h"

#include <sys/mman.h>

#define PAGE_BYTES 4096UL
#define ARENAS_MAX 64

static struct {
	unsigned char *start;
	uintptr_t lowest, highest;        /* that was ever an arena's in this run */
	struct arena arenas[ARENAS_MAX];
	size_t arena_count;
} space;

static bool make_space(void)
{
	unsigned char *pages = mmap(NULL, SPACE_BYTES + 2 * PAGE_BYTES, PROT_NONE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (pages == MAP_FAILED || mprotect(pages + PAGE_BYTES, SPACE_BYTES, PROT_READ | PROT_WRITE) != 0)
		return false;
	/* What is resident must not depend on the runs before. */
	madvise(pages, SPACE_BYTES + 2 * PAGE_BYTES, MADV_NOHUGEPAGE);
	space.start = pages + PAGE_BYTES;
	return true;
}

static bool is_free(uintptr_t start, uintptr_t bytes)
{
	uintptr_t first = (uintptr_t)space.start;

	if (start < first || bytes > SPACE_BYTES || start - first > SPACE_BYTES - bytes)
		return false;
	for (size_t i = 0; i < space.arena_count; i++)
		if (start < space.arenas[i].start + space.arenas[i].bytes && space.arenas[i].start < start + bytes)
			return false;
	return true;
}

static uintptr_t lowest_place(uintptr_t bytes)
{
	uintptr_t best = (uintptr_t)space.start;

	if (is_free(best, bytes))
		return best;
	best = 0;
	for (size_t i = 0; i < space.arena_count; i++) {
		uintptr_t end = (space.arenas[i].start + space.arenas[i].bytes + 15) & ~(uintptr_t)15;

		if (is_free(end, bytes) && (best == 0 || end < best))
			best = end;
	}
	return best;
}

static uintptr_t find_place(unsigned char code, uintptr_t bytes)
{
	uintptr_t low = (uintptr_t)space.start + SPACE_BYTES / 2, high = low, gap = code / PLACES * 16UL;

	for (size_t i = 0; i < space.arena_count; i++) {
		if (i == 0 || space.arenas[i].start < low)
			low = space.arenas[i].start;
		if (i == 0 || space.arenas[i].start + space.arenas[i].bytes > high)
			high = space.arenas[i].start + space.arenas[i].bytes;
	}
	if (code % PLACES == PLACE_ABOVE)
		return (high + gap + 15) & ~(uintptr_t)15;
	if (code % PLACES == PLACE_BELOW)
		return low < bytes + gap ? 0 : (low - gap - bytes) & ~(uintptr_t)15;
	return code % PLACES == PLACE_LOWEST ? lowest_place(bytes) : 0;
}

static void add(uintptr_t start, uintptr_t bytes, bool is_gap)
{
	space.arenas[space.arena_count++] = (struct arena){ start, bytes, is_gap };
	if (start < space.lowest)
		space.lowest = start;
	if (start + bytes > space.highest)
		space.highest = start + bytes;
}

uintptr_t space_take(unsigned char code, uintptr_t bytes)
{
	uintptr_t start = find_place(code, bytes);

	if (start == 0 || space.arena_count == ARENAS_MAX || !is_free(start, bytes))
		return 0;
	add(start, bytes, false);
	return start;
}

bool space_take_gap_below(uintptr_t top)
{
	uintptr_t end = 0;

	if (space.arena_count == ARENAS_MAX)
		return false;
	for (size_t i = 0; i < space.arena_count; i++)
		if (space.arenas[i].start < top && space.arenas[i].start + space.arenas[i].bytes > end)
			end = space.arenas[i].start + space.arenas[i].bytes;
	if (end < top)
		add(end, top - end, true);
	return true;
}

bool space_forget(uintptr_t start, uintptr_t bytes)
{
	size_t kept = 0;

	for (size_t i = 0; i < space.arena_count; i++) {
		struct arena arena = space.arenas[i];

		if (arena.start >= start && arena.start + arena.bytes <= start + bytes)
			continue;
		if (arena.start < start + bytes && arena.start + arena.bytes > start)
			return false;
		space.arenas[kept++] = arena;
	}
	space.arena_count = kept;
	return true;
}

void space_forget_all(void)
{
	space.arena_count = 0;
}

bool space_start(void)
{
	if (space.start == NULL && !make_space())
		return false;
	if (space.highest > space.lowest) {
		uintptr_t first = space.lowest & ~(PAGE_BYTES - 1);

		madvise((void *)first, space.highest - first, MADV_DONTNEED);
	}
	space.lowest = UINTPTR_MAX;
	space.highest = 0;
	space.arena_count = 0;
	return true;
}

const struct arena *space_arenas(size_t *count)
{
	*count = space.arena_count;
	return space.arenas;
}
