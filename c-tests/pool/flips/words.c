/* Writes words over in children, uses the heap there, and counts what came of it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "pool/flips/words.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool/provider/in_band.h"
#include "support/runner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CPU_SECONDS_OF_A_HANG 1   /* for one call */
#define SECONDS_OF_A_HANG 60
#define MOST_DATA_BYTES 100000

enum word_value { VALUE_ZERO, VALUE_ONES, VALUE_ALLOCATED, VALUE_FREE, VALUE_OWN, WORD_VALUES };

/* Of one word, and of two in a row. */
static const struct { unsigned char words; unsigned char values[2]; } kinds[] = {
	{ 1, { VALUE_ZERO } }, { 1, { VALUE_ONES } }, { 1, { VALUE_ALLOCATED } }, { 1, { VALUE_FREE } }, { 1, { VALUE_OWN } },
	{ 2, { VALUE_ZERO, VALUE_ZERO } }, { 2, { VALUE_ONES, VALUE_ONES } }, { 2, { VALUE_OWN, VALUE_OWN } },
	{ 2, { VALUE_FREE, VALUE_FREE } }, { 2, { VALUE_ALLOCATED, VALUE_FREE } }, { 2, { VALUE_FREE, VALUE_OWN } },
	{ 2, { VALUE_OWN, VALUE_ZERO } }, { 2, { VALUE_ZERO, VALUE_OWN } },
};

/* What one child says. */
struct word_result {
	unsigned panics, late_panics, spoiled;
	bool is_unwell;
};

static struct word_result *result;

/* What the program keeps in its blocks. */
static struct {
	unsigned long bytes;
	unsigned long sum;
} held[FLIP_SLOTS];

static struct flip_heap *heap_in_use;

/* --- the writes --------------------------------------------------------------------------------------------------- */

static bool is_word(const struct flip *flip)
{
	return flip->bit == 0 && flip->address % sizeof(long) == 0;
}

/* The words of a block are listed from its header on. */
static uintptr_t address_of_value(const struct flip_heap *heap, size_t i, enum word_value value)
{
	size_t other = i;

	if (value == VALUE_OWN) {
		while (heap->flips[other].field != ALLOCATED_MAGIC && heap->flips[other].field != FREE_BLOCK_MAGIC &&
		       heap->flips[other].field != ARENA_MAGIC)
			other--;
	} else {
		enum flip_field field = value == VALUE_FREE ? FREE_BLOCK_MAGIC : ALLOCATED_MAGIC;

		/* The next one but some in a row, so that it is not always the neighbour. */
		for (unsigned left = 1 + i % 3; left > 0; left -= heap->flips[other].field == field && is_word(&heap->flips[other]))
			other = (other + 1) % heap->count;
	}
	return heap->flips[other].address - heap->flips[other].bit / 8;
}

static unsigned long word_of(const struct flip_heap *heap, size_t i, enum word_value value)
{
	if (value == VALUE_ZERO || value == VALUE_ONES)
		return value == VALUE_ZERO ? 0 : ~0UL;
	return address_of_value(heap, i, value);
}

/*
 * Behind the header of an allocated block are the program's words, and behind the end of an arena there may be no
 * memory. All else is the heap's own, also where the next block begins.
 */
static bool can_be_written(const struct flip *flip, size_t kind)
{
	bool is_last = flip->field == ALLOCATED_SIZE || flip->field == ARENA_END_SIZE;

	return is_word(flip) && (kinds[kind].words == 1 || !is_last);
}

static void write_over(const struct flip_heap *heap, size_t i, size_t kind)
{
	uintptr_t place = heap->flips[i].address;

	for (unsigned number = 0; number < kinds[kind].words; number++) {
		unsigned long word = word_of(heap, i, kinds[kind].values[number]);

		CHECK(band_write(place + number * sizeof(long), &word, sizeof(word)));
	}
}

/* --- the program -------------------------------------------------------------------------------------------------- */

