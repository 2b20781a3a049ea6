/* pooltrim() and pages inside free blocks: which stay in memory, and what flags keep. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "pool.h"
#include "pool/provider/in_band.h"
#include "pool/trimming/pages.h"
#include "support/runner.h"

#define MOST_PAGES 160U
#define LINKS_BYTES (8 * sizeof(long))      /* a free block's header, and what lists and trees need */
#define TAIL_BYTES (2 * sizeof(long))

/* Which pages take memory. */
static void look(const unsigned char *memory, unsigned pages, unsigned char *are_present)
{
	CHECK_EQUAL(mincore((void *)(uintptr_t)memory, pages * page_bytes(), are_present), 0);
	for (unsigned i = 0; i < pages; i++)
		are_present[i] &= 1;
}

static unsigned count_present(const unsigned char *memory, unsigned pages)
{
	unsigned char are_present[MOST_PAGES];
	unsigned count = 0;

	look(memory, pages, are_present);
	for (unsigned i = 0; i < pages; i++)
		count += are_present[i];
	return count;
}

/* Skips the test where advice is taken for a hint, as by emulators. */
static void need_advice(void)
{
	unsigned char *memory = map(2, MAP_PRIVATE | MAP_ANONYMOUS);

	memset(memory, 1, 2 * page_bytes());
	if (madvise(memory, 2 * page_bytes(), MADV_DONTNEED) != 0 || memory[0] != 0)
		SKIP("the system follows no advice");
	munmap(memory, 2 * page_bytes());
}

/* The pages that a free block can give, from high to low addresses no more than there are left to give. */
static unsigned long expect_gone(const unsigned char *memory, struct band_block block, unsigned long *left_bytes,
				 unsigned char *are_present)
{
	uintptr_t first = block.address + LINKS_BYTES, end = block.address + block.size_bytes - TAIL_BYTES;
	unsigned long gone_bytes = 0;

	for (uintptr_t page = end / page_bytes() * page_bytes(); page >= first + page_bytes(); page -= page_bytes()) {
		if (*left_bytes < page_bytes())
			break;
		*left_bytes -= page_bytes();
		gone_bytes += are_present[(page - (uintptr_t)memory) / page_bytes() - 1] ? page_bytes() : 0;
		are_present[(page - (uintptr_t)memory) / page_bytes() - 1] = 0;
	}
	return gone_bytes;
}

/* Trims, and compares each page of the arena and what is returned with what its free blocks can give. */
static unsigned long trim_and_compare(Pool *pool, const unsigned char *memory, unsigned pages, unsigned long keep_bytes)
{
	static struct band_block blocks[SLOTS * 4];
	unsigned char expected[MOST_PAGES], found[MOST_PAGES];
	unsigned long left_bytes = pool->curfree > keep_bytes ? pool->curfree - keep_bytes : 0;
	unsigned long gone_bytes = 0, cursize = pool->cursize, curfree = pool->curfree, given_bytes;
	size_t count = band_blocks(pool, blocks, SLOTS * 4);

	CHECK(count <= SLOTS * 4);
	look(memory, pages, expected);
	while (count-- > 0) {
		if (blocks[count].magic == MAGIC_FREE)
			gone_bytes += expect_gone(memory, blocks[count], &left_bytes, expected);
	}
	given_bytes = pooltrim(pool, keep_bytes);
	look(memory, pages, found);
	for (unsigned i = 0; i < pages; i++)
		CHECK_EQUAL(found[i], expected[i]);
	CHECK_EQUAL(given_bytes, gone_bytes);
	CHECK_EQUAL(pool->cursize, cursize);
	CHECK_EQUAL(pool->curfree, curfree);
	poolcheck(pool);
	band_check_counters(pool);
	return given_bytes;
}

/* --- memory of different kinds that can be given back --------------------------------------------------------------- */

static void give_and_use_again(void *memory, unsigned pages)
{
	struct slot slots[SLOTS];
	Pool pool = begin(memory, pages);

	spread(&pool, slots);
	CHECK(trim_and_compare(&pool, memory, pages, 0) >= SLOTS / 2 * 2 * page_bytes());
	CHECK_EQUAL(trim_and_compare(&pool, memory, pages, 0), 0);
	for (unsigned i = 0; i < SLOTS; i++) {
		check_slot(&slots[i]);
		if (i % 2 != 0)
			take_slot(&pool, &slots[i], 3 * page_bytes() + i * 100, (unsigned char)i);
	}
	for (unsigned i = 0; i < SLOTS; i++) {
		check_slot(&slots[i]);
		free_slot(&pool, &slots[i]);
	}
	/* One free block is left: its first page and its last stay. */
	trim_and_compare(&pool, memory, pages, 0);
	CHECK_EQUAL(count_present(memory, pages), 2);
}

TEST(mapped_memory)
{
	need_advice();
	give_and_use_again(map(100, MAP_PRIVATE | MAP_ANONYMOUS), 100);
}

TEST(a_static_array)
{
	static unsigned char array[100 * MOST_PAGE_BYTES] __attribute__((aligned(MOST_PAGE_BYTES)));

	need_advice();
	give_and_use_again(array, 100);
}

/* Where its pages begin is not where it begins. */
TEST(memory_from_malloc)
{
	unsigned char *from_malloc = malloc(102 * page_bytes()), *memory;
	struct slot slots[SLOTS];
	unsigned before, given_pages;
	Pool pool;

	need_advice();
	CHECK(from_malloc != NULL);
	pool = begin(from_malloc, 100);
	spread(&pool, slots);
	memory = (unsigned char *)(((uintptr_t)from_malloc + page_bytes() - 1) / page_bytes() * page_bytes());
	before = count_present(memory, 99);
	given_pages = (unsigned)(pooltrim(&pool, 0) / page_bytes());
	CHECK_EQUAL(count_present(memory, 99), before - given_pages);
	CHECK(given_pages >= SLOTS / 2 * 2);
	for (unsigned i = 0; i < SLOTS; i++)
		check_slot(&slots[i]);
	poolcheck(&pool);
	free(from_malloc);
}

