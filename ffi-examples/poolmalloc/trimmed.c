/*
 * What a store of keys and values holds once nearly all of them have gone, and malloc_trim() was called:
 *
 *	trimmed [SURVIVORS-OF-1000]		default: 10
 *
 * It makes 120 MB of entries, keys and values, as a key-value server does, and frees them in another order. It fails if
 * more stays resident than the pages that the survivors, and what a malloc keeps right beside them, lie in. With an
 * argument it prints the resident bytes of each step. Preload another malloc to compare: jemalloc is asked to purge.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILL_BYTES (120UL * 1000 * 1000)
#define MOST_ITEMS 3000000U
/* What stays beside: what the C library and the malloc themselves wrote meanwhile. */
#define OWN_BYTES (4UL * 1024 * 1024)
/* Of a block's words, and those of the free memory that begins behind it. */
#define BYTES_BEFORE 32U
#define BYTES_BEHIND 96U

static void *items[MOST_ITEMS];
static unsigned order[MOST_ITEMS];

static unsigned random_below(unsigned limit)
{
	static uint64_t state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 11) % limit;
}

static unsigned long page_bytes(void)
{
	return (unsigned long)sysconf(_SC_PAGESIZE);
}

static unsigned long resident_bytes(void)
{
	unsigned long size, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file || fscanf(file, "%lu %lu", &size, &resident) != 2)
		exit(2);
	fclose(file);
	return resident * page_bytes();
}

/* An entry, a key, a short value; now and then a longer one, and seldom a buffer. */
static size_t size_of_item(unsigned number)
{
	switch (number % 3) {
	case 0: return 24;
	case 1: return 8 + random_below(40);
	default: break;
	}
	if (random_below(500) == 0)
		return 4096 + random_below(30000);
	return random_below(10) == 0 ? 200 + random_below(2000) : 16 + random_below(100);
}

static unsigned fill(void)
{
	unsigned count = 0;

	for (size_t bytes = 0; bytes < FILL_BYTES && count < MOST_ITEMS; count++) {
		size_t size = size_of_item(count);

		items[count] = malloc(size);
		if (!items[count])
			exit(2);
		memset(items[count], 1, size);
		bytes += size;
	}
	return count;
}

/* Frees all but some, in no order. Returns how many are left, at the begin. */
static unsigned free_most(unsigned count, unsigned of_thousand)
{
	unsigned left = 0;

	for (unsigned i = 0; i < count; i++) {
		unsigned other = random_below(i + 1);

		order[i] = order[other];
		order[other] = i;
	}
	for (unsigned i = 0; i < count; i++) {
		if (i < (uint64_t)count * of_thousand / 1000) {
			order[left++] = order[i];
			continue;
		}
		free(items[order[i]]);
	}
	return left;
}

/* Which pages the survivors lie in, with what a malloc has right before and behind each. */
static unsigned long count_pages(unsigned left)
{
	static unsigned char is_counted[1U << 24];
	uintptr_t lowest = UINTPTR_MAX;
	unsigned long count = 0;

	for (unsigned i = 0; i < left; i++) {
		uintptr_t page = (uintptr_t)items[order[i]] / page_bytes();

		lowest = page < lowest ? page : lowest;
	}
	for (unsigned i = 0; i < left; i++) {
		uintptr_t begin = (uintptr_t)items[order[i]] - BYTES_BEFORE;
		uintptr_t end = (uintptr_t)items[order[i]] + malloc_usable_size(items[order[i]]) + BYTES_BEHIND;

		/* From one page before the lowest survivor on; mappings that lie far from it count as they are. */
		for (uintptr_t page = begin / page_bytes(); page <= (end - 1) / page_bytes(); page++) {
			uintptr_t place = page - lowest + 1;

			if (place >= sizeof(is_counted) || !is_counted[place])
				count++;
			if (place < sizeof(is_counted))
				is_counted[place] = 1;
		}
	}
	return count;
}

static void give_back(void)
{
	/* Found by their names: the C library's is not everyone's, and jemalloc has no malloc_trim(). */
	int (*control)(const char *, void *, size_t *, void *, size_t);
	int (*trim)(size_t);

	*(void **)&control = dlsym(RTLD_DEFAULT, "mallctl");
	*(void **)&trim = dlsym(RTLD_DEFAULT, "malloc_trim");
	if (control) {
		control("thread.tcache.flush", NULL, NULL, NULL, 0);
		if (control("arena.4096.purge", NULL, NULL, NULL, 0) == 0)
			return;
	}
	if (trim)
		trim(0);
}

int main(int argument_count, char **arguments)
{
	unsigned of_thousand = argument_count > 1 ? (unsigned)atoi(arguments[1]) : 10;
	unsigned long before, filled, freed, trimmed, most;
	unsigned count, left;

	memset(order, 1, sizeof(order));
	memset(items, 1, sizeof(items));
	before = resident_bytes();
	count = fill();
	filled = resident_bytes() - before;
	left = free_most(count, of_thousand);
	freed = resident_bytes() - before;
	give_back();
	trimmed = resident_bytes() - before;
	most = count_pages(left) * page_bytes() + OWN_BYTES;
	if (argument_count > 1)
		printf("%u items, %u left; resident KiB: filled %lu, freed %lu, trimmed %lu; most %lu\n", count, left,
		       filled / 1024, freed / 1024, trimmed / 1024, most / 1024);
	for (unsigned i = 0; i < left; i++)
		free(items[order[i]]);
	if (trimmed > most)
		puts("more stays resident than it may");
	else
		puts("what was free was given back");
	return trimmed > most;
}
