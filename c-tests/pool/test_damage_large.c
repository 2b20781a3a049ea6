/*
 * Damage in large free blocks, and in what lies beside them, while the pool works: those in the trees, those behind others
 * of their size, and the two that stand in no list. Whatever their words say, no call ends in a signal or runs on for
 * ever, and what is handed out lies in an arena.
 *
 * Arenas end, or begin, at an unreadable page.
 *
 * MILLPOND_TEST_DAMAGE=N: all values of each word, and so many heaps with several random words; takes some minutes.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "pool.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "support/random.h"
#include "support/runner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CHILD_SECONDS 60
#define PAGE_BYTES 4096UL         /* of which the provider makes arenas */
#define WALL_BYTES 2000
#define FRONT_WORDS 7             /* the header and five links */
#define BACK_WORDS 4              /* the tail, and the header behind it */
#define BEFORE_WORDS 2            /* the tail of the block before */
#define WORDS (BEFORE_WORDS + FRONT_WORDS + BACK_WORDS)
#define RANDOM_HEAPS 1000U
/* Odd steps meet all values, and all that is done then. */
#define USUAL_STRIDE 17U
#define PATIENT_STRIDE 101U

/* Of the blocks that are freed, in this order: two trees, a ring of three, and the last one stands in none. */
static const unsigned long large_bytes[] = { 40000, 40000, 49000, 66000, 40000, 41000, 98000, 49000, 33000 };

#define LARGE COUNT(large_bytes)

static struct {
	Pool pool;
	unsigned char *large[LARGE], *walls[LARGE + 1];
	unsigned char *arena_begin, *arena_end, *victim;
} heap;

static unsigned long block_bytes_of(const unsigned char *data)
{
	unsigned long bytes;

	memcpy(&bytes, data - sizeof(bytes), sizeof(bytes));
	return bytes;
}

static unsigned arenas_back;

/* Each arena has pages of its own: from here on, who uses it ends in a signal. */
static void take_back(void *arena, unsigned long bytes)
{
	uintptr_t begin = (uintptr_t)arena / PAGE_BYTES * PAGE_BYTES, end = (uintptr_t)arena + bytes;

	arenas_back++;
	CHECK_EQUAL(mprotect((void *)begin, end - begin, PROT_NONE), 0);
}

/* What is left of the arena is the victim: it stands in no list. */
static void make_heap(bool is_end_unreadable)
{
	heap.pool = provider_start("damaged", &(struct arena_plan){ .order = ARENAS_APART });
	heap.pool.minarena = 1 << 20;
	heap.pool.free = take_back;
	/* Every other arena has the page at its begin. */
	if (is_end_unreadable)
		CHECK(poolalloc(&heap.pool, (1 << 20) - 100) != NULL);
	heap.walls[0] = poolalloc(&heap.pool, WALL_BYTES);
	for (size_t i = 0; i < LARGE; i++) {
		heap.large[i] = poolalloc(&heap.pool, large_bytes[i]);
		heap.walls[i + 1] = poolalloc(&heap.pool, WALL_BYTES);
		CHECK(heap.large[i] != NULL && heap.walls[i + 1] != NULL);
	}
	heap.arena_begin = provider.last_alloc;
	heap.arena_end = heap.arena_begin + provider.last_alloc_bytes;
	heap.victim = heap.walls[LARGE] + block_bytes_of(heap.walls[LARGE]);
	for (size_t i = 0; i < LARGE; i++)
		poolfree(&heap.pool, heap.large[i]);
	provider.panic_way = PANIC_RETURNS;
}

/* --- what is written --------------------------------------------------------------------------------------------- */

/* Of a free block, or the one that stands in no list if there is none of this number. */
static unsigned char *data_of(unsigned number)
{
	return number < LARGE ? heap.large[number] : heap.victim;
}

static unsigned long *word_at(unsigned block, unsigned word)
{
	unsigned char *data = data_of(block);

	if (word < BEFORE_WORDS + FRONT_WORDS)
		return (unsigned long *)(void *)(data - HEADER_BYTES) - BEFORE_WORDS + word;
	return (unsigned long *)(void *)(data - HEADER_BYTES + block_bytes_of(data)) - 2 + (word - BEFORE_WORDS - FRONT_WORDS);
}

static unsigned long header_of(const unsigned char *data)
{
	return (unsigned long)(uintptr_t)data - HEADER_BYTES;
}

#define CONSTANT_VALUES 14U
#define PLACE_VALUES 11U
#define VALUES (CONSTANT_VALUES + PLACE_VALUES + 2 * ((unsigned)LARGE + 1) + (unsigned)LARGE + 1)

/* Numbers, places in the arena and at its ends, other blocks and their sizes. */
static unsigned long value(unsigned number)
{
	const unsigned long constants[CONSTANT_VALUES] = {
		0, 1, ~0UL, -8UL, ~0UL / 2, MAGIC_FREE, MAGIC_ALLOCATED, MAGIC_DEAD, MAGIC_ARENA_END, 64, 40032, 4128, 1UL << 19, 12,
	};
	const unsigned char *places[PLACE_VALUES] = {
		heap.arena_begin, heap.arena_begin + 16, heap.arena_begin + 48, heap.arena_end, heap.arena_end - 8,
		heap.arena_end - 16, heap.arena_end - 64, heap.arena_end - 80, heap.arena_end - 88, heap.arena_begin - 8,
		heap.large[3] + 4,
	};

	if (number < CONSTANT_VALUES)
		return constants[number];
	number -= CONSTANT_VALUES;
	if (number < PLACE_VALUES)
		return (unsigned long)(uintptr_t)places[number];
	number -= PLACE_VALUES;
	if (number <= LARGE)
		return header_of(data_of(number));
	number -= (unsigned)LARGE + 1;
	return number <= LARGE ? block_bytes_of(data_of(number)) : header_of(heap.walls[number - LARGE - 1]);
}

