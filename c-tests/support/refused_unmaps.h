/* What munmap() was made to refuse stays mapped: so it is remembered, and unmapped when the test looks what is left. */
#ifndef MILLPOND_TEST_REFUSED_UNMAPS_H
#define MILLPOND_TEST_REFUSED_UNMAPS_H

#include <stddef.h>

#define REFUSED_UNMAPS_MAX 256

struct refused_unmaps {
	struct {
		void *start;
		size_t bytes;
	} each[REFUSED_UNMAPS_MAX];
	size_t count;
};

static inline void refused_unmaps_add(struct refused_unmaps *refused, void *start, size_t bytes)
{
	if (refused->count < REFUSED_UNMAPS_MAX) {
		refused->each[refused->count].start = start;
		refused->each[refused->count++].bytes = bytes;
	}
}

static inline void refused_unmaps_end(struct refused_unmaps *refused, int (*unmap)(void *start, size_t bytes))
{
	while (refused->count > 0) {
		refused->count--;
		unmap(refused->each[refused->count].start, refused->each[refused->count].bytes);
	}
}

#endif
