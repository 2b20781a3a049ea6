/* A driver's life, and the text of an operation. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pool/driver/arenas.h"
#include "pool/driver/blocks.h"
#include "pool/driver/callbacks.h"
#include "pool/driver/context.h"
#include "pool/driver/driver.h"
#include "pool/driver/operations.h"

#define FNV_BASIS 0xcbf29ce484222325ULL
#define FIRST_REGION 0x200000000000ULL    /* wished; a high address has more digits than any size in a text */
#define NEXT_REGION 0x010000000000ULL
#if UINTPTR_MAX > UINT32_MAX
#define LEAST_REGION 0x100000000ULL
#else
#define LEAST_REGION 0x10000000UL
#endif

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