static unsigned long sum_of(const unsigned char *data, unsigned long bytes)
{
	unsigned long sum = bytes;

	for (unsigned long i = 0; i < bytes; i++)
		sum = sum * 31 + data[i];
	return sum;
}

static void hold(int slot, void *data, unsigned long bytes, bool is_new)
{
	heap_in_use->slots[slot] = data;
	held[slot].bytes = bytes;
	if (data != NULL && is_new)
		memset(data, slot ^ (int)bytes, bytes);
	held[slot].sum = data == NULL ? 0 : sum_of(data, bytes);
}

/* What the program has in its blocks before anything is written over. */
static void hold_all(struct flip_heap *heap)
{
	heap_in_use = heap;
	for (int slot = 0; slot < FLIP_SLOTS; slot++) {
		unsigned char *data = heap->slots[slot];

		if (data == NULL) {
			hold(slot, NULL, 0, false);
			continue;
		}
		struct band_block block = band_block_of(data);

		hold(slot, data, block.address + HEADER_BYTES + band_data_bytes(&block) - (uintptr_t)data, false);
	}
}

static void follow_move(void *from, void *to)
{
	for (int slot = 0; slot < FLIP_SLOTS; slot++)
		if (heap_in_use->slots[slot] == from)
			heap_in_use->slots[slot] = to;
}

static void check_held(int slot)
{
	if (heap_in_use->slots[slot] != NULL)
		result->spoiled += sum_of(heap_in_use->slots[slot], held[slot].bytes) != held[slot].sum;
}

/* An endless loop uses processor time; what sleeps for ever does not, but uses up the alarm. */
static void limit_time(void)
{
	struct itimerval limit = { { 0, 0 }, { CPU_SECONDS_OF_A_HANG, 0 } };

	setitimer(ITIMER_PROF, &limit, NULL);
}

/* One call. After a jump out of panic the program unlocks, and goes on. */
static void *call(enum pool_operation operation, void *block, unsigned long bytes, unsigned long align)
{
	Pool *pool = &heap_in_use->pool;
	void *volatile data = NULL;

	limit_time();
	provider_forget();
	if (sigsetjmp(provider.escape, 0) == 0) {
		if (operation == POOL_OPERATION_ALLOC)
			data = align == 0 ? poolalloc(pool, bytes) : poolallocalign(pool, bytes, align, 0, 0);
		else if (operation == POOL_OPERATION_REALLOC)
			data = poolrealloc(pool, block, bytes);
		else if (operation == POOL_OPERATION_FREE)
			poolfree(pool, block);
		else if (operation == POOL_OPERATION_MSIZE)
			poolmsize(pool, block);
		else if (operation == POOL_OPERATION_COMPACT)
			poolcompact(pool);
		else
			poolcheck(pool);
	}
	if (provider.holder != NULL)
		provider.holder->unlock(provider.holder);
	result->panics += provider.panics;
	return data;
}

static unsigned long bytes_for(int slot, int round)
{
	unsigned number = (unsigned)slot * 7 + (unsigned)round;

	return number % 29 == 0 ? number * 9973 % MOST_DATA_BYTES : number * 37 % 900 + 1;
}

static void change_slot(int slot, int round)
{
	void *block = heap_in_use->slots[slot];
	unsigned long bytes = bytes_for(slot, round);

	check_held(slot);
	if (block == NULL) {
		hold(slot, call(POOL_OPERATION_ALLOC, NULL, bytes, slot % 11 == 0 ? 128 : 0), bytes, true);
	} else if ((slot + round) % 3 == 0) {
		unsigned long kept = bytes < held[slot].bytes ? bytes : held[slot].bytes, sum = sum_of(block, kept);
		void *resized = call(POOL_OPERATION_REALLOC, block, bytes, 0);

		/* The block may be damaged: then the program has it no more. */
		hold(slot, resized, bytes, false);
		result->spoiled += resized != NULL && sum_of(resized, kept) != sum;
	} else {
		/* Also where that panics, it is not tried again. */
		call(POOL_OPERATION_FREE, block, 0, 0);
		hold(slot, NULL, 0, false);
	}
}

