/* struct Pool, and the heap in memory, as C programs and leak tools know them. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "support/runner.h"

#define IS_LP64 (sizeof(long) == 8 && sizeof(void *) == 8)
#define SIZE_OF(member) sizeof(((Pool *)NULL)->member)
#define SLOTS 120

/* With members of the word's size the layout follows from the order; these are the numbers where it matters most. */
TEST(the_record_has_the_layout_of_the_original)
{
	if (!IS_LP64)
		SKIP("long and pointers are not 64 bits wide");
	CHECK_EQUAL(sizeof(Pool), 176);
	CHECK_EQUAL(offsetof(Pool, name), 0);
	CHECK_EQUAL(offsetof(Pool, maxsize), 8);
	CHECK_EQUAL(offsetof(Pool, cursize), 16);
	CHECK_EQUAL(offsetof(Pool, curfree), 24);
	CHECK_EQUAL(offsetof(Pool, curalloc), 32);
	CHECK_EQUAL(offsetof(Pool, minarena), 40);
	CHECK_EQUAL(offsetof(Pool, quantum), 48);
	CHECK_EQUAL(offsetof(Pool, minblock), 56);
	CHECK_EQUAL(offsetof(Pool, freeroot), 64);
	CHECK_EQUAL(offsetof(Pool, arenalist), 72);
	CHECK_EQUAL(offsetof(Pool, alloc), 80);
	CHECK_EQUAL(offsetof(Pool, merge), 88);
	CHECK_EQUAL(offsetof(Pool, move), 96);
	CHECK_EQUAL(offsetof(Pool, free), 104);
	CHECK_EQUAL(offsetof(Pool, flags), 112);
	CHECK_EQUAL(offsetof(Pool, nfree), 116);
	CHECK_EQUAL(offsetof(Pool, lastcompact), 120);
	CHECK_EQUAL(offsetof(Pool, lock), 128);
	CHECK_EQUAL(offsetof(Pool, unlock), 136);
	CHECK_EQUAL(offsetof(Pool, print), 144);
	CHECK_EQUAL(offsetof(Pool, panic), 152);
	CHECK_EQUAL(offsetof(Pool, logstack), 160);
	CHECK_EQUAL(offsetof(Pool, private), 168);
}

TEST(the_record_has_one_word_for_each_member_in_32_bits)
{
	if (sizeof(long) != 4 || sizeof(void *) != 4)
		SKIP("long and pointers are not 32 bits wide");
	CHECK_EQUAL(sizeof(Pool), 92);
	CHECK_EQUAL(offsetof(Pool, minarena), 20);
	CHECK_EQUAL(offsetof(Pool, alloc), 40);
	CHECK_EQUAL(offsetof(Pool, flags), 56);
	CHECK_EQUAL(offsetof(Pool, lock), 68);
	CHECK_EQUAL(offsetof(Pool, private), 88);
}

TEST(the_members_have_the_types_of_the_original)
{
	CHECK_EQUAL(SIZE_OF(maxsize), sizeof(uintptr_t));
	CHECK_EQUAL(SIZE_OF(cursize), sizeof(uintptr_t));
	CHECK_EQUAL(SIZE_OF(curfree), sizeof(uintptr_t));
	CHECK_EQUAL(SIZE_OF(curalloc), sizeof(uintptr_t));
	CHECK_EQUAL(SIZE_OF(minarena), sizeof(unsigned long));
	CHECK_EQUAL(SIZE_OF(quantum), sizeof(unsigned long));
	CHECK_EQUAL(SIZE_OF(minblock), sizeof(unsigned long));
	CHECK_EQUAL(SIZE_OF(flags), sizeof(int));
	CHECK_EQUAL(SIZE_OF(nfree), sizeof(int));
	CHECK_EQUAL(SIZE_OF(lastcompact), sizeof(int));
	CHECK(offsetof(Pool, private) + sizeof(void *) == sizeof(Pool));
}

TEST(the_flags_have_the_values_of_the_original)
{
	CHECK_EQUAL(POOL_ANTAGONISM, 1);
	CHECK_EQUAL(POOL_PARANOIA, 2);
	CHECK_EQUAL(POOL_VERBOSITY, 4);
	CHECK_EQUAL(POOL_DEBUGGING, 8);
	CHECK_EQUAL(POOL_LOGGING, 16);
	CHECK_EQUAL(POOL_TOLERANCE, 32);
	CHECK_EQUAL(POOL_NOREUSE, 64);
}

