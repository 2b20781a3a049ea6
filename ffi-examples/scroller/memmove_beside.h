/* What a memmove would have taken for the same frame: it is done beside it, in other memory, and measured. */
#ifndef SCROLLER_MEMMOVE_BESIDE_H
#define SCROLLER_MEMMOVE_BESIDE_H

#include <stddef.h>

/* All 0 in the beginning. */
struct memmove_beside {
	char *memory;
	size_t bytes;
};

/* CPU time of moving `bytes` down by `shift_bytes`; negative without memory to try it in. */
double memmove_beside_us(struct memmove_beside *beside, size_t bytes, size_t shift_bytes);

void memmove_beside_end(struct memmove_beside *beside);

#endif