/* --- what is done then ------------------------------------------------------------------------------------------- */

static void take(unsigned long bytes)
{
	unsigned char *data = poolalloc(&heap.pool, bytes);

	CHECK(data == NULL || provider_owns(data, bytes));
	if (data != NULL)
		memset(data, 0x41, bytes);
}

static void take_all(void)
{
	for (size_t i = 0; i < LARGE; i++)
		take(large_bytes[LARGE - 1 - i] - 500);
	take(100);
	take(300000);
}

static void resize_wall(size_t number, unsigned long bytes)
{
	unsigned char *data = poolrealloc(&heap.pool, heap.walls[number], bytes);

	CHECK(data == NULL || provider_owns(data, bytes));
	if (data != NULL)
		memset(data, 0x42, bytes);
}

enum use { TAKE, FREE_UPWARDS, FREE_DOWNWARDS, GROW, GROW_FAR, MOVE, RETURN_BY_REALLOC, TRIM, USES };

static void use_heap(enum use use)
{
	if (use == TAKE)
		take_all();
	for (size_t i = 0; i <= LARGE; i++) {
		if (use == FREE_UPWARDS || use == FREE_DOWNWARDS || use == TRIM)
			poolfree(&heap.pool, heap.walls[use == FREE_DOWNWARDS ? LARGE - i : i]);
		else if (use == RETURN_BY_REALLOC)
			poolrealloc(&heap.pool, heap.walls[LARGE - i], 0);
		else if (use != TAKE)
			resize_wall(i, use == GROW ? 36000 : use == GROW_FAR ? 75000 : 150000);
	}
	/* Arenas and pages go, and what was known of them must go too. */
	if (use == TRIM)
		pooltrim(&heap.pool, 0);
	take_all();
	poolcheck(&heap.pool);
	poolcompact(&heap.pool);
	take_all();
}

/* --- the tests --------------------------------------------------------------------------------------------------- */

static unsigned stride(void)
{
	if (getenv("MILLPOND_TEST_DAMAGE") != NULL)
		return 1;
	return getenv("MILLPOND_TEST_PATIENCE") != NULL ? PATIENT_STRIDE : USUAL_STRIDE;
}

TEST(all_that_is_done_does_its_work_where_nothing_is_damaged)
{
	for (enum use use = TAKE; use < USES; use++) {
		make_heap(false);
		use_heap(use);
		CHECK_EQUAL(provider.panics, 0);
		CHECK((arenas_back > 0) == (use == TRIM));
	}
}

TEST(no_word_of_a_large_free_block_ends_a_program)
{
	runner_set_limit(600);
	for (unsigned block = 0; block <= LARGE; block++) {
		for (unsigned word = 0; word < WORDS; word++) {
			struct runner_outcome outcome;

			IN_CHILD(&outcome, CHILD_SECONDS) {
				for (unsigned number = (block + word) % stride(); number < VALUES * USES; number += stride()) {
					make_heap(number / USES % 2 == 1);
					*word_at(block, word) = value(number / USES);
					use_heap((enum use)(number % USES));
				}
			}
			if (outcome.end != CHILD_EXITED)
				printf("# word %u of block %u\n", word, block);
			CHECK_CHILD_WELL(&outcome);
		}
	}
}

/* The block that was joined last lies before the last wall; joining needs its tail alone. */
TEST(a_damaged_header_of_the_block_that_was_joined_last_is_told)
{
	for (unsigned word = 0; word < 2; word++) {
		struct runner_outcome outcome;

		IN_CHILD(&outcome, CHILD_SECONDS) {
			make_heap(true);
			((unsigned long *)(void *)(heap.large[LARGE - 1] - HEADER_BYTES))[word] ^= 0x40;
			CHECK(provider_panics(&heap.pool, POOL_OPERATION_FREE, heap.walls[LARGE], 0));
		}
		CHECK_CHILD_WELL(&outcome);
	}
}

/* Links that lead from one to the other, as only a program makes them that writes over all. */
TEST(no_few_words_of_large_free_blocks_end_a_program)
{
	const char *wish = getenv("MILLPOND_TEST_DAMAGE");
	unsigned heaps = wish != NULL ? (unsigned)atoi(wish) : RANDOM_HEAPS * USUAL_STRIDE / stride();
	const unsigned in_child = 50;

	runner_set_limit(3000);
	for (unsigned first = 1; first <= heaps; first += in_child) {
		struct runner_outcome outcome;

		IN_CHILD(&outcome, CHILD_SECONDS) {
			for (unsigned seed = first; seed < first + in_child; seed++) {
				uint64_t state = seed * 0x9e3779b97f4a7c15ULL;

				make_heap(seed % 2 == 1);
				for (uint64_t left = 2 + random_word(&state) % 8; left > 0; left--) {
					unsigned block = (unsigned)(random_word(&state) % (LARGE + 1));
					unsigned word = (unsigned)(random_word(&state) % WORDS);
					unsigned long *place = word_at(block, word);

					/* What was written before may say that the block ends elsewhere. */
					if (provider_owns(place, sizeof(*place)) && (unsigned char *)place >= heap.arena_begin &&
					    (unsigned char *)place < heap.arena_end && (uintptr_t)place % sizeof(*place) == 0)
						*place = value((unsigned)(random_word(&state) % VALUES));
				}
				use_heap((enum use)(random_word(&state) % USES));
			}
		}
		if (outcome.end != CHILD_EXITED)
			printf("# one of the heaps from %u on\n", first);
		CHECK_CHILD_WELL(&outcome);
	}
}
