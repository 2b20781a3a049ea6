/* What the driver does, and how often. */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "pool/driver/arenas.h"
#include "pool/driver/blocks.h"
#include "pool/driver/operations.h"

#define BLOCK_BYTES_MIN 64UL      /* the least block, and what stands before and behind the data */
#define BLOCK_OVERHEAD_BYTES 32UL

static unsigned long choose_bytes(struct pool_driver *driver)
{
	static const unsigned short common[] = { 16, 24, 32, 40, 64, 100, 200, 500, 1000, 4000 };
	static const unsigned long limits[] = { 8, 128, 128, 128, 1024, 1024, 1024, 8192, 8192, 40000 };
	unsigned long kind = driver_random(driver, 14);

	if (kind < 4)
		return common[driver_random(driver, sizeof(common) / sizeof(common[0]))];
	if (driver_random(driver, 150) == 0)
		return driver_random(driver, 200000);
	return driver_random(driver, limits[kind - 4]);
}

static void say_returned(struct pool_driver *driver, const void *data)
{
	if (data != NULL) {
		text_add(&driver->text, "= @%zx\n", driver_offset(driver, data));
		return;
	}
	driver->counts.nils++;
	text_add(&driver->text, "= nil\n");
}

/* When `alloc` has failed, the text is its affair; the original has none when a compaction did not help. */
static void say_error(struct pool_driver *driver)
{
	if (!driver->has_alloc_failed && !driver->has_moved)
		text_add(&driver->text, "error %s\n", driver->library->error_text());
}

static void allocate(struct pool_driver *driver)
{
	struct pool_block *block = block_choose_empty(driver);
	unsigned long bytes = choose_bytes(driver);
	void *data;

	if (block == NULL)
		return;
	text_add(&driver->text, "alloc %lu\n", bytes);
	data = driver->library->alloc(driver->pool, bytes);
	say_returned(driver, data);
	if (data != NULL)
		block_put(driver, block, data, bytes, false);
	else
		say_error(driver);
}

struct alignment {
	unsigned long bytes, align, span;
	long offset;
};

static struct alignment choose_alignment(struct pool_driver *driver)
{
	static const unsigned char odd_aligns[] = { 3, 20, 24, 40, 48, 72, 90, 96 };
	struct alignment alignment = { .bytes = choose_bytes(driver) };
	unsigned long least = driver->configuration.minblock;

	if (driver_random(driver, 10) == 0)
		alignment.align = odd_aligns[driver_random(driver, sizeof(odd_aligns))];
	else if (driver_random(driver, 8) > 0)
		alignment.align = 1UL << driver_random(driver, 14);
	if (driver_random(driver, 3) == 0)
		alignment.offset = (long)driver_random(driver, 3 * alignment.align + 9) - (long)alignment.align - 4;
	if (driver_random(driver, 3) == 0)
		alignment.span = 64UL << driver_random(driver, 11);
	least = (least > BLOCK_BYTES_MIN ? least : BLOCK_BYTES_MIN) - BLOCK_OVERHEAD_BYTES;
	if (alignment.bytes < least && (alignment.align > 0 || alignment.span > 0))
		alignment.bytes = least;
	return alignment;
}

static void check_alignment(struct pool_driver *driver, const struct alignment *alignment, const void *data)
{
	uintptr_t first = (uintptr_t)data, last = first + alignment->bytes - 1;
	long align = (long)alignment->align;

	if (align > 0 && first % (unsigned long)align != (unsigned long)((alignment->offset % align + align) % align))
		driver_fail(driver, "the block at @%zx is not aligned", driver_offset(driver, data));
	if (alignment->span > 0 && first / alignment->span != last / alignment->span)
		driver_fail(driver, "the block at @%zx crosses a span", driver_offset(driver, data));
}

static void allocate_aligned(struct pool_driver *driver)
{
	struct pool_block *block = block_choose_empty(driver);
	struct alignment alignment = choose_alignment(driver);
	void *data;

	if (block == NULL)
		return;
	text_add(&driver->text, "allocalign %lu %lu %ld %lu\n", alignment.bytes, alignment.align, alignment.offset,
		 alignment.span);
	data = driver->library->allocalign(driver->pool, alignment.bytes, alignment.align, alignment.offset,
					   alignment.span);
	say_returned(driver, data);
	if (data == NULL) {
		say_error(driver);
		return;
	}
	check_alignment(driver, &alignment, data);
	block_put(driver, block, data, alignment.bytes, true);
}

static void release(struct pool_driver *driver)
{
	struct pool_block *block = block_choose_live(driver);

	if (block == NULL)
		return;
	text_add(&driver->text, "free @%zx\n", driver_offset(driver, block->data));
	block_check(driver, block, block->bytes);
	driver->library->free(driver->pool, block->data);
	block->data = NULL;
}

