/* What the Pool calls, and the text of it. */
#include "pool/driver/callbacks.h"

#include <stdio.h>
#include <string.h>

#include "pool/driver/arenas.h"
#include "pool/driver/blocks.h"

static void *provide_arena(unsigned long bytes)
{
	struct pool_driver *driver = driver_current;
	size_t offset = arena_source_provide(&driver->arenas, bytes);

	text_add(&driver->text, "arena %lu -> @%zx\n", bytes, offset);
	if (offset == 0) {
		driver->counts.refused_arenas++;
		driver->has_alloc_failed = true;
		return NULL;
	}
	driver->counts.arenas++;
	return driver->region + offset;
}

static int merge_arenas(void *bottom, void *top)
{
	struct pool_driver *driver = driver_current;
	size_t lower = driver_offset(driver, bottom), upper = driver_offset(driver, top);
	int is_merged = arena_source_merge(&driver->arenas, lower, upper);

	text_add(&driver->text, "merge @%zx @%zx -> %d\n", lower, upper, is_merged);
	if (is_merged < 0)
		driver_fail(driver, "asked to merge what are no neighbours");
	driver->counts.merges += (unsigned)is_merged;
	return is_merged;
}

static void block_has_moved(void *from, void *to)
{
	struct pool_driver *driver = driver_current;

	text_add(&driver->text, "move @%zx @%zx\n", driver_offset(driver, from), driver_offset(driver, to));
	block_moved(driver, from, to);
	driver->counts.moves++;
	driver->has_moved = true;
}

static void take_arena_back(void *arena, unsigned long bytes)
{
	struct pool_driver *driver = driver_current;

	text_add(&driver->text, "free @%zx %lu\n", driver_offset(driver, arena), bytes);
	if (!arena_source_take_back(&driver->arenas, driver_offset(driver, arena), bytes))
		driver_fail(driver, "given an arena back that it does not have");
	driver->counts.freed_arenas++;
}

static void lock_pool(Pool *pool)
{
	struct pool_driver *driver = driver_current;

	text_add(&driver->text, "lock\n");
	if (pool != driver->pool || driver->lock_depth++ != 0)
		driver_fail(driver, "locks a pool twice, or another one");
}

static void unlock_pool(Pool *pool)
{
	struct pool_driver *driver = driver_current;

	text_add(&driver->text, "unlock\n");
	if (pool != driver->pool || driver->lock_depth-- != 1)
		driver_fail(driver, "unlocks a pool twice, or another one");
}

static void log_stack(Pool *pool)
{
	text_add(&driver_current->text, "logstack %s\n", pool == driver_current->pool ? "" : "of another pool");
}

/* The dump's `(address magic size)`, for the sums of the sizes. */
static void count_dumped(struct pool_driver *driver, const char *raw)
{
	unsigned long magic, bytes;

	if (sscanf(raw, "(%*x %lx %lu)", &magic, &bytes) != 2)
		return;
	driver->counts.dumped_blocks++;
	driver->dumped_free_bytes += magic == 0xba5eba11 ? bytes : 0;
	driver->dumped_alloc_bytes += magic == 0x0a110c09 ? bytes : 0;
}

static void take_text(struct pool_driver *driver, const char *format, va_list arguments)
{
	text_clear(&driver->raw);
	text_add_plan9(&driver->raw, format, arguments);
	if (!driver->library->is_original && strcmp(format, "%s") != 0)
		driver_fail(driver, "prints with the format \"%s\"", format);
}

static void print_text(Pool *pool, char *format, ...)
{
	struct pool_driver *driver = driver_current;
	va_list arguments;

	va_start(arguments, format);
	take_text(driver, format, arguments);
	va_end(arguments);
	if (pool != driver->pool)
		driver_fail(driver, "prints for another pool");
	if (driver->is_complaint_expected) {
		text_add(&driver->complaint, "%s", driver->raw.bytes);
		return;
	}
	count_dumped(driver, driver->raw.bytes);
	text_add(&driver->text, "print ");
	text_add_normalised(&driver->text, driver->raw.bytes, (uintptr_t)driver->region, REGION_BYTES);
	text_add(&driver->text, "\n");
}

static void panic(Pool *pool, char *format, ...)
{
	struct pool_driver *driver = driver_current;
	va_list arguments;

	va_start(arguments, format);
	take_text(driver, format, arguments);
	va_end(arguments);
	if (pool != driver->pool)
		driver_fail(driver, "panics for another pool");
	if (!driver->is_complaint_expected)
		driver_fail(driver, "panics: %s", driver->raw.bytes);
	text_add(&driver->complaint, "%s", driver->raw.bytes);
	longjmp(driver->panic_return, 1);
}

void driver_set_up_pool(struct pool_driver *driver)
{
	const struct pool_configuration *configuration = &driver->configuration;
	static char name[] = "random";

	*driver->pool = (Pool){
		.name = name,
		.maxsize = configuration->maxsize,
		.minarena = configuration->minarena,
		.quantum = configuration->quantum,
		.minblock = configuration->minblock,
		.alloc = provide_arena,
		.merge = configuration->merges ? merge_arenas : NULL,
		.move = configuration->moves ? block_has_moved : NULL,
		.free = configuration->frees ? take_arena_back : NULL,
		.flags = configuration->flags,
		.lock = lock_pool,
		.unlock = unlock_pool,
		.print = print_text,
		.panic = panic,
		.logstack = log_stack,
	};
}
