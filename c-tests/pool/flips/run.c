/* Tries flips in children, and says what came of them. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool/flips/flip.h"
#include "pool/provider/arena_provider.h"
#include "pool/provider/in_band.h"
#include "support/runner.h"

#define CPU_SECONDS_OF_A_HANG 2
#define SECONDS_OF_A_HANG 60
#define STATUS_SPOILED 34
#define GROUP_FLIPS 512

static const char *const field_names[FLIP_FIELDS] = {
	"allocated block: header, magic", "allocated block: header, size", "allocated block: guard bytes",
	"allocated block: tail, magic", "allocated block: tail, unused bytes", "allocated block: tail, padding",
	"allocated block: tail, size",
	"free block: header, magic", "free block: header, size", "free block: link 1", "free block: link 2",
	"free block: link 3", "free block: link 4", "free block: link 5", "free block: tail, magic",
	"free block: tail, unused bytes", "free block: tail, padding", "free block: tail, size",
	"arena: header, magic", "arena: header, size", "arena: link up", "arena: link down", "arena: bytes",
	"arena: tail, size", "arena end: magic", "arena end: size",
};

static const char *const outcome_names[FLIP_OUTCOMES] = {
	[FLIP_REPORTED] = "reported", [FLIP_SILENT] = "silent", [FLIP_SIGNAL] = "signal", [FLIP_HANG] = "hang",
};

/* --- in a child --------------------------------------------------------------------------------------------------- */

/* An endless loop uses processor time; what sleeps for ever does not, but uses up the alarm. */
static void limit_time(void)
{
	struct itimerval limit = { { 0, 0 }, { CPU_SECONDS_OF_A_HANG, 0 } };

	setitimer(ITIMER_PROF, &limit, NULL);
	alarm(SECONDS_OF_A_HANG);
}

static void use_heap(struct flip_heap *heap)
{
	for (int round = 0; round < 2; round++) {
		for (unsigned slot = 0; slot < FLIP_SLOTS; slot++) {
			poolfree(&heap->pool, heap->slots[slot]);
			heap->slots[slot] = NULL;
		}
		for (unsigned slot = 0; slot < FLIP_SLOTS; slot++) {
			unsigned long bytes = slot * 37 % 900 + 1;

			heap->slots[slot] = poolalloc(&heap->pool, bytes);
			if (heap->slots[slot] != NULL)
				memset(heap->slots[slot], 'u', bytes);
		}
	}
}

static void act(struct flip_heap *heap, const struct flip *flip, enum flip_action action)
{
	if (action == FLIP_CHECK || action == FLIP_CHECK_ON)
		poolcheck(&heap->pool);
	else if (action == FLIP_FREE)
		poolfree(&heap->pool, heap->slots[flip->slot]);
	else
		use_heap(heap);
}

/* Returns true if the heap is again as it was, so that this child can try the next flip. */
static bool try_flip(struct flip_heap *heap, size_t i, enum flip_action action)
{
	const struct flip *flip = &heap->flips[i];

	heap->outcomes[i] = FLIP_RUNNING;
	limit_time();
	provider_forget();
	band_flip(flip->address, flip->bit % 8);
	provider.panic_way = action == FLIP_CHECK_ON ? PANIC_RETURNS : PANIC_JUMPS;
	if (sigsetjmp(provider.escape, 0) == 0)
		act(heap, flip, action);
	heap->outcomes[i] = provider.panics > 0 ? FLIP_REPORTED : FLIP_SILENT;
	provider.holder = NULL;
	provider.panic_way = PANIC_FAILS_THE_TEST;
	band_flip(flip->address, flip->bit % 8);
	if (action == FLIP_FREE)
		return heap->outcomes[i] == FLIP_REPORTED;
	return action != FLIP_USE;
}

static bool is_about(enum flip_action action, const struct flip *flip)
{
	return action != FLIP_FREE || flip->slot < FLIP_SLOTS;
}

/* One child for many flips, as long as each leaves the heap as it was. At the end it is looked at without damage. */
static void try_group(struct flip_heap *heap, size_t i, enum flip_action action, unsigned stride)
{
	struct rlimit no_core = { 0, 0 };
	size_t end = i + GROUP_FLIPS < heap->count ? i + GROUP_FLIPS : heap->count;

	setrlimit(RLIMIT_CORE, &no_core);
	for (; i < end && is_about(action, &heap->flips[i]); i += stride)
		if (!try_flip(heap, i, action))
			_exit(0);
	limit_time();
	provider.panic_way = PANIC_JUMPS;
	if (sigsetjmp(provider.escape, 0) != 0)
		_exit(STATUS_SPOILED);
	poolcheck(&heap->pool);
	_exit(0);
}

