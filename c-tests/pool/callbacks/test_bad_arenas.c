/* What `alloc` may not return. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>
#include <sys/mman.h>

#include "pool.h"
#include "pool/callbacks/hooked.h"
#include "support/runner.h"

static void return_from_panic(void)
{
}

static void *misaligned(unsigned long bytes)
{
	(void)bytes;
	return hooked_store + STORE_BYTES / 2 + sizeof(void *) / 2;
}

static void *the_last_one(unsigned long bytes)
{
	return hooked_store + hooked.cut_bytes - bytes / 2 / 16 * 16;
}

/* It begins before the arena that there is, and ends in it. */
static void *from_below(unsigned long bytes)
{
	return hooked_store + 16384 - (bytes / 2 + 15) / 16 * 16;
}

static void *beyond_all_addresses(unsigned long bytes)
{
	(void)bytes;
	return (void *)(UINTPTR_MAX - 1023);
}

static unsigned char *pages;

static void *unwritable(unsigned long bytes)
{
	(void)bytes;
	return pages;
}

/* Nil, one line that says what is wrong, and the pool is as it was. */
static void check_refused(void *(*bad)(unsigned long), const char *text)
{
	unsigned char *block;
	Pool before;

	hooked_start();
	hooked.cut_bytes = 16384;
	block = poolalloc(&hooked.pool, 100);
	memset(block, 'b', 100);
	hooked.in_panic = return_from_panic;
	hooked.instead_of_arena = bad;
	before = hooked.pool;
	CHECK(poolalloc(&hooked.pool, 4100) == NULL);
	CHECK_EQUAL(hooked.panics, 1);
	CHECK_EQUAL(hooked.prints, 0);
	CHECK(strstr(hooked.panic_text, "bad arena: ") == hooked.panic_text && strstr(hooked.panic_text, text) != NULL);
	CHECK(strstr(hooked.panic_text, "calling") != NULL && strstr(hooked.panic_text, "poolalloc") != NULL);
	CHECK(strchr(hooked.panic_text, '\n') == NULL);
	CHECK(strcmp(poolerror(), "bad arena") == 0);
	CHECK(memcmp(&hooked.pool, &before, sizeof(hooked.pool)) == 0);
	CHECK(poolrealloc(&hooked.pool, block, 4100) == NULL && block[99] == 'b');
	hooked.instead_of_arena = NULL;
	hooked.in_panic = NULL;
	CHECK(poolalloc(&hooked.pool, 4100) != NULL);
	hooked_check();
}

TEST(a_misaligned_arena_is_refused)
{
	check_refused(misaligned, "not aligned");
}

TEST(an_arena_within_another_is_refused)
{
	check_refused(the_last_one, "overlaps with arena");
}

TEST(an_arena_that_reaches_into_another_is_refused)
{
	check_refused(from_below, "overlaps with arena");
}

TEST(an_arena_without_an_end_is_refused)
{
	check_refused(beyond_all_addresses, "beyond all addresses");
}

static void check_unwritable(size_t writable_from, size_t writable_to)
{
	pages = mmap(NULL, 16 * PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(pages != MAP_FAILED);
	if (writable_to > writable_from)
		mprotect(pages + writable_from, writable_to - writable_from, PROT_READ | PROT_WRITE);
	check_refused(unwritable, "cannot be written");
}

TEST(an_arena_without_access_is_refused)
{
	check_unwritable(0, 0);
}

TEST(an_arena_that_can_only_be_read_is_refused)
{
	pages = mmap(NULL, 16 * PAGE_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check_refused(unwritable, "cannot be written");
}

TEST(an_arena_that_ends_where_there_is_no_memory_is_refused)
{
	check_unwritable(0, PAGE_BYTES);
}

TEST(an_arena_that_begins_where_there_is_no_memory_is_refused)
{
	check_unwritable(PAGE_BYTES, 16 * PAGE_BYTES);
}
