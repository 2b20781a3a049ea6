/* Arenas, callbacks and calls of the one pool. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "space.h"

#define EVENTS_MAX 8192
#define PARTS_MAX 16384
#define TAKEN_MAX 64
#define NESTED_MAX 40                     /* of a run: a dump shows what its own lines take */
#define CALLBACKS_MAX 200000              /* of one call; more are an endless loop */

static struct {
	Pool pool;
	struct plan plan;
	unsigned next_place, next_nested;
	unsigned long callbacks, locks;
	void *taken[TAKEN_MAX];           /* by callbacks */
	size_t taken_count;
	bool is_nested, are_panics_expected;
	sigjmp_buf escape;
	struct answer answer;
	struct event events[EVENTS_MAX];
	size_t event_count;
	struct poolpart parts[PARTS_MAX];
	size_t part_count;
	struct poolcounts counts;
} program;

static void fail(const char *what)
{
	fprintf(stderr, "the library does what pool(3) rules out: %s\n", what);
	abort();
}

static void expect(bool holds, const char *what)
{
	if (!holds)
		fail(what);
}

static void note(int kind, void *block, void *to, unsigned long n, unsigned char seed)
{
	expect(program.event_count < EVENTS_MAX, "thousands of blocks move in one call");
	program.events[program.event_count++] = (struct event){ kind, seed, block, to, n };
}

/* --- callbacks ---------------------------------------------------------------------------------------------------- */

/* As model.rs does. */
static void fill(unsigned char *block, unsigned long n, unsigned char seed)
{
	for (unsigned long i = 0; i < n; i++)
		block[i] = (unsigned char)(seed + i + (i >> 8));
}

/* The pool may be used by its callbacks: something is taken, or given back, in turn with nothing. */
static void use_nested(void)
{
	unsigned char code = program.plan.nested[program.next_nested % PROGRAM_PLACES];

	program.callbacks++;
	expect(program.callbacks < CALLBACKS_MAX, "a call does not end");
	if (program.is_nested || code == 0 || program.next_nested == NESTED_MAX)
		return;
	program.next_nested++;
	program.is_nested = true;
	if (code % 2 == 1 && program.taken_count < TAKEN_MAX) {
		unsigned long n = code * (code % 3 == 0 ? 100UL : 4UL);
		void *block = poolalloc(&program.pool, n);

		if (block != NULL) {
			program.taken[program.taken_count++] = block;
			fill(block, n, code);
			note(EVENT_TAKEN, block, NULL, n, code);
		}
	} else if (program.taken_count > 0) {
		void *block = program.taken[--program.taken_count];

		/* Before: what it calls may take the place. */
		note(EVENT_FREED, block, NULL, 0, 0);
		poolfree(&program.pool, block);
	}
	program.is_nested = false;
}

static void *give_arena(unsigned long bytes)
{
	unsigned char code = program.plan.places[program.next_place++ % PROGRAM_PLACES];
	uintptr_t start;

	use_nested();
	expect(program.plan.has_lock == 0 || program.locks > 0, "alloc without the lock");
	program.answer.allocs++;
	start = space_take(code, bytes);
	program.answer.failed_allocs += start == 0;
	return (void *)start;
}

static int merge_arenas(void *bottom, void *top)
{
	use_nested();
	expect((uintptr_t)bottom < (uintptr_t)top, "merge with the higher arena first");
	return program.plan.is_merging && space_take_gap_below((uintptr_t)top);
}

static void move_block(void *from, void *to)
{
	for (size_t i = 0; i < program.taken_count; i++)
		if (program.taken[i] == from)
			program.taken[i] = to;
	note(EVENT_MOVED, from, to, 0, 0);
	use_nested();
}

static void take_arena(void *arena, unsigned long bytes)
{
	size_t count, left;

	space_arenas(&count);
	expect(space_forget((uintptr_t)arena, bytes), "a part of an arena is freed");
	space_arenas(&left);
	expect(left < count || program.are_panics_expected, "what is freed is no arena");
	expect(program.plan.has_lock == 0 || program.is_nested || program.locks == 0, "free with the lock");
	use_nested();
}

static void lock(Pool *pool)
{
	expect(pool == &program.pool, "lock of another pool");
	program.locks++;
	expect(program.locks == 1 || program.is_nested, "the lock is taken twice");
}

static void unlock(Pool *pool)
{
	expect(pool == &program.pool && program.locks > 0, "unlock without lock");
	program.locks--;
}

static void print(Pool *pool, char *format, ...)
{
	expect(pool == &program.pool && strcmp(format, "%s") == 0, "print with another format");
	use_nested();
}

static void logstack(Pool *pool)
{
	expect(pool == &program.pool, "logstack of another pool");
	use_nested();
}