/* --- in the parent ------------------------------------------------------------------------------------------------ */

static int wait_for(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0)
		CHECK(errno == EINTR);
	return status;
}

static void judge(struct flip_heap *heap, size_t running, int status)
{
	if (WIFSIGNALED(status)) {
		bool is_hung = WTERMSIG(status) == SIGPROF || WTERMSIG(status) == SIGALRM;

		heap->outcomes[running] = is_hung ? FLIP_HANG : FLIP_SIGNAL;
	} else {
		CHECK(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == STATUS_SPOILED);
		heap->spoiled_groups += WEXITSTATUS(status) == STATUS_SPOILED;
	}
}

void flip_run(struct flip_heap *heap, enum flip_action action, unsigned stride)
{
	size_t i = 0;

	memset(heap->outcomes, FLIP_UNTRIED, heap->count);
	heap->spoiled_groups = 0;
	while (i < heap->count) {
		size_t last = i;
		pid_t child;

		if (!is_about(action, &heap->flips[i])) {
			i += stride;
			continue;
		}
		fflush(NULL);
		child = fork();
		CHECK(child >= 0);
		if (child == 0)
			try_group(heap, i, action, stride);
		int status = wait_for(child);
		for (; i < heap->count && heap->outcomes[i] != FLIP_UNTRIED; i += stride)
			last = i;
		judge(heap, last, status);
	}
}

unsigned flip_count_in(const struct flip_heap *heap, enum flip_outcome outcome, enum flip_field first,
		       enum flip_field last)
{
	unsigned count = 0;

	for (size_t i = 0; i < heap->count; i++)
		count += heap->outcomes[i] == outcome && heap->flips[i].field >= first && heap->flips[i].field <= last;
	return count;
}

unsigned flip_count(const struct flip_heap *heap, enum flip_outcome outcome)
{
	return flip_count_in(heap, outcome, 0, FLIP_FIELDS - 1);
}

static void print_row(const struct flip_heap *heap, const char *name, enum flip_field first, enum flip_field last)
{
	unsigned counts[FLIP_OUTCOMES], total = 0;

	for (unsigned outcome = FLIP_REPORTED; outcome < FLIP_OUTCOMES; outcome++)
		total += counts[outcome] = flip_count_in(heap, outcome, first, last);
	if (total > 0)
		printf("# %-36s %7u %9u %7u %7u %5u\n", name, total, counts[FLIP_REPORTED], counts[FLIP_SILENT],
		       counts[FLIP_SIGNAL], counts[FLIP_HANG]);
}

/* By bit, as the same bit of many blocks has one meaning; bits in a row with equal counts are one entry. */
static void print_rest_of_field(const struct flip_heap *heap, enum flip_field field, enum flip_outcome outcome)
{
	unsigned counts[65] = { 0 };

	if (flip_count_in(heap, outcome, field, field) == 0)
		return;
	for (size_t i = 0; i < heap->count; i++)
		if (heap->flips[i].field == field && heap->outcomes[i] == outcome)
			counts[heap->flips[i].bit]++;
	printf("# %s: %s, bits (of how many blocks):", outcome_names[outcome], field_names[field]);
	for (unsigned first = 0, bit = 0; bit < 64; first = bit) {
		while (counts[bit] == counts[first] && bit < 64)
			bit++;
		if (counts[first] > 0 && bit - first > 1)
			printf(" %u-%u (%u)", first, bit - 1, counts[first]);
		else if (counts[first] > 0)
			printf(" %u (%u)", first, counts[first]);
	}
	printf("\n");
}

static void print_rest(const struct flip_heap *heap, enum flip_outcome first)
{
	for (unsigned outcome = first; outcome < FLIP_OUTCOMES; outcome++)
		for (unsigned field = 0; field < FLIP_FIELDS; field++)
			print_rest_of_field(heap, field, outcome);
	fflush(stdout);
}

void flip_print(const struct flip_heap *heap, const char *title)
{
	printf("# %-36s %7s %9s %7s %7s %5s\n", title, "flips", "reported", "silent", "signal", "hang");
	for (unsigned field = 0; field < FLIP_FIELDS; field++)
		print_row(heap, field_names[field], field, field);
	print_row(heap, "all", 0, FLIP_FIELDS - 1);
	print_rest(heap, FLIP_SILENT);
}

void flip_print_sums(const struct flip_heap *heap, const char *title)
{
	print_row(heap, title, 0, FLIP_FIELDS - 1);
	print_rest(heap, FLIP_SIGNAL);
}
