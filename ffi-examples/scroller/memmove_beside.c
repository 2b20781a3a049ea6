#define _GNU_SOURCE
#include "memmove_beside.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/clock.h"

double memmove_beside_us(struct memmove_beside *beside, size_t bytes, size_t shift_bytes)
{
	if (beside->bytes < bytes + shift_bytes) {
		memmove_beside_end(beside);
		beside->memory = malloc(bytes + shift_bytes);
		if (beside->memory == NULL)
			return -1;
		beside->bytes = bytes + shift_bytes;
		memset(beside->memory, 1, beside->bytes);
	}
	uint64_t start_ns = clock_thread_ns();
	memmove(beside->memory, beside->memory + shift_bytes, bytes);
	uint64_t elapsed_ns = clock_thread_ns() - start_ns;
	/* Otherwise the compiler may see that nobody reads what was moved. */
	(void)*(volatile char *)beside->memory;
	return (double)elapsed_ns / 1e3;
}

void memmove_beside_end(struct memmove_beside *beside)
{
	free(beside->memory);
	*beside = (struct memmove_beside){0};
}
