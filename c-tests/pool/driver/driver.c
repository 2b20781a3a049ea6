/* A driver's life, the callbacks of its Pool, and the text of an operation. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pool/driver/internal.h"

#define FNV_BASIS 0xcbf29ce484222325ULL
#define FIRST_REGION 0x200000000000ULL    /* wished; a high address has more digits than any size in a text */
#define NEXT_REGION 0x010000000000ULL
#if UINTPTR_MAX > UINT32_MAX
#define LEAST_REGION 0x100000000ULL
#else
#define LEAST_REGION 0x10000000UL
#endif

struct pool_driver *driver_current;

void driver_fail(struct pool_driver *driver, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	printf("# %s: operation %lu: ", driver->library->name, driver->counts.operations);
	vprintf(format, arguments);
	printf("\n# ");
	va_end(arguments);
	pool_configuration_write(stdout, &driver->configuration);
	pool_text_print("#   ", driver->text.bytes);
	fflush(stdout);
	_exit(EXIT_FAILURE);
}

unsigned long driver_random(struct pool_driver *driver, unsigned long limit)
{
	return random_below(&driver->random_state, limit);
}

size_t driver_offset(struct pool_driver *driver, const void *address)
{
	return (size_t)((uintptr_t)address - (uintptr_t)driver->region);
}

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

static void map_region(struct pool_driver *driver, unsigned place)
{
	void *wish = (void *)(uintptr_t)(FIRST_REGION + NEXT_REGION * place); /* a hint only; none in 32 bits */
	uintptr_t begin;

	driver->mapping_bytes = REGION_BYTES + REGION_ALIGN;
	driver->mapping = mmap(wish, driver->mapping_bytes, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	driver->memory_descriptor = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	begin = (uintptr_t)driver->mapping;
	if (driver->mapping == MAP_FAILED || begin < LEAST_REGION || driver->memory_descriptor < 0) {
		fprintf(stderr, "no memory for arenas, or not where it can be told from numbers\n");
		exit(EXIT_FAILURE);
	}
	driver->region = (unsigned char *)driver->mapping + (REGION_ALIGN - begin % REGION_ALIGN) % REGION_ALIGN;
}

struct pool_driver *pool_driver_start(const struct pool_library *library,
				      const struct pool_configuration *configuration, unsigned place)
{
	struct pool_driver *driver = calloc(1, sizeof(*driver));

	if (driver == NULL) {
		fprintf(stderr, "no memory for a driver\n");
		exit(EXIT_FAILURE);
	}
	driver->library = library;
	driver->configuration = *configuration;
	driver->random_state = configuration->seed;
	driver->hash = FNV_BASIS;
	text_clear(&driver->text);
	text_clear(&driver->complaint);
	map_region(driver, place);
	driver->pool = (Pool *)(void *)driver->region;
	driver_set_up_pool(driver);
	arena_source_start(&driver->arenas, configuration);
	return driver;
}

/* Resets the pool first: the library may keep something for it. */
void pool_driver_stop(struct pool_driver *driver)
{
	driver_current = driver;
	blocks_check_all(driver);
	driver->library->reset(driver->pool);
	driver_current = NULL;
	munmap(driver->mapping, driver->mapping_bytes);
	close(driver->memory_descriptor);
	text_free(&driver->text);
	text_free(&driver->raw);
	text_free(&driver->complaint);
	free(driver);
}

void pool_driver_step(struct pool_driver *driver)
{
	char counters[120];

	driver_current = driver;
	driver->counts.operations++;
	driver->has_alloc_failed = driver->has_moved = false;
	text_clear(&driver->text);
	driver->library->forget_error();
	driver_operate(driver);
	pool_driver_counters(driver, counters, sizeof(counters));
	text_add(&driver->text, "counters %s\n", counters);
	driver->hash = hash_bytes(driver->hash, driver->text.bytes, driver->text.length);
	if (driver->lock_depth != 0)
		driver_fail(driver, "leaves the pool locked");
	if (driver->counts.operations % 256 == 0)
		blocks_check_all(driver);
	driver_current = NULL;
}

const char *pool_driver_text(const struct pool_driver *driver)
{
	return driver->text.bytes;
}

uint64_t pool_driver_hash(const struct pool_driver *driver)
{
	return driver->hash;
}

void pool_driver_counters(const struct pool_driver *driver, char *text, size_t capacity)
{
	const Pool *pool = driver->pool;
	char alloc_bytes[24] = "-";

	if (pool_configuration_compares_curalloc(&driver->configuration))
		snprintf(alloc_bytes, sizeof(alloc_bytes), "%" PRIuPTR, pool->curalloc);
	snprintf(text, capacity, "%" PRIuPTR " %" PRIuPTR " %s %d %d", pool->cursize, pool->curfree, alloc_bytes,
		 pool->nfree, pool->lastcompact);
}

const struct pool_counts *pool_driver_counts(const struct pool_driver *driver)
{
	return &driver->counts;
}

void pool_counts_add(struct pool_counts *sum, const struct pool_counts *counts)
{
	sum->operations += counts->operations;
	sum->nils += counts->nils;
	sum->arenas += counts->arenas;
	sum->refused_arenas += counts->refused_arenas;
	sum->merges += counts->merges;
	sum->moves += counts->moves;
	sum->freed_arenas += counts->freed_arenas;
	sum->mistakes += counts->mistakes;
	sum->dumped_blocks += counts->dumped_blocks;
}

void pool_counts_print(const char *who, const struct pool_counts *counts)
{
	printf("# %s: %lu operations: nil %lu times, %lu arenas (%lu refused, %lu merged, %lu given back), "
	       "%lu blocks moved, %lu mistakes found, %lu blocks in dumps\n",
	       who, counts->operations, counts->nils, counts->arenas, counts->refused_arenas, counts->merges,
	       counts->freed_arenas, counts->moves, counts->mistakes, counts->dumped_blocks);
}