static void panic(Pool *pool, char *format, ...)
{
	expect(pool == &program.pool && strcmp(format, "%s") == 0, "panic with another format");
	program.answer.panics++;
	program.callbacks++;
	expect(program.callbacks < CALLBACKS_MAX, "a call does not end");
	if (!program.are_panics_expected) {
		va_list arguments;

		va_start(arguments, format);
		fprintf(stderr, "%s\n", va_arg(arguments, const char *));
		va_end(arguments);
		fail("it panics, and nothing was wrong");
	}
	if (program.plan.panic_jumps)
		siglongjmp(program.escape, 1);
}

static int visit(void *user, const struct poolpart *part)
{
	(void)user;
	program.callbacks++;
	expect(program.part_count < PARTS_MAX && program.callbacks < CALLBACKS_MAX, "a walk does not end");
	program.parts[program.part_count++] = *part;
	return 0;
}

/* --- calls -------------------------------------------------------------------------------------------------------- */

static void operate(const struct call *call)
{
	Pool *pool = &program.pool;
	struct answer *answer = &program.answer;

	switch ((enum operation)call->operation) {
	case CALL_ALLOC:
		answer->block = poolalloc(pool, call->n);
		break;
	case CALL_ALLOC_ALIGNED:
		answer->block = poolallocalign(pool, call->n, call->align, call->offset, call->span);
		break;
	case CALL_ALLOC_ZEROED:
		answer->block = poolzalloc(pool, call->n);
		break;
	case CALL_FREE:
		poolfree(pool, call->block);
		break;
	case CALL_RESIZE:
		answer->block = poolrealloc(pool, call->block, call->n);
		break;
	case CALL_USABLE:
		answer->number = poolmsize(pool, call->block);
		break;
	case CALL_OVERLAP:
		answer->number = (unsigned long)poolisoverlap(pool, call->block, call->n);
		break;
	case CALL_RESET:
		program.is_nested = true; /* whether what callbacks take is forgotten would be hard to say */
		poolreset(pool);
		program.is_nested = false;
		program.taken_count = 0;
		break;
	case CALL_COMPACT:
		answer->number = (unsigned long)poolcompact(pool);
		break;
	case CALL_TRIM:
		answer->number = pooltrim(pool, call->n);
		break;
	case CALL_CHECK:
		poolcheck(pool);
		break;
	case CALL_CHECK_BLOCK:
		poolblockcheck(pool, call->block);
		break;
	case CALL_DUMP:
		pooldump(pool);
		break;
	case CALL_WALK:
		program.part_count = 0;
		answer->number = (unsigned long)poolwalk(pool, visit, NULL);
		break;
	case CALL_COUNT:
		program.counts = (struct poolcounts){ .size = sizeof(program.counts) };
		answer->number = (unsigned long)poolstats(pool, &program.counts);
		break;
	case CALL_DESTROY:
		program.is_nested = true; /* nobody uses a pool that ends */
		pooldestroy(pool);
		program.is_nested = false;
		break;
	}
}

/* Callbacks leave alone what the call is about. */
static void forget_taken(const void *block)
{
	for (size_t i = 0; i < program.taken_count; i++)
		if (program.taken[i] == block)
			program.taken[i] = program.taken[--program.taken_count];
}

struct answer program_call(const struct call *call)
{
	forget_taken(call->block);
	program.answer = (struct answer){ 0 };
	program.event_count = 0;
	program.callbacks = 0;
	if (sigsetjmp(program.escape, 0) == 0) {
		operate(call);
		expect(program.locks == 0, "the lock is not given back");
		if (!program.plan.has_free && (call->operation == CALL_RESET || call->operation == CALL_DESTROY))
			space_forget_all();
	} else {
		/* The lock is held after a jump, and given back by the program. */
		program.is_nested = false;
		while (program.locks > 0)
			unlock(&program.pool);
	}
	return program.answer;
}

Pool *program_start(const struct plan *plan)
{
	if (!space_start())
		fail("there is no address space");
	program.plan = *plan;
	program.taken_count = program.event_count = program.part_count = 0;
	program.next_place = program.next_nested = 0;
	program.locks = program.callbacks = 0;
	program.is_nested = program.are_panics_expected = false;
	program.pool = (Pool){
		.name = "fuzz", .maxsize = SPACE_BYTES, .minarena = 4096, .quantum = 32,
		.alloc = give_arena, .merge = merge_arenas, .move = plan->has_move ? move_block : NULL,
		.free = plan->has_free ? take_arena : NULL, .lock = plan->has_lock ? lock : NULL,
		.unlock = plan->has_lock ? unlock : NULL, .print = print, .panic = panic, .logstack = logstack,
	};
	return &program.pool;
}

const struct event *program_events(size_t *count)
{
	*count = program.event_count;
	return program.events;
}

const struct poolpart *program_parts(size_t *count)
{
	*count = program.part_count;
	return program.parts;
}

const struct poolcounts *program_counts(void)
{
	return &program.counts;
}

void program_expect_panics(int are_expected)
{
	program.are_panics_expected = are_expected != 0;
}
