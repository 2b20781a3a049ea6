/*
 * What the pool says of wrong pointers and of damage: the original's text, then the pool, the call, and what is near.
 * It says it through panic, never by a signal.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "support/runner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PAGE_BYTES 4096

static const enum pool_operation operations[] = {
	POOL_OPERATION_FREE, POOL_OPERATION_REALLOC, POOL_OPERATION_MSIZE, POOL_OPERATION_BLOCKCHECK,
};
static const char *const operation_names[] = { "poolfree", "poolrealloc", "poolmsize", "poolblockcheck" };

static Pool start(void)
{
	return provider_start("diagnosed", &(struct arena_plan){ .order = ARENAS_APART });
}

static void write_bytes(const void *to, unsigned value, size_t count)
{
	unsigned char bytes[256];

	CHECK(count <= sizeof(bytes));
	memset(bytes, (int)value, count);
	CHECK(band_write((uintptr_t)to, bytes, count));
}

static bool report_begins(const char *text)
{
	return strncmp(provider.report, text, strlen(text)) == 0;
}

static bool report_names(const void *address)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%lx", (unsigned long)(uintptr_t)address);
	return strstr(provider.report, digits) != NULL;
}

/* --- wrong pointers ----------------------------------------------------------------------------------------------- */

/* Every call that takes a block must refuse it alike, and leave the pool as it was. */
static void check_refused(Pool *pool, void *pointer)
{
	char expected[128];
	Pool before = *pool;

	snprintf(expected, sizeof(expected), "D2B called on non-block %lx (double-free?)", (unsigned long)(uintptr_t)pointer);
	for (size_t i = 0; i < COUNT(operations); i++) {
		CHECK(provider_panics(pool, operations[i], pointer, 1000));
		CHECK_EQUAL(provider.panics, 1);
		CHECK(report_begins(expected));
		CHECK(strstr(provider.report, "diagnosed") != NULL);
		CHECK(strstr(provider.report, operation_names[i]) != NULL);
		CHECK_EQUAL(provider.unlocked_calls, 0);
		before.freeroot = pool->freeroot; /* what it means is the library's own affair */
		CHECK(memcmp(pool, &before, sizeof(before)) == 0);
		poolcheck(pool);
	}
}

TEST(a_block_freed_twice_is_reported)
{
	Pool pool = start();
	unsigned char *before = poolalloc(&pool, 100), *block = poolalloc(&pool, 200), *behind = poolalloc(&pool, 300);

	poolfree(&pool, block);
	check_refused(&pool, block);
	CHECK(report_names(before) || report_names(before - HEADER_BYTES));
	CHECK(report_names(behind) || report_names(behind - HEADER_BYTES));
	poolfree(&pool, before); /* now it lies inside a larger free block */
	check_refused(&pool, block);
	poolfree(&pool, behind);
	check_refused(&pool, block);
	check_refused(&pool, before);
	check_refused(&pool, behind);
}

TEST(a_block_freed_twice_without_reuse_is_reported)
{
	Pool pool = start();
	unsigned char *block = poolalloc(&pool, 200);

	pool.flags = POOL_NOREUSE;
	poolfree(&pool, block);
	check_refused(&pool, block);
}

static unsigned char static_bytes[512] __attribute__((aligned(16)));

TEST(a_pointer_to_other_memory_is_reported)
{
	Pool pool = start();
	unsigned char stack_bytes[512] __attribute__((aligned(16))) = { 0 };
	unsigned char *heap_bytes = malloc(512);
	static const char constant_bytes[64] __attribute__((aligned(16))) = "constant";

	check_refused(&pool, &stack_bytes[256]); /* before there is an arena */
	CHECK(poolalloc(&pool, 100) != NULL);
	check_refused(&pool, &stack_bytes[256]);
	check_refused(&pool, &static_bytes[256]);
	check_refused(&pool, heap_bytes);
	check_refused(&pool, (void *)(uintptr_t)&constant_bytes[32]);
	check_refused(&pool, &pool);
	free(heap_bytes);
}