static void use_heap(void)
{
	for (int round = 0; round < WORD_ROUNDS; round++) {
		unsigned before = result->panics;

		for (int slot = round % 2; slot < FLIP_SLOTS; slot += 2)
			change_slot(slot, round);
		for (int slot = FLIP_SLOTS - 1; slot >= 0; slot -= 3)
			change_slot(slot, round);
		if (round % 2 == 0)
			call(POOL_OPERATION_COMPACT, NULL, 0, 0);
		result->late_panics = result->panics - before;
	}
	for (int slot = 0; slot < FLIP_SLOTS; slot++)
		check_held(slot);
	call(POOL_OPERATION_CHECK, NULL, 0, 0);
	result->is_unwell = provider.panics > 0;
}

/* --- in the parent ------------------------------------------------------------------------------------------------ */

static void try_write(struct flip_heap *heap, size_t i, size_t kind, enum panic_way panic_way)
{
	struct rlimit no_core = { 0, 0 };

	setrlimit(RLIMIT_CORE, &no_core);
	alarm(SECONDS_OF_A_HANG);
	provider.panic_way = panic_way;
	provider.on_move = follow_move;
	write_over(heap, i, kind);
	use_heap();
	_exit(0);
}

static void judge(struct word_counts *counts, int status, const struct flip *flip, size_t kind)
{
	counts->tried++;
	counts->reported += result->panics > 0;
	counts->late += result->late_panics > 0;
	counts->spoiled += result->spoiled > 0;
	/* Only poolcheck() reads the headers of arenas. */
	counts->unwell += result->is_unwell && (flip->field < ARENA_MAGIC || flip->field > ARENA_TAIL_SIZE);
	if (result->panics > counts->most_panics)
		counts->most_panics = result->panics;
	if (WIFSIGNALED(status)) {
		bool is_hung = WTERMSIG(status) == SIGPROF || WTERMSIG(status) == SIGALRM;

		counts->hangs += is_hung;
		counts->signals += !is_hung;
	} else {
		CHECK_EQUAL(WEXITSTATUS(status), 0);
	}
	if (WIFSIGNALED(status) || result->late_panics > 0 || result->spoiled > 0 ||
	    (result->is_unwell && (flip->field < ARENA_MAGIC || flip->field > ARENA_TAIL_SIZE)))
		printf("# field %u, kind %zu: status %x, panics %u, at last %u, spoiled %u, unwell %d\n", flip->field, kind,
		       (unsigned)status, result->panics, result->late_panics, result->spoiled, result->is_unwell);
}

struct word_counts words_run(struct flip_heap *heap, unsigned stride, enum panic_way panic_way)
{
	struct word_counts counts = { 0 };
	size_t number = 0;

	result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(result != MAP_FAILED);
	hold_all(heap);
	for (size_t i = 0; i < heap->count; i++) {
		for (size_t kind = 0; kind < COUNT(kinds); kind++) {
			int status = 0;
			pid_t child;

			if (!can_be_written(&heap->flips[i], kind) || number++ % stride != 0)
				continue;
			memset(result, 0, sizeof(*result));
			fflush(NULL);
			child = fork();
			CHECK(child >= 0);
			if (child == 0)
				try_write(heap, i, kind, panic_way);
			while (waitpid(child, &status, 0) < 0)
				CHECK(errno == EINTR);
			judge(&counts, status, &heap->flips[i], kind);
		}
	}
	munmap(result, sizeof(*result));
	return counts;
}

void words_print(const struct word_counts *counts, const char *title)
{
	printf("# %-36s %7u tried %7u reported %5u signals %5u hangs; at most %u panics each, %u late; %u spoiled, %u unwell\n",
	       title, counts->tried, counts->reported, counts->signals, counts->hangs, counts->most_panics, counts->late,
	       counts->spoiled, counts->unwell);
	fflush(stdout);
}