/* The pool fills and empties in turn. */
static void allocate_or_release(struct pool_driver *driver)
{
	static const unsigned char allocate_percent[] = { 75, 50, 25, 50 };
	unsigned long phase = driver->counts.operations / 512 % 4;

	if (driver_random(driver, 100) >= allocate_percent[phase])
		release(driver);
	else if (!driver->configuration.moves && driver_random(driver, 6) == 0)
		allocate_aligned(driver);
	else
		allocate(driver);
}

static unsigned long choose_new_bytes(struct pool_driver *driver, const struct pool_block *block)
{
	if (driver_random(driver, 20) == 0)
		return 0;
	if (!driver->configuration.grows)
		return block->bytes > 0 ? 1 + driver_random(driver, block->bytes) : 1;
	if (driver_random(driver, 2) == 0)
		return block->bytes + driver_random(driver, block->bytes + 64);
	return 1 + choose_bytes(driver);
}

static void reallocate(struct pool_driver *driver)
{
	struct pool_block *block = block_choose_live(driver);
	unsigned long bytes;
	void *data;

	if (block == NULL)
		return;
	bytes = choose_new_bytes(driver, block);
	text_add(&driver->text, "realloc @%zx of %lu %lu\n", driver_offset(driver, block->data), block->bytes, bytes);
	block_check(driver, block, block->bytes);
	data = driver->library->realloc(driver->pool, block->data, bytes);
	say_returned(driver, data);
	if (bytes == 0) {
		block->data = NULL;
	} else if (data == NULL) {
		say_error(driver);
		block_check(driver, block, block->bytes);
	} else {
		block->data = data;
		block->is_aligned = false;
		block_check(driver, block, bytes < block->bytes ? bytes : block->bytes);
		block_extend(block, bytes);
	}
}

static void ask_size(struct pool_driver *driver)
{
	struct pool_block *block = block_choose_live(driver);
	unsigned long bytes;

	if (block == NULL || block->is_aligned)
		return;
	text_add(&driver->text, "msize @%zx\n", driver_offset(driver, block->data));
	bytes = driver->library->msize(driver->pool, block->data);
	text_add(&driver->text, "= %lu\n", bytes);
	block_check(driver, block, block->bytes);
	block_extend(block, bytes);
}

/* Half of the questions are about the edges of an arena. */
static void ask_overlap(struct pool_driver *driver)
{
	size_t offset = driver_random(driver, REGION_BYTES);
	unsigned long bytes = driver_random(driver, 3) == 0 ? driver_random(driver, 3) : driver_random(driver, 20000);

	if (driver->arenas.count > 0 && driver_random(driver, 2) == 0) {
		struct arena_extent extent = driver->arenas.extents[driver_random(driver, driver->arenas.count)];

		offset = (driver_random(driver, 2) == 0 ? extent.begin : extent.end) + driver_random(driver, 4);
		offset -= driver_random(driver, 2) == 0 ? bytes : 2;
	}
	text_add(&driver->text, "isoverlap @%zx %lu\n", offset, bytes);
	text_add(&driver->text, "= %d\n", driver->library->isoverlap(driver->pool, driver->region + offset, bytes));
}

static void compact(struct pool_driver *driver)
{
	text_add(&driver->text, "compact\n");
	text_add(&driver->text, "= %d\n", driver->library->compact(driver->pool));
	blocks_check_all(driver);
}

static void check(struct pool_driver *driver)
{
	struct pool_block *block = block_choose_live(driver);

	text_add(&driver->text, "check\n");
	driver->library->check(driver->pool);
	if (block != NULL)
		driver->library->blockcheck(driver->pool, block->data);
	blocks_check_all(driver);
}

/* The sizes in a dump are the counters' sums; the original's curalloc is not always. */
static void dump(struct pool_driver *driver)
{
	bool is_exact = !driver->library->is_original || pool_configuration_compares_curalloc(&driver->configuration);

	text_add(&driver->text, "dump\n");
	driver->dumped_free_bytes = driver->dumped_alloc_bytes = 0;
	driver->library->dump(driver->pool);
	if (driver->dumped_free_bytes != driver->pool->curfree)
		driver_fail(driver, "curfree is %zu, the free blocks have %zu bytes", (size_t)driver->pool->curfree,
			    driver->dumped_free_bytes);
	if (is_exact && driver->dumped_alloc_bytes != driver->pool->curalloc)
		driver_fail(driver, "curalloc is %zu, the allocated blocks have %zu bytes",
			    (size_t)driver->pool->curalloc, driver->dumped_alloc_bytes);
}

static void reset(struct pool_driver *driver)
{
	if (driver_random(driver, 6) > 0)
		return;
	text_add(&driver->text, "reset\n");
	driver->library->reset(driver->pool);
	if (driver->configuration.frees && driver->arenas.count > 0)
		driver_fail(driver, "%u arenas are not given back", driver->arenas.count);
	arena_source_restart(&driver->arenas);
	memset(driver->blocks, 0, sizeof(driver->blocks));
}

