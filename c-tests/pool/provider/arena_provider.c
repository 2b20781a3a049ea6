/* Arenas and callbacks for pools under test. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "pool/provider/arena_provider.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/runner.h"

#define PAGE_BYTES 4096UL
#define DEFAULT_SPACE_BYTES (64UL << 20)

struct arena_provider provider;

static size_t up_to(size_t bytes, size_t unit)
{
	return (bytes + unit - 1) / unit * unit;
}

/* --- texts: "%s" comes from this library; the original formats with Plan 9's verbs -------------------------------- */

static void append(const char *text)
{
	size_t room = sizeof(provider.report) - provider.report_bytes;
	int length = snprintf(provider.report + provider.report_bytes, room, "%s", text);

	provider.report_bytes += (size_t)length < room ? (size_t)length : room - 1;
}

/* One verb of %s %p %lud %llud %ld %lux %.8lux %ux %.2ux; returns what follows it. */
static const char *append_verb(const char *verb, va_list *arguments)
{
	unsigned digits = 0, longs = 0;
	char piece[64];

	if (*verb == '.')
		for (verb++; *verb >= '0' && *verb <= '9'; verb++)
			digits = digits * 10 + (unsigned)(*verb - '0');
	for (; *verb == 'l'; verb++)
		longs++;
	if (*verb == 's') {
		append(va_arg(*arguments, const char *));
		return verb + 1;
	}
	if (*verb == 'p') {
		snprintf(piece, sizeof(piece), "%lx", (unsigned long)(uintptr_t)va_arg(*arguments, void *));
	} else if (*verb == 'd') {
		snprintf(piece, sizeof(piece), "%ld", va_arg(*arguments, long));
	} else {
		unsigned long long number = longs == 2 ? va_arg(*arguments, unsigned long long)
			: longs == 1 ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned);

		verb++;
		snprintf(piece, sizeof(piece), *verb == 'x' ? "%.*llx" : "%.*llu", (int)digits, number);
	}
	append(piece);
	return verb + 1;
}

static void append_text(const char *format, va_list *arguments)
{
	provider.unfinished_texts += strcmp(format, "%s") != 0;
	while (*format != '\0') {
		if (*format == '%') {
			format = append_verb(format + 1, arguments);
		} else {
			append((char[]){ *format, '\0' });
			format++;
		}
	}
}

/* --- callbacks ---------------------------------------------------------------------------------------------------- */

static void expect_locked(bool is_expected)
{
	provider.unlocked_calls += (provider.holder != NULL) != is_expected;
}

/* Both ends of an arena cannot be at page boundaries, so they take turns. */
static void *cut_apart(size_t bytes)
{
	size_t paged_bytes = up_to(bytes, PAGE_BYTES);
	unsigned char *pages = provider.space + provider.cut_bytes;

	if (paged_bytes < bytes || paged_bytes + 2 * PAGE_BYTES > provider.space_bytes - provider.cut_bytes)
		return NULL;
	provider.cut_bytes += paged_bytes + PAGE_BYTES;
	if (mprotect(pages, paged_bytes, PROT_READ | PROT_WRITE) != 0)
		return NULL;
	if (provider.allocs % 2 == 0)
		return pages;
	return pages + (paged_bytes - bytes) / 16 * 16;
}

static void *cut_together(size_t bytes)
{
	size_t step = up_to(bytes, 16) + provider.plan.gap_bytes;

	if (step < bytes || step > provider.space_bytes - provider.cut_bytes)
		return NULL;
	provider.cut_bytes += step;
	if (provider.plan.order == ARENAS_UPWARDS)
		return provider.space + provider.cut_bytes - step;
	return provider.space + provider.space_bytes - provider.cut_bytes;
}

static void *give_arena(unsigned long bytes)
{
	void *arena = NULL;

	expect_locked(true);
	provider.last_alloc_bytes = bytes;
	if (provider.arenas_left > 0)
		arena = provider.plan.order == ARENAS_APART ? cut_apart(bytes) : cut_together(bytes);
	provider.allocs++;
	provider.last_alloc = arena;
	provider.arenas_left -= arena != NULL;
	return arena;
}

static int merge_arenas(void *bottom, void *top)
{
	expect_locked(true);
	CHECK(bottom < top);
	provider.merges++;
	return provider.plan.is_merging;
}

static void move_block(void *from, void *to)
{
	expect_locked(true);
	if (provider.moves < PROVIDER_MOVES)
		provider.moved[provider.moves] = (struct provider_move){ from, to };
	provider.moves++;
	if (provider.on_move != NULL)
		provider.on_move(from, to);
}

static void take_arena(void *arena, unsigned long bytes)
{
	expect_locked(false);
	provider.last_freed = arena;
	provider.last_freed_bytes = bytes;
	provider.frees++;
}

static void lock(Pool *pool)
{
	expect_locked(false);
	provider.holder = pool;
	provider.locks++;
}