TEST(a_pointer_to_nowhere_is_reported)
{
	unsigned char *pages = mmap(NULL, 2 * PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	Pool pool = start();

	CHECK(poolalloc(&pool, 100) != NULL);
	CHECK(pages != MAP_FAILED && mprotect(pages + PAGE_BYTES, PAGE_BYTES, PROT_READ | PROT_WRITE) == 0);
	check_refused(&pool, pages + PAGE_BYTES); /* what a header would need is not mapped */
	check_refused(&pool, pages);
	check_refused(&pool, (void *)8);
	check_refused(&pool, (void *)16);
	check_refused(&pool, (void *)(UINTPTR_MAX - 7));
	check_refused(&pool, (void *)(UINTPTR_MAX - 15));
	check_refused(&pool, (void *)(UINTPTR_MAX / 2 + 1));
	munmap(pages, 2 * PAGE_BYTES);
}

/* What only looks like a block: words before an aligned block, without an end. */
TEST(a_pointer_behind_a_page_of_alignment_words_is_reported)
{
	unsigned char *pages = mmap(NULL, 2 * PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	Pool pool = start();

	CHECK(poolalloc(&pool, 100) != NULL);
	CHECK(pages != MAP_FAILED && mprotect(pages + PAGE_BYTES, PAGE_BYTES, PROT_READ | PROT_WRITE) == 0);
	for (unsigned i = 0; i < PAGE_BYTES / sizeof(unsigned long); i++)
		((unsigned long *)(pages + PAGE_BYTES))[i] = MAGIC_BEFORE_ALIGNED;
	check_refused(&pool, pages + PAGE_BYTES + 512);
	munmap(pages, 2 * PAGE_BYTES);
}

TEST(a_pointer_into_a_block_is_reported)
{
	Pool pool = start();
	unsigned char *block = poolalloc(&pool, 300), *behind = poolalloc(&pool, 100);

	memset(block, 0x11, 300);
	for (unsigned offset = 8; offset < 296; offset += 8) {
		check_refused(&pool, block + offset);
		CHECK(report_names(block) || report_names(block - HEADER_BYTES));
	}
	check_refused(&pool, block - 8);
	check_refused(&pool, block - HEADER_BYTES);
	check_refused(&pool, behind - 32);
}

/* As in the original: what is wrong below a word is rounded off, and said nothing of if a block begins there. */
TEST(a_pointer_between_words_is_rounded_down)
{
	Pool pool = start();

	for (unsigned rest = 1; rest < sizeof(unsigned long); rest++) {
		unsigned char *block = poolalloc(&pool, 100);

		CHECK(poolmsize(&pool, block + rest) >= 100);
		poolblockcheck(&pool, block + rest);
		CHECK(provider_panics(&pool, POOL_OPERATION_FREE, block + 16 + rest, 0));
		CHECK(report_begins("D2B called on non-block ") && report_names(block + 16));
		poolfree(&pool, block + rest);
		CHECK_EQUAL(pool.curalloc, 0);
		CHECK(provider_panics(&pool, POOL_OPERATION_FREE, block + rest, 0));
		CHECK(report_begins("D2B called on non-block ") && report_names(block));
	}
}

TEST(a_pointer_to_the_ends_of_an_arena_is_reported)
{
	Pool pool = start();
	const size_t first_data = sizeof(struct band_arena) + HEADER_BYTES;
	unsigned char *arena, *end;

	CHECK(poolalloc(&pool, 100) != NULL);
	arena = pool.arenalist;
	end = arena + pool.cursize;
	for (int offset = -(int)first_data; offset < (int)first_data; offset += 8) {
		check_refused(&pool, arena + offset);
		check_refused(&pool, end + offset);
	}
}

TEST(a_block_of_another_pool_is_reported)
{
	Pool pool = start(), other = provider_pool("other");
	unsigned char *block = poolalloc(&other, 100), *own = poolalloc(&pool, 100);

	check_refused(&pool, block);
	poolfree(&other, block);
	poolfree(&pool, own);
	poolcheck(&other);
	CHECK_EQUAL(other.curalloc, 0);
}

/* --- damage ------------------------------------------------------------------------------------------------------- */

/* All calls that look at the block must report, and each say which call it was. */
static void check_damage(Pool *pool, void *block, const char *text)
{
	for (size_t i = 0; i < COUNT(operations); i++) {
		CHECK(provider_panics(pool, operations[i], block, 5000));
		CHECK(report_begins(text));
		CHECK_EQUAL(provider.panics, 1);
		CHECK(strstr(provider.report, "pool panic") != NULL);
		CHECK(strstr(provider.report, "diagnosed") != NULL);
		CHECK(strstr(provider.report, operation_names[i]) != NULL);
	}
	CHECK(provider_panics(pool, POOL_OPERATION_CHECK, NULL, 0));
	CHECK(strstr(provider.report, "poolcheck") != NULL);
	pool->flags = POOL_PARANOIA;
	CHECK(provider_panics(pool, POOL_OPERATION_ALLOC, NULL, 10));
	CHECK(strstr(provider.report, "poolalloc") != NULL);
	pool->flags = 0;
}

TEST(an_overflow_by_one_to_four_bytes_is_reported)
{
	for (unsigned offset = 0; offset < 4; offset++) {
		Pool pool = start();
		unsigned char *before = poolalloc(&pool, 50), *block = poolalloc(&pool, 101), *behind = poolalloc(&pool, 50);

		write_bytes(block + 101 + offset, 0x41, 1);
		check_damage(&pool, block, "mem user overflow");
		CHECK(provider_panics(&pool, POOL_OPERATION_FREE, block, 0));
		CHECK(report_names(before) || report_names(before - HEADER_BYTES));
		CHECK(report_names(behind) || report_names(behind - HEADER_BYTES));
	}
}

TEST(an_overflow_of_a_full_block_is_reported)
{
	Pool pool = start();
	unsigned char *block = poolalloc(&pool, FULL_DATA_BYTES(128));

	CHECK_EQUAL(band_block_of(block).size_bytes, 128);
	write_bytes(block + FULL_DATA_BYTES(128), 0x41, 1);
	check_damage(&pool, block, "corrupt tail magic0");
}

TEST(a_long_overflow_is_reported_for_both_blocks)
{
	Pool pool = start();
	unsigned char *block = poolalloc(&pool, 100), *behind = poolalloc(&pool, 300);

	CHECK(poolalloc(&pool, 10) != NULL);
	write_bytes(block + 100, 0x41, 100);
	check_damage(&pool, block, "corrupt tail magic0");
	CHECK(provider_panics(&pool, POOL_OPERATION_FREE, behind, 0));
	CHECK(report_begins("D2B called on non-block "));
}

/* The rest of the block is nobody's; the original does not look there either. */
TEST(a_write_behind_the_guard_bytes_does_no_harm)
{
	Pool pool = start();
	unsigned char *block = poolalloc(&pool, 101), *behind = poolalloc(&pool, 10);

	write_bytes(block + 101 + 5, 0x41, 1);
	provider.panic_way = PANIC_JUMPS;
	if (sigsetjmp(provider.escape, 0) == 0) {
		poolfree(&pool, block);
		poolfree(&pool, behind);
		poolcheck(&pool);
		CHECK_EQUAL(pool.curalloc, 0);
	} else {
		CHECK(report_begins("mem user overflow"));
	}
}

/* One byte is the highest of the size, a word is all of it, two end at the magic. */
TEST(an_underflow_is_reported)
{
	static const unsigned lengths[] = { 1, 2, 4, 7, 8, 9, 12, 15, 16, 24, 32, 48 };

	for (size_t i = 0; i < COUNT(lengths); i++) {
		Pool pool = start();
		unsigned char *before = poolalloc(&pool, 50), *block = poolalloc(&pool, 100);

		CHECK(before != NULL && poolalloc(&pool, 10) != NULL);
		write_bytes(block - lengths[i], 0x41, lengths[i]);
		for (size_t k = 0; k < COUNT(operations); k++) {
			CHECK(provider_panics(&pool, operations[k], block, 5000));
			CHECK(report_begins(lengths[i] > sizeof(long) ? "D2B called on non-block " : "corrupt tail "));
			CHECK(strstr(provider.report, "diagnosed") != NULL);
			CHECK(strstr(provider.report, operation_names[k]) != NULL);
			CHECK(report_names(block) || report_names(block - HEADER_BYTES));
		}
		CHECK(provider_panics(&pool, POOL_OPERATION_CHECK, NULL, 0));
		CHECK(provider_panics(&pool, POOL_OPERATION_DUMP, NULL, 0) || provider.report_bytes > 0);
	}
}

TEST(a_write_to_a_freed_block_that_is_not_reused_is_reported)
{
	for (unsigned offset = 8; offset < 100; offset++) {
		Pool pool = start();
		unsigned char *block = poolalloc(&pool, 100);

		CHECK(poolalloc(&pool, 10) != NULL);
		pool.flags = POOL_NOREUSE;
		poolfree(&pool, block);
		write_bytes(block + offset, 0x41, 1);
		CHECK(provider_panics(&pool, POOL_OPERATION_CHECK, NULL, 0));
		CHECK(report_begins("dangling pointer write"));
		CHECK(strstr(provider.report, "diagnosed") != NULL);
		CHECK(strstr(provider.report, "poolcheck") != NULL);
		CHECK(report_names(block - HEADER_BYTES));
	}
}

TEST(damage_in_front_of_a_block_is_reported)
{
	Pool pool = start();
	unsigned char *before = poolalloc(&pool, 50), *block = poolalloc(&pool, 100), *aligned;

	poolfree(&pool, before); /* its tail says where a block to merge with begins */
	write_bytes(block - HEADER_BYTES - sizeof(long), 0x41, sizeof(long));
	CHECK(provider_panics(&pool, POOL_OPERATION_CHECK, NULL, 0));
	CHECK(provider_panics(&pool, POOL_OPERATION_FREE, block, 0));
	CHECK(strstr(provider.report, "set aside") != NULL);
	CHECK(!provider_panics(&pool, POOL_OPERATION_FREE, block, 0));
	CHECK(!provider_panics(&pool, POOL_OPERATION_CHECK, NULL, 0));

	pool = start();
	aligned = poolallocalign(&pool, 100, 1024, 8, 0);
	write_bytes(aligned - 8, 0x41, 8);
	check_refused(&pool, aligned);
}

/* --- kinds are told apart ----------------------------------------------------------------------------------------- */

#define KINDS 7

static char kind_texts[KINDS][8192];
static unsigned kind_count;

/* How many characters at the begin are a number: hexadecimal digits, with one below 10 among them. */
static size_t number_length(const char *text)
{
	size_t length = strspn(text, "0123456789abcdef");

	return strcspn(text, "0123456789") < length ? length : 0;
}

/* Keeps what the pool said of one kind of fault, with all numbers made alike. */
static void keep_kind(Pool *pool, enum pool_operation operation, void *block)
{
	char *text = kind_texts[kind_count++];
	size_t length = 0;

	CHECK(provider_panics(pool, operation, block, 0));
	for (const char *next = provider.report; *next != '\0' && length < sizeof(kind_texts[0]) - 1; length++) {
		size_t digits = number_length(next);

		text[length] = digits > 0 ? '#' : *next;
		next += digits > 0 ? digits : 1;
	}
	text[length] = '\0';
}

TEST(each_kind_of_fault_has_a_text_of_its_own)
{
	Pool pool = start(), other = provider_pool("other");
	unsigned char *freed = poolalloc(&pool, 100), *block = poolalloc(&pool, 100), *dead = poolalloc(&pool, 100);
	unsigned char *under = poolalloc(&pool, 100), *foreign = poolalloc(&other, 100);
	unsigned char stack_bytes[64] __attribute__((aligned(16))) = { 0 };

	poolfree(&pool, freed);
	pool.flags = POOL_NOREUSE;
	poolfree(&pool, dead);
	pool.flags = 0;
	keep_kind(&pool, POOL_OPERATION_FREE, freed);
	keep_kind(&pool, POOL_OPERATION_FREE, &stack_bytes[32]);
	keep_kind(&pool, POOL_OPERATION_FREE, block + 32);
	keep_kind(&other, POOL_OPERATION_FREE, foreign - 32);
	write_bytes(dead + 20, 0x41, 1);
	keep_kind(&pool, POOL_OPERATION_CHECK, NULL);
	write_bytes(under - 16, 0x41, 16);
	keep_kind(&pool, POOL_OPERATION_FREE, under);
	write_bytes(block + 100, 0x41, 1);
	keep_kind(&pool, POOL_OPERATION_FREE, block);
	CHECK_EQUAL(kind_count, KINDS);
	for (unsigned i = 0; i < KINDS; i++)
		for (unsigned j = 0; j < i; j++)
			if (strcmp(kind_texts[i], kind_texts[j]) == 0) {
				printf("# of kinds %u and %u the pool says: %s\n", j, i, kind_texts[i]);
				CHECK(!"each kind has a text of its own");
			}
}