/* Each assignment is a warning, and so an error, if a signature differs. */
TEST(the_functions_have_the_signatures_of_the_original)
{
	void *(*alloc)(Pool *, unsigned long) = poolalloc;
	void *(*allocalign)(Pool *, unsigned long, unsigned long, long, unsigned long) = poolallocalign;
	void (*release)(Pool *, void *) = poolfree;
	unsigned long (*msize)(Pool *, void *) = poolmsize;
	int (*isoverlap)(Pool *, void *, unsigned long) = poolisoverlap;
	void (*reset)(Pool *) = poolreset;
	void *(*resize)(Pool *, void *, unsigned long) = poolrealloc;
	void (*check)(Pool *) = poolcheck;
	int (*compact)(Pool *) = poolcompact;
	void (*blockcheck)(Pool *, void *) = poolblockcheck;
	void (*dump)(Pool *) = pooldump;
	const char *(*error)(void) = poolerror;
	int (*walk)(Pool *, int (*)(void *, const struct poolpart *), void *) = poolwalk;
	int (*stats)(Pool *, struct poolcounts *) = poolstats;
	unsigned long (*trim)(Pool *, unsigned long) = pooltrim;

	CHECK(alloc && allocalign && release && msize && isoverlap && reset && resize);
	CHECK(check && compact && blockcheck && dump && error && trim && walk && stats);
}

/* Programs that are compiled now are used with later libraries. */
TEST(what_is_shown_and_counted_has_its_layout)
{
	CHECK_EQUAL(POOL_INCOMPLETE, -1);
	CHECK_EQUAL(POOL_PART_ARENA, 1);
	CHECK_EQUAL(POOL_PART_ALLOCATED, 2);
	CHECK_EQUAL(POOL_PART_FREE, 3);
	CHECK_EQUAL(POOL_PART_BURIED, 4);
	CHECK_EQUAL(POOL_PART_SET_ASIDE, 5);
	CHECK_EQUAL(POOL_PART_IN_WORK, 6);
	CHECK_EQUAL(sizeof(struct poolpart), 2 * sizeof(int) + 5 * sizeof(void *));
	CHECK_EQUAL(offsetof(struct poolpart, is_pinned), sizeof(int));
	CHECK_EQUAL(offsetof(struct poolpart, data), 2 * sizeof(int) + 3 * sizeof(void *));
	CHECK_EQUAL(sizeof(struct poolcounts), 17 * 8);
	CHECK_EQUAL(offsetof(struct poolcounts, size), 0);
	CHECK_EQUAL(offsetof(struct poolcounts, failed_calls), 14 * 8);
	CHECK_EQUAL(offsetof(struct poolcounts, most_seen_bytes), 16 * 8);
}

TEST(the_overheads_are_those_of_the_original)
{
	Pool pool = provider_start("layout", &(struct arena_plan){ .order = ARENAS_APART });
	unsigned char *data = poolalloc(&pool, 1);

	CHECK(data != NULL);
	if (!IS_LP64)
		SKIP("long and pointers are not 64 bits wide");
	CHECK_EQUAL(sizeof(struct band_header), 16);
	CHECK_EQUAL(sizeof(struct band_tail), 16);
	CHECK_EQUAL(sizeof(struct band_arena), 48);
	CHECK_EQUAL(provider.last_alloc_bytes, 4128);
	CHECK_EQUAL(pool.cursize, 4128);
	CHECK_EQUAL(data - (unsigned char *)pool.arenalist, 64);
	CHECK(pool.arenalist == provider.last_alloc);
	CHECK_EQUAL(pool.curalloc, 64);
	CHECK_EQUAL(pool.curfree, 4128 - 48 - 16 - 64);
	CHECK_EQUAL(poolmsize(&pool, data), 32);
	poolreset(&pool);
}

/* The least sizes that make the next size of block, for a quantum of 32. */
TEST(a_block_is_the_data_with_header_and_tail_in_whole_quanta)
{
	static const struct { unsigned long data_bytes, block_bytes; } sizes[] = {
		{ 0, 64 }, { 1, 64 }, { 32, 64 }, { 33, 96 }, { 64, 96 }, { 65, 128 }, { 1000, 1056 }, { 3000, 3040 },
	};
	Pool pool = provider_start("layout", &(struct arena_plan){ .order = ARENAS_APART });

	if (!IS_LP64)
		SKIP("long and pointers are not 64 bits wide");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		void *data = poolalloc(&pool, sizes[i].data_bytes);
		struct band_block block = band_block_of(data);

		CHECK(block.magic == MAGIC_ALLOCATED);
		CHECK_EQUAL((uintptr_t)data - block.address, sizeof(struct band_header));
		CHECK_EQUAL(block.size_bytes, sizes[i].block_bytes);
		CHECK_EQUAL(band_data_bytes(&block), sizes[i].data_bytes);
		band_blocks(&pool, NULL, 0); /* the bytes behind the data, for one */
	}
	poolreset(&pool);
}