static void unlock(Pool *pool)
{
	provider.unlocked_calls += provider.holder != pool;
	provider.holder = NULL;
	provider.unlocks++;
}

static void print(Pool *pool, char *format, ...)
{
	va_list arguments;

	provider.unlocked_calls += provider.holder != pool;
	va_start(arguments, format);
	append_text(format, &arguments);
	va_end(arguments);
}

static void logstack(Pool *pool)
{
	provider.unlocked_calls += provider.holder != pool;
	provider.logstacks++;
}

static void panic(Pool *pool, char *format, ...)
{
	size_t begin = provider.report_bytes;
	va_list arguments;

	provider.unlocked_calls += provider.holder != pool;
	provider.panics++;
	va_start(arguments, format);
	append_text(format, &arguments);
	va_end(arguments);
	snprintf(provider.panic_text, sizeof(provider.panic_text), "%s", provider.report + begin);
	if (provider.panic_way == PANIC_JUMPS)
		siglongjmp(provider.escape, 1);
	if (provider.panic_way == PANIC_EXITS) {
		fprintf(stderr, "%s\n", provider.report);
		_exit(STATUS_PANICKED);
	}
	if (provider.panic_way == PANIC_RETURNS)
		return;
	printf("# panic: %s\n", provider.report);
	runner_fail(__FILE__, __LINE__, "the pool finds nothing wrong");
}

/* --- life --------------------------------------------------------------------------------------------------------- */

Pool provider_pool(char *name)
{
	return (Pool){
		.name = name, .maxsize = UINTPTR_MAX / 2, .minarena = 4096, .quantum = 32,
		.alloc = give_arena, .merge = merge_arenas, .move = move_block, .free = take_arena,
		.lock = lock, .unlock = unlock, .print = print, .panic = panic, .logstack = logstack,
	};
}

Pool provider_start(char *name, const struct arena_plan *plan)
{
	int access = plan->order == ARENAS_APART ? PROT_NONE : PROT_READ | PROT_WRITE;

	if (provider.space != NULL)
		munmap(provider.space - PAGE_BYTES, provider.space_bytes + 2 * PAGE_BYTES);
	memset(&provider, 0, sizeof(provider));
	provider.plan = *plan;
	provider.arenas_left = UINT_MAX;
	provider.space_bytes = up_to(plan->space_bytes == 0 ? DEFAULT_SPACE_BYTES : plan->space_bytes, PAGE_BYTES);
	provider.space = mmap(NULL, provider.space_bytes + 2 * PAGE_BYTES, PROT_NONE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (provider.space == MAP_FAILED)
		runner_skip("the address space that it needs cannot be had");
	provider.space += PAGE_BYTES;
	if (mprotect(provider.space, provider.space_bytes, access) != 0)
		runner_skip("the memory that it needs cannot be had");
	return provider_pool(name);
}

void provider_forget(void)
{
	provider.allocs = provider.merges = provider.moves = provider.frees = provider.logstacks = 0;
	provider.locks = provider.unlocks = provider.panics = 0;
	provider.unfinished_texts = 0;
	provider.report_bytes = 0;
	provider.report[0] = provider.panic_text[0] = '\0';
}

bool provider_owns(const void *from, size_t bytes)
{
	uintptr_t begin = (uintptr_t)from, space = (uintptr_t)provider.space;

	return begin >= space && bytes <= provider.space_bytes && begin - space <= provider.space_bytes - bytes;
}

static void operate(Pool *pool, enum pool_operation operation, void *block, unsigned long bytes)
{
	switch (operation) {
	case POOL_OPERATION_ALLOC:
		poolalloc(pool, bytes);
		break;
	case POOL_OPERATION_FREE:
		poolfree(pool, block);
		break;
	case POOL_OPERATION_REALLOC:
		poolrealloc(pool, block, bytes);
		break;
	case POOL_OPERATION_MSIZE:
		poolmsize(pool, block);
		break;
	case POOL_OPERATION_CHECK:
		poolcheck(pool);
		break;
	case POOL_OPERATION_BLOCKCHECK:
		poolblockcheck(pool, block);
		break;
	case POOL_OPERATION_COMPACT:
		poolcompact(pool);
		break;
	case POOL_OPERATION_DUMP:
		pooldump(pool);
		break;
	}
}

bool provider_panics(Pool *pool, enum pool_operation operation, void *block, unsigned long bytes)
{
	provider_forget();
	provider.panic_way = PANIC_JUMPS;
	if (sigsetjmp(provider.escape, 0) == 0) {
		operate(pool, operation, block, bytes);
		provider.panic_way = PANIC_FAILS_THE_TEST;
		return false;
	}
	provider.panic_way = PANIC_FAILS_THE_TEST;
	if (provider.holder != NULL)
		provider.holder->unlock(provider.holder);
	return true;
}
