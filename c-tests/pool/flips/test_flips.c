/* Every single wrong bit in what a heap keeps about itself: found, and never the end of who looks for it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdlib.h>

#include "pool/flips/flip.h"
#include "pool/flips/words.h"
#include "support/runner.h"

#define LEAST_FLIPS 7688
#define HEAP 12
#define STRIDE_OF_RETURNS 7
#define HEAPS_TO_USE 5
#define STRIDE_OF_USE 101         /* each has a child of its own */

/* Where all takes long, as under valgrind, some flips must do: an odd step meets all bits of words. */
#define PATIENT_STRIDE 97
#define PATIENT_HEAPS 2

/* Each write has a child of its own. MILLPOND_TEST_FLIPS=N: every Nth of more heaps; 1 takes some minutes. */
#define STRIDE_OF_WORDS 61
#define HEAPS_TO_WRITE_AT_LENGTH 4

static bool is_thorough(void)
{
	return getenv("MILLPOND_TEST_FLIPS") != NULL;
}

static bool is_patient(void)
{
	return getenv("MILLPOND_TEST_PATIENCE") != NULL;
}

static unsigned stride(unsigned usual)
{
	return is_patient() && usual < PATIENT_STRIDE ? PATIENT_STRIDE : usual;
}

static void check_nothing_ends(const struct flip_heap *heap)
{
	CHECK_EQUAL(flip_count(heap, FLIP_SIGNAL), 0);
	CHECK_EQUAL(flip_count(heap, FLIP_HANG), 0);
	CHECK_EQUAL(flip_count(heap, FLIP_RUNNING), 0);
	CHECK_EQUAL(heap->spoiled_groups, 0);
}

TEST(check_reports_wrong_bits)
{
	struct flip_heap *heap = flip_heap_make(HEAP);

	runner_set_limit(300);
	CHECK(heap->count >= LEAST_FLIPS);
	flip_run(heap, FLIP_CHECK, stride(1));
	flip_print(heap, "poolcheck");
	check_nothing_ends(heap);
	unsigned reported = flip_count(heap, FLIP_REPORTED), silent = flip_count(heap, FLIP_SILENT);
	CHECK_EQUAL(reported + silent, (heap->count + stride(1) - 1) / stride(1));
	CHECK(silent * 200 <= reported + silent);
	flip_heap_end(heap);
}

/* A program whose panic returns is wrong, but the pool does not make it worse. */
TEST(check_goes_on_after_a_report_without_a_signal)
{
	struct flip_heap *heap = flip_heap_make(HEAP);

	runner_set_limit(300);
	flip_run(heap, FLIP_CHECK_ON, stride(STRIDE_OF_RETURNS));
	flip_print_sums(heap, "poolcheck, panic returns");
	check_nothing_ends(heap);
	CHECK(flip_count(heap, FLIP_REPORTED) > 100 * flip_count(heap, FLIP_SILENT));
	flip_heap_end(heap);
}

TEST(free_reports_every_wrong_bit_of_the_block)
{
	if (sizeof(long) < 8)
		SKIP("words of 32 bits have no room for a seal");
	struct flip_heap *heap = flip_heap_make(HEAP);

	runner_set_limit(300);
	flip_run(heap, FLIP_FREE, stride(1));
	flip_print(heap, "poolfree");
	check_nothing_ends(heap);
	CHECK(flip_count_in(heap, FLIP_REPORTED, ALLOCATED_MAGIC, ALLOCATED_TAIL_SIZE) > 0);
	CHECK_EQUAL(flip_count(heap, FLIP_SILENT), 0);
	flip_heap_end(heap);
}

/* What is not looked at may go unseen for a while. */
TEST(use_of_a_heap_with_a_wrong_bit_never_ends_in_a_signal)
{
	runner_set_limit(300);
	for (unsigned number = 1; number <= (is_patient() ? PATIENT_HEAPS : HEAPS_TO_USE); number++) {
		struct flip_heap *heap = flip_heap_make(number);

		flip_run(heap, FLIP_USE, stride(STRIDE_OF_USE));
		flip_print_sums(heap, "poolfree and poolalloc of all");
		check_nothing_ends(heap);
		CHECK(flip_count(heap, FLIP_REPORTED) > flip_count(heap, FLIP_SILENT));
		flip_heap_end(heap);
	}
}

/* --- whole words -------------------------------------------------------------------------------------------------- */

static void check_words(enum panic_way panic_way, unsigned first_heap, const char *title)
{
	unsigned step = is_thorough() ? (unsigned)atoi(getenv("MILLPOND_TEST_FLIPS")) : stride(STRIDE_OF_WORDS);

	CHECK(step > 0);
	runner_set_limit(is_thorough() ? 3000 : 300);
	for (unsigned number = 0; number < (is_thorough() ? HEAPS_TO_WRITE_AT_LENGTH : 1); number++) {
		struct flip_heap *heap = flip_heap_make(first_heap + number);
		struct word_counts counts = words_run(heap, step, panic_way);

		words_print(&counts, title);
		CHECK_EQUAL(counts.signals, 0);
		CHECK_EQUAL(counts.hangs, 0);
		CHECK_EQUAL(counts.spoiled, 0);
		CHECK_EQUAL(counts.late, 0);
		CHECK_EQUAL(counts.unwell, 0);
		CHECK(counts.reported * 2 > counts.tried);
		flip_heap_end(heap);
	}
}

/* Each call ends; what was found damaged is not met again, and no block of the program's changes. */
TEST(use_of_a_heap_with_wrong_words_goes_on_if_panic_returns)
{
	check_words(PANIC_RETURNS, 3, "words, panic returns");
}

TEST(use_of_a_heap_with_wrong_words_goes_on_if_panic_jumps)
{
	check_words(PANIC_JUMPS, 6, "words, panic jumps");
}
