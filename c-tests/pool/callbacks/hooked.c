#include "pool/callbacks/hooked.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "pool/provider/in_band.h"
#include "support/runner.h"

struct hooked hooked;
unsigned char hooked_store[STORE_BYTES] __attribute__((aligned(4096)));

/* Runs what a test has hung up, but not within itself. */
#define HOOK_WITH(hook, arguments)             \
	do {                                   \
		static bool is_inside;         \
		if ((hook) != NULL && !is_inside) { \
			is_inside = true;      \
			hook arguments;        \
			is_inside = false;     \
		}                              \
	} while (0)
#define HOOK(hook) HOOK_WITH(hook, ())

static void *cut(unsigned long bytes)
{
	void *arena;

	HOOK(hooked.in_alloc);
	if (hooked.instead_of_arena != NULL)
		return hooked.instead_of_arena(bytes);
	if (bytes > STORE_BYTES - hooked.cut_bytes)
		return NULL;
	arena = hooked_store + hooked.cut_bytes;
	hooked.cut_bytes += (bytes + 15) / 16 * 16;
	return arena;
}

static int merge(void *bottom, void *top)
{
	(void)bottom;
	(void)top;
	HOOK(hooked.in_merge);
	return hooked.is_merging;
}

static void move(void *from, void *to)
{
	hooked.moves++;
	HOOK_WITH(hooked.in_move, (from, to));
}

static void lock(Pool *locked)
{
	CHECK(locked == &hooked.pool);
	hooked.depth++;
	hooked.most_depth = hooked.depth > hooked.most_depth ? hooked.depth : hooked.most_depth;
	HOOK(hooked.in_lock);
}

static void unlock(Pool *locked)
{
	CHECK(locked == &hooked.pool && hooked.depth > 0);
	hooked.depth--;
}

static void print(Pool *printing, char *format, ...)
{
	CHECK(printing == &hooked.pool && format != NULL);
	hooked.prints++;
	HOOK(hooked.in_print);
}

static void logstack(Pool *logging)
{
	CHECK(logging == &hooked.pool);
	HOOK(hooked.in_logstack);
}

static void panic(Pool *panicking, char *format, ...)
{
	va_list arguments;

	CHECK(panicking == &hooked.pool);
	va_start(arguments, format);
	vsnprintf(hooked.panic_text, sizeof(hooked.panic_text), format, arguments);
	va_end(arguments);
	if (hooked.in_panic == NULL)
		runner_fail(__FILE__, __LINE__, hooked.panic_text);
	hooked.panics++;
	HOOK(hooked.in_panic);
}

void hooked_start(void)
{
	hooked.pool = (Pool){
		.name = "calling", .maxsize = STORE_BYTES, .minarena = 4096, .quantum = 32, .alloc = cut, .merge = merge,
		.move = move, .lock = lock, .unlock = unlock, .print = print, .panic = panic, .logstack = logstack,
	};
}

void hooked_check(void)
{
	uintptr_t arena_bytes = 0;

	CHECK_EQUAL(hooked.depth, 0);
	poolcheck(&hooked.pool);
	band_check_counters(&hooked.pool);
	for (const struct band_arena *arena = hooked.pool.arenalist; arena != NULL; arena = (void *)arena->below)
		arena_bytes += arena->arena_bytes;
	CHECK_EQUAL(hooked.pool.cursize, arena_bytes);
}