/* The walk itself compares magics, sizes, guard bytes, links and ends. */
static void check_against_slots(const Pool *pool, void *const *slots, const unsigned long *bytes)
{
	static struct band_block blocks[4096];
	size_t count = band_blocks(pool, blocks, 4096), found = 0;

	CHECK(count <= 4096);
	for (size_t i = 0; i < count; i++) {
		if (blocks[i].magic != MAGIC_ALLOCATED)
			continue;
		for (int slot = 0; slot < SLOTS; slot++)
			if (slots[slot] == (void *)(blocks[i].address + sizeof(struct band_header))) {
				CHECK_EQUAL(band_data_bytes(&blocks[i]), bytes[slot]);
				found++;
			}
	}
	for (int slot = 0; slot < SLOTS; slot++)
		found -= slots[slot] != NULL;
	CHECK_EQUAL(found, 0);
	band_check_counters(pool);
}

static void change_slot(Pool *pool, void **slot, unsigned long *bytes)
{
	unsigned long wanted_bytes = (unsigned long)random() % (random() % 8 == 0 ? 6000 : 300) + 1;

	if (*slot == NULL) {
		*slot = poolalloc(pool, wanted_bytes);
	} else if (random() % 3 == 0) {
		*slot = poolrealloc(pool, *slot, wanted_bytes);
	} else {
		poolfree(pool, *slot);
		*slot = NULL;
		return;
	}
	CHECK(*slot != NULL);
	*bytes = wanted_bytes;
	memset(*slot, 0xff, wanted_bytes);
}

TEST(a_heap_in_use_can_be_read_from_outside)
{
	void *slots[SLOTS] = { NULL };
	unsigned long bytes[SLOTS] = { 0 };
	Pool pool = provider_start("layout", &(struct arena_plan){ .order = ARENAS_APART });

	srandom(20240607);
	for (int step = 0; step < 4000; step++) {
		int slot = (int)(random() % SLOTS);

		change_slot(&pool, &slots[slot], &bytes[slot]);
		if (step % 40 == 0)
			check_against_slots(&pool, slots, bytes);
	}
	poolreset(&pool);
}

TEST(arenas_are_listed_from_the_highest_address_down)
{
	Pool pool = provider_start("layout", &(struct arena_plan){ .order = ARENAS_UPWARDS });
	unsigned long asked_bytes = 0;
	struct band_arena arena;

	for (int i = 0; i < 5; i++)
		CHECK(poolalloc(&pool, 5000) != NULL);
	CHECK_EQUAL(provider.allocs, 5);
	CHECK(pool.arenalist == provider.last_alloc);
	for (uintptr_t address = (uintptr_t)pool.arenalist; address != 0; address = arena.below) {
		CHECK(band_read(address, &arena, sizeof(arena)));
		CHECK(arena.below < address);
		asked_bytes += arena.arena_bytes;
	}
	CHECK_EQUAL(asked_bytes, pool.cursize);
	band_check_counters(&pool);
	poolreset(&pool);

	pool = provider_start("layout", &(struct arena_plan){ .order = ARENAS_DOWNWARDS });
	for (int i = 0; i < 5; i++)
		CHECK(poolalloc(&pool, 5000) != NULL);
	CHECK(pool.arenalist != provider.last_alloc);
	band_check_counters(&pool);
	poolreset(&pool);
}

/* What lay between two arenas belongs to the last block of the lower one. */
TEST(two_arenas_made_one_read_as_one)
{
	Pool pool = provider_start("layout", &(struct arena_plan){ ARENAS_UPWARDS, 160, true, 0 });
	struct band_arena arena;

	for (int i = 0; i < 6; i++)
		CHECK(poolalloc(&pool, 5000) != NULL);
	CHECK(band_read((uintptr_t)pool.arenalist, &arena, sizeof(arena)));
	CHECK_EQUAL(arena.below, 0);
	CHECK_EQUAL(arena.arena_bytes, pool.cursize + 5 * 160);
	band_check_counters(&pool);
	poolreset(&pool);
	CHECK_EQUAL(provider.frees, 1);
}

TEST(words_before_an_aligned_block_lead_to_its_header)
{
	Pool pool = provider_start("layout", &(struct arena_plan){ .order = ARENAS_APART });

	for (unsigned long align = 64; align <= 1024; align *= 2) {
		void *data = poolallocalign(&pool, 100, align, 8, 0);
		struct band_block block = band_block_of(data);

		CHECK_EQUAL((uintptr_t)data % align, 8);
		CHECK(block.magic == MAGIC_ALLOCATED);
		CHECK_EQUAL(block.address + sizeof(struct band_header) + band_data_bytes(&block), (uintptr_t)data + 100);
	}
	band_check_counters(&pool);
	poolreset(&pool);
}

TEST(a_freed_block_that_is_not_reused_is_marked_dead)
{
	Pool pool = provider_start("layout", &(struct arena_plan){ .order = ARENAS_APART });
	void *data = poolalloc(&pool, 100);

	pool.flags = POOL_NOREUSE;
	poolfree(&pool, data);
	CHECK(band_block_of(data).magic == MAGIC_DEAD);
	band_check_counters(&pool);
	poolreset(&pool);
}
