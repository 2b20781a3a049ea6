/* pooltrim() and memory whose pages are not dropped: shared, of a file, locked, of huge pages, or by a system's refusal. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pool.h"
#include "pool/trimming/pages.h"
#include "support/refuse_calls.h"
#include "support/runner.h"

#define ADVICE_FREE 8                       /* MADV_FREE */

/* Nothing is given back, and not even what is free changes. */
static void expect_nothing(void *memory)
{
	static unsigned char before[100 * MOST_PAGE_BYTES];
	struct slot slots[SLOTS];
	Pool pool = begin(memory, 100);

	spread(&pool, slots);
	memcpy(before, memory, 100 * page_bytes());
	errno = 77;
	CHECK_EQUAL(pooltrim(&pool, 0), 0);
	CHECK_EQUAL(errno, 77);
	CHECK(memcmp(before, memory, 100 * page_bytes()) == 0);
	poolcheck(&pool);
	for (unsigned i = 1; i < SLOTS; i += 2)
		take_slot(&pool, &slots[i], 3 * page_bytes(), (unsigned char)i);
	for (unsigned i = 0; i < SLOTS; i++)
		check_slot(&slots[i]);
}

TEST(shared_memory_stays)
{
	void *memory = map(100, MAP_SHARED | MAP_ANONYMOUS);

	expect_nothing(memory);
	munmap(memory, 100 * page_bytes());
}

TEST(pages_of_a_file_stay)
{
	FILE *file = tmpfile();
	void *memory;

	CHECK(file != NULL && ftruncate(fileno(file), (off_t)(100 * page_bytes())) == 0);
	memory = mmap(NULL, 100 * page_bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE, fileno(file), 0);
	CHECK(memory != MAP_FAILED);
	fclose(file);
	expect_nothing(memory);
}

TEST(locked_pages_stay)
{
	void *memory = map(100, MAP_PRIVATE | MAP_ANONYMOUS);

	/* AddressSanitizer has an mlock() of its own, which does nothing. */
	if (syscall(SYS_mlock, memory, 100 * page_bytes()) != 0)
		SKIP("no memory can be locked here");
	expect_nothing(memory);
}

TEST(huge_pages_that_were_set_apart_stay)
{
	size_t bytes = (100 * page_bytes() + (2UL << 20) - 1) >> 21 << 21;
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

	if (memory == MAP_FAILED)
		SKIP("there are no huge pages");
	expect_nothing(memory);
}

TEST(advice_that_is_refused_is_no_failure)
{
	refuse_advice(ADVICE_FREE, ENOSYS);
	expect_nothing(map(100, MAP_PRIVATE | MAP_ANONYMOUS));
}

TEST(advice_that_is_taken_without_effect_gives_nothing)
{
	refuse_advice(ADVICE_FREE, 0);
	refuse_advice(MADV_DONTNEED, 0);
	expect_nothing(map(100, MAP_PRIVATE | MAP_ANONYMOUS));
}
