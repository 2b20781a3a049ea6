#include "slots.h"

#include <stdlib.h>

struct live live;

void slots_make(size_t count)
{
	live.blocks = malloc(count * sizeof(*live.blocks));
	live.sizes = malloc(count * sizeof(*live.sizes));
	if (!live.blocks || !live.sizes)
		give_up("no memory for %zu slots", count);
	/* Not calloc(), which leaves the pages for later. */
	memset(live.blocks, 0, count * sizeof(*live.blocks));
	memset(live.sizes, 0, count * sizeof(*live.sizes));
}

void slots_make_for_row(const struct row *row)
{
	slots_make(row->blocks);
}

static unsigned char pattern_of(size_t slot, size_t size_bytes)
{
	return (unsigned char)(slot * 31 + size_bytes * 7 + 1);
}

void slot_fill(const struct heap *heap, size_t slot, size_t size_bytes)
{
	if (!live.blocks[slot])
		give_up("%s has no %zu bytes", heap->name, size_bytes);
	live.sizes[slot] = (uint32_t)size_bytes;
	memset(live.blocks[slot], pattern_of(slot, size_bytes), size_bytes);
}

void slot_compare(size_t slot, size_t filled_bytes, size_t size_bytes)
{
	const unsigned char *bytes = live.blocks[slot];

	if (size_bytes &&
	    (bytes[0] != pattern_of(slot, filled_bytes) || memcmp(bytes, bytes + 1, size_bytes - 1) != 0))
		give_up("block %zu of %zu bytes has changed", slot, filled_bytes);
}
