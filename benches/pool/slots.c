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

/*
 * Blocks up to this are filled as a whole. Of larger ones both ends are filled and compared, where a heap's own words
 * stand; between them a byte in each page is written, so that the page is in memory.
 */
#define WHOLE_BYTES 4096
#define END_BYTES 512
#define PAGE_BYTES 4096

static void fill(unsigned char *bytes, unsigned char pattern, size_t size_bytes)
{
	if (size_bytes <= WHOLE_BYTES) {
		memset(bytes, pattern, size_bytes);
		return;
	}
	memset(bytes, pattern, END_BYTES);
	for (size_t at = END_BYTES; at < size_bytes; at += PAGE_BYTES)
		bytes[at] = pattern;
	memset(bytes + size_bytes - END_BYTES, pattern, END_BYTES);
}

static bool is_filled_with(const unsigned char *bytes, unsigned char pattern, size_t size_bytes)
{
	return size_bytes == 0 || (bytes[0] == pattern && memcmp(bytes, bytes + 1, size_bytes - 1) == 0);
}

void slot_fill(const struct heap *heap, size_t slot, size_t size_bytes)
{
	if (!live.blocks[slot])
		give_up("%s has no %zu bytes", heap->name, size_bytes);
	live.sizes[slot] = (uint32_t)size_bytes;
	fill(live.blocks[slot], pattern_of(slot, size_bytes), size_bytes);
}

void slot_compare(size_t slot, size_t filled_bytes, size_t size_bytes)
{
	const unsigned char *bytes = live.blocks[slot];
	unsigned char pattern = pattern_of(slot, filled_bytes);
	bool is_same;

	if (filled_bytes <= WHOLE_BYTES) {
		is_same = is_filled_with(bytes, pattern, size_bytes);
	} else {
		size_t head_bytes = size_bytes < END_BYTES ? size_bytes : END_BYTES;
		/* What is behind the new end of a block that has shrunk is gone. */
		size_t tail = filled_bytes - END_BYTES;

		is_same = is_filled_with(bytes, pattern, head_bytes) &&
			  (size_bytes <= tail || is_filled_with(bytes + tail, pattern, size_bytes - tail));
	}
	if (!is_same)
		give_up("block %zu of %zu bytes has changed", slot, filled_bytes);
}
