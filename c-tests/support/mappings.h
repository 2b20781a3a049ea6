/* What a process has mapped. */
#ifndef MILLPOND_SUPPORT_MAPPINGS_H
#define MILLPOND_SUPPORT_MAPPINGS_H

#include <stdbool.h>
#include <stddef.h>

struct mappings {
	unsigned count;
	size_t bytes;
};

/* All of them but the statistics page, which stays once it was made. Reads /proc without stdio, which may map memory itself. */
struct mappings count_mappings(void);

/* Whether there is memory at an address. */
bool is_mapped(const void *address);

/* From here on the process gets no more address space. Skips the test where that cannot be. */
void no_more_address_space(void);

/* From here on it does again: what looks whether a test left anything may need some. */
void address_space_as_usual(void);

#endif
