/* Where arenas come from: five ways to place them in the region, and which of them may become one. */
#include <string.h>

#include "pool/driver/arenas.h"
#include "support/random.h"

#define PAGE_BYTES 4096UL
#define SLOT_BYTES 16384UL
#define GAP_BYTES 16UL            /* between ascending arenas */
#define ARENA_ALIGN 16UL
#define MERGED_GAP_MAX 64UL       /* a wider gap keeps two arenas apart ... */
#define MERGED_SLOT_GAP_MAX SLOT_BYTES /* ... but for slots, where gaps are part of the matter */
#define SLOTS_TOGETHER 12U
#define SLOTS_MAX 2000U
#define SLOT_TRIES 10000U

static size_t round_up(size_t bytes, size_t multiple)
{
	return (bytes + multiple - 1) / multiple * multiple;
}

void arena_source_start(struct arena_source *source, const struct pool_configuration *configuration)
{
	*source = (struct arena_source){
		.provider = configuration->provider,
		.random_state = configuration->seed ^ 0x6172656e61ULL,
		.failure_percent = configuration->failure_percent,
	};
	arena_source_restart(source);
}

void arena_source_restart(struct arena_source *source)
{
	source->count = 0;
	source->low = ARENAS_BEGIN;
	source->high = ARENAS_END;
	source->is_next_high = false;
}

static size_t provide_low(struct arena_source *source, size_t bytes, size_t gap_bytes, size_t align)
{
	size_t begin = source->low;

	source->low = round_up(begin + bytes, align) + gap_bytes;
	return source->low <= source->high ? begin : 0;
}

static size_t provide_high(struct arena_source *source, size_t bytes)
{
	source->high = (source->high - bytes) / ARENA_ALIGN * ARENA_ALIGN;
	return source->high >= source->low ? source->high : 0;
}

static bool is_empty(const struct arena_source *source, size_t begin, size_t end)
{
	for (unsigned i = 0; i < source->count; i++)
		if (begin < source->extents[i].end && source->extents[i].begin < end)
			return false;
	return end <= ARENAS_END;
}

/* Begins somewhere in the first quarter of a slot, so that the gaps differ. The first tries keep the slots together. */
static size_t provide_slot(struct arena_source *source, size_t bytes)
{
	for (unsigned attempt = 0; attempt < SLOT_TRIES; attempt++) {
		size_t slots = SLOTS_TOGETHER + attempt / 2 < SLOTS_MAX ? SLOTS_TOGETHER + attempt / 2 : SLOTS_MAX;
		size_t slot = ARENAS_BEGIN / SLOT_BYTES + random_below(&source->random_state, slots);
		size_t begin = slot * SLOT_BYTES + random_below(&source->random_state, 256) * ARENA_ALIGN;

		if (is_empty(source, begin, begin + bytes))
			return begin;
	}
	return 0;
}

static size_t place(struct arena_source *source, size_t bytes)
{
	size_t gap_pages;

	switch (source->provider) {
	case ARENAS_ASCENDING:
		return provide_low(source, bytes, GAP_BYTES, ARENA_ALIGN);
	case ARENAS_DESCENDING:
		return provide_high(source, bytes);
	case ARENAS_SLOTS:
		return provide_slot(source, bytes);
	case ARENAS_BOTH_ENDS:
		source->is_next_high = !source->is_next_high;
		return source->is_next_high ? provide_high(source, bytes) : provide_low(source, bytes, 0, ARENA_ALIGN);
	default:
		gap_pages = 1 + random_below(&source->random_state, 3);
		return provide_low(source, bytes, gap_pages * PAGE_BYTES, PAGE_BYTES);
	}
}

size_t arena_source_provide(struct arena_source *source, size_t bytes)
{
	unsigned position = source->count;
	size_t begin;

	if (random_below(&source->random_state, 100) < source->failure_percent)
		return 0;
	begin = source->count < ARENAS_MAX && bytes < ARENAS_END - ARENAS_BEGIN ? place(source, bytes) : 0;
	if (begin == 0)
		driver_fail(driver_current, "the region has no room for an arena of %zu bytes", bytes);
	while (position > 0 && source->extents[position - 1].begin > begin)
		position--;
	memmove(source->extents + position + 1, source->extents + position,
		(source->count - position) * sizeof(source->extents[0]));
	source->extents[position] = (struct arena_extent){ begin, begin + bytes };
	source->count++;
	return begin;
}

static void remove_extent(struct arena_source *source, unsigned position)
{
	source->count--;
	memmove(source->extents + position, source->extents + position + 1,
		(source->count - position) * sizeof(source->extents[0]));
}

/* Of two arenas that lie together, one pair in eight stays apart. */
static bool may_merge(const struct arena_source *source, const struct arena_extent *bottom)
{
	size_t gap_max = source->provider == ARENAS_SLOTS ? MERGED_SLOT_GAP_MAX : MERGED_GAP_MAX;
	size_t top_begin = bottom[1].begin;

	return top_begin - bottom->end <= gap_max && (top_begin / ARENA_ALIGN * 2654435761UL >> 8) % 8 != 0;
}

int arena_source_merge(struct arena_source *source, size_t bottom, size_t top)
{
	unsigned position = 0;

	while (position < source->count && source->extents[position].begin != bottom)
		position++;
	if (position + 1 >= source->count || source->extents[position + 1].begin != top)
		return -1;
	if (!may_merge(source, &source->extents[position]))
		return 0;
	source->extents[position].end = source->extents[position + 1].end;
	remove_extent(source, position + 1);
	return 1;
}

bool arena_source_take_back(struct arena_source *source, size_t begin, size_t bytes)
{
	for (unsigned i = 0; i < source->count; i++) {
		if (source->extents[i].begin != begin || source->extents[i].end - begin != bytes)
			continue;
		remove_extent(source, i);
		return true;
	}
	return false;
}