/* --- how much ------------------------------------------------------------------------------------------------------- */

TEST(what_is_to_be_kept_stays_at_low_addresses)
{
	need_advice();
	for (unsigned page = 0; page < 70; page++) {
		for (long beside = -1; beside <= 1; beside++) {
			unsigned char *memory = map(100, MAP_PRIVATE | MAP_ANONYMOUS);
			struct slot slots[SLOTS];
			Pool pool = begin(memory, 100);

			spread(&pool, slots);
			trim_and_compare(&pool, memory, 100, page * page_bytes() + (unsigned long)beside);
			trim_and_compare(&pool, memory, 100, 0);
			for (unsigned i = 0; i < SLOTS; i++)
				check_slot(&slots[i]);
			poolreset(&pool);
			munmap(memory, 100 * page_bytes());
		}
	}
}

/* The rest of a block that was cut stands in no list. */
TEST(the_block_outside_the_lists)
{
	unsigned char *memory = map(60, MAP_PRIVATE | MAP_ANONYMOUS);
	Pool pool = begin(memory, 60);
	struct slot first, second;

	need_advice();
	take_slot(&pool, &first, 50 * page_bytes(), 1);
	free_slot(&pool, &first);
	take_slot(&pool, &second, 100, 2);
	CHECK(trim_and_compare(&pool, memory, 60, 0) >= 48 * page_bytes());
	take_slot(&pool, &first, 200, 3);
	CHECK(first.data < second.data + 1000);
	take_slot(&pool, &first, 55 * page_bytes(), 4);
	check_slot(&first);
	check_slot(&second);
	poolcheck(&pool);
}

/* Every free block from the smallest up to one of three pages, at each place in a page. */
TEST(tags_and_links_stay_at_every_place_in_a_page)
{
	unsigned long step = page_bytes() / 64;
	unsigned char *memory = map(20, MAP_PRIVATE | MAP_ANONYMOUS);

	need_advice();
	runner_set_limit(60);
	for (unsigned long before = 0; before < page_bytes(); before += step) {
		for (unsigned long bytes = page_bytes() - 4 * step; bytes < 3 * page_bytes(); bytes += step) {
			Pool pool = begin(memory, 20);
			struct slot slots[4];

			take_slot(&pool, &slots[0], before, 1);
			take_slot(&pool, &slots[1], bytes, 2);
			take_slot(&pool, &slots[2], 50, 3);
			free_slot(&pool, &slots[1]);
			trim_and_compare(&pool, memory, 20, 0);
			check_slot(&slots[0]);
			check_slot(&slots[2]);
			take_slot(&pool, &slots[1], bytes, 4);
			CHECK(slots[1].data < slots[2].data);
			poolreset(&pool);
		}
	}
}

/* --- flags ---------------------------------------------------------------------------------------------------------- */

TEST(patterns_stay)
{
	unsigned char *memory = map(100, MAP_PRIVATE | MAP_ANONYMOUS);
	Pool pool = begin(memory, 100);
	struct slot slots[SLOTS];
	unsigned present;

	pool.flags = POOL_ANTAGONISM;
	pool.free = take_back;
	spread(&pool, slots);
	present = count_present(memory, 100);
	CHECK_EQUAL(pooltrim(&pool, 0), 0);
	CHECK_EQUAL(count_present(memory, 100), present);
	for (unsigned i = 0; i < SLOTS; i++)
		free_slot(&pool, &slots[i]);
	CHECK_EQUAL(pooltrim(&pool, 0), 100 * page_bytes());
	CHECK_EQUAL(given_back_bytes, 100 * page_bytes());
	CHECK_EQUAL(given_back_word, 0xff000000);
}

TEST(buried_blocks_stay_as_they_were_filled)
{
	unsigned char *memory = map(100, MAP_PRIVATE | MAP_ANONYMOUS);
	Pool pool = begin(memory, 100);
	struct slot slots[SLOTS];
	unsigned char *buried;

	need_advice();
	pool.flags = POOL_NOREUSE;
	spread(&pool, slots);
	buried = (unsigned char *)(uintptr_t)band_block_of(slots[0].data).address + band_block_of(slots[0].data).size_bytes;
	trim_and_compare(&pool, memory, 100, 0);
	for (unsigned long i = HEADER_BYTES + 8; i < 3 * page_bytes(); i++)
		CHECK_EQUAL(buried[i], 0xda);
}

static char log_text[256];

static void keep_text(Pool *pool, char *format, ...)
{
	__builtin_va_list arguments;

	(void)pool;
	__builtin_va_start(arguments, format);
	vsnprintf(log_text, sizeof(log_text), format, arguments);
	__builtin_va_end(arguments);
}

TEST(a_line_is_logged)
{
	unsigned char *memory = map(100, MAP_PRIVATE | MAP_ANONYMOUS);
	Pool pool = begin(memory, 100);
	struct slot slots[SLOTS];
	char expected[256];

	spread(&pool, slots);
	pool.flags = POOL_LOGGING | POOL_PARANOIA;
	pool.print = keep_text;
	snprintf(expected, sizeof(expected), "pooltrim %lx 10 = %lu\n", (unsigned long)(uintptr_t)&pool, pooltrim(&pool, 10));
	CHECK(strcmp(log_text, expected) == 0);
}