/* A program may change these members between calls. */
static void change_settings(struct pool_driver *driver)
{
	static const unsigned short arenas[] = { 500, 1000, 4096, 5000, 32768, 65535 };
	const struct pool_configuration *configuration = &driver->configuration;

	switch (driver_random(driver, 3)) {
	case 0:
		driver->pool->minarena = arenas[driver_random(driver, sizeof(arenas) / sizeof(arenas[0]))];
		break;
	case 1:
		driver->pool->flags = driver->pool->flags == 0 ? configuration->flags : 0;
		break;
	default:
		driver->pool->maxsize = configuration->maxsize / 4 * (4 + driver_random(driver, 2));
	}
	text_add(&driver->text, "settings: minarena %lu, flags %d, maxsize %lu\n", driver->pool->minarena,
		 driver->pool->flags, (unsigned long)driver->pool->maxsize);
}

static void pass_nil(struct pool_driver *driver)
{
	struct pool_block *block = block_choose_empty(driver);
	unsigned long bytes = driver_random(driver, 3) * 50;
	const struct pool_library *library = driver->library;

	text_add(&driver->text, "with nil: free, blockcheck, reset, msize\n");
	library->free(driver->pool, NULL);
	library->blockcheck(driver->pool, NULL);
	library->reset(NULL);
	text_add(&driver->text, "= %lu\n", library->msize(driver->pool, NULL));
	if (block == NULL)
		return;
	text_add(&driver->text, "realloc nil %lu\n", bytes);
	block->data = library->realloc(driver->pool, NULL, bytes);
	say_returned(driver, block->data);
	if (block->data != NULL)
		block_put(driver, block, block->data, bytes, false);
	else
		say_error(driver);
}

static void ask_too_much(struct pool_driver *driver)
{
	unsigned long bytes = ULONG_MAX - driver_random(driver, BLOCK_OVERHEAD_BYTES);
	void *data;

	text_add(&driver->text, "alloc %lu\n", bytes);
	data = driver->library->alloc(driver->pool, bytes);
	say_returned(driver, data);
	say_error(driver);
}

/* Only the beginning of a complaint is the original's. */
static void say_complaint(struct pool_driver *driver, const char *end)
{
	driver->is_complaint_expected = false;
	driver->complaint.bytes[strcspn(driver->complaint.bytes, end)] = '\0';
	driver->counts.mistakes++;
	text_add(&driver->text, "complaint ");
	text_add_normalised(&driver->text, driver->complaint.bytes, (uintptr_t)driver->region, REGION_BYTES);
	text_add(&driver->text, "\n");
}

static void free_twice(struct pool_driver *driver)
{
	struct pool_block *block = block_choose_live(driver);

	if (block == NULL)
		return;
	text_add(&driver->text, "free @%zx twice\n", driver_offset(driver, block->data));
	driver->library->free(driver->pool, block->data);
	text_clear(&driver->complaint);
	if (setjmp(driver->panic_return) == 0) {
		driver->is_complaint_expected = true;
		driver->library->free(driver->pool, block->data);
		driver_fail(driver, "does not find that it is free");
	}
	driver->lock_depth = 0;
	block->data = NULL;
	say_complaint(driver, ")");
}

/* Through a descriptor: a checker of memory would take the write for one by mistake. */
static void poke(struct pool_driver *driver, const unsigned char *place, unsigned char *before, unsigned char byte)
{
	off_t address = (off_t)(uintptr_t)place;

	if ((before != NULL && pread(driver->memory_descriptor, before, 1, address) != 1) ||
	    pwrite(driver->memory_descriptor, &byte, 1, address) != 1)
		driver_fail(driver, "/proc/self/mem cannot be written");
}

static void write_nul_behind(struct pool_driver *driver)
{
	struct pool_block *block = block_choose_live(driver);
	unsigned char before;

	if (block == NULL || !(driver->pool->flags & POOL_TOLERANCE))
		return;
	text_add(&driver->text, "NUL behind @%zx\n", driver_offset(driver, block->data));
	poke(driver, block->data + block->bytes, &before, 0);
	text_clear(&driver->complaint);
	driver->is_complaint_expected = true;
	if (setjmp(driver->panic_return) != 0)
		driver_fail(driver, "panics: %s", driver->complaint.bytes);
	driver->library->blockcheck(driver->pool, block->data);
	say_complaint(driver, "\n");
	poke(driver, block->data + block->bytes, NULL, before);
}

void driver_operate(struct pool_driver *driver)
{
	static const struct {
		unsigned weight;
		void (*operate)(struct pool_driver *);
	} operations[] = {
		{ 600, allocate_or_release },
		{ 240, reallocate },
		{ 50, ask_size },
		{ 30, ask_overlap },
		{ 15, compact },
		{ 15, check },
		{ 10, dump },
		{ 10, reset },
		{ 8, change_settings },
		{ 6, pass_nil },
		{ 4, ask_too_much },
		{ 6, free_twice },
		{ 6, write_nul_behind },
	};
	unsigned long choice = driver_random(driver, 1000);
	unsigned i = 0;

	for (; choice >= operations[i].weight; i++)
		choice -= operations[i].weight;
	operations[i].operate(driver);
}
