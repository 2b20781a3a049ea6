/* The blocks that the library returned, and whether they keep their bytes. */
#include <string.h>

#include "pool/driver/blocks.h"

static unsigned char byte_at(const struct pool_block *block, unsigned long index)
{
	return (unsigned char)(block->serial * 97 + index * 13 + (index >> 8));
}

void block_extend(struct pool_block *block, unsigned long bytes)
{
	for (unsigned long i = block->bytes; i < bytes; i++)
		block->data[i] = byte_at(block, i);
	block->bytes = bytes;
}

void block_put(struct pool_driver *driver, struct pool_block *block, void *data, unsigned long bytes,
	       bool is_aligned)
{
	*block = (struct pool_block){ .data = data, .serial = ++driver->last_serial, .is_aligned = is_aligned };
	block_extend(block, bytes);
}

void block_check(struct pool_driver *driver, const struct pool_block *block, unsigned long bytes)
{
	for (unsigned long i = 0; i < bytes; i++) {
		if (block->data[i] == byte_at(block, i))
			continue;
		driver_fail(driver, "byte %lu of the block of %lu bytes at @%zx has changed: it was %#x, it is %#x", i,
			    block->bytes, driver_offset(driver, block->data), byte_at(block, i), block->data[i]);
	}
}

void blocks_check_all(struct pool_driver *driver)
{
	for (unsigned i = 0; i < driver->configuration.slots; i++)
		if (driver->blocks[i].data != NULL)
			block_check(driver, &driver->blocks[i], driver->blocks[i].bytes);
}

void block_moved(struct pool_driver *driver, void *from, void *to)
{
	for (unsigned i = 0; i < driver->configuration.slots; i++) {
		if (driver->blocks[i].data != from)
			continue;
		driver->blocks[i].data = to;
		return;
	}
	driver_fail(driver, "told that a block moved from @%zx, where none is", driver_offset(driver, from));
}

static struct pool_block *choose(struct pool_driver *driver, bool is_live)
{
	unsigned slots = driver->configuration.slots;
	unsigned first = (unsigned)driver_random(driver, slots);

	for (unsigned i = 0; i < slots; i++) {
		struct pool_block *block = &driver->blocks[(first + i) % slots];

		if ((block->data != NULL) == is_live)
			return block;
	}
	return NULL;
}

struct pool_block *block_choose_live(struct pool_driver *driver)
{
	return choose(driver, true);
}

struct pool_block *block_choose_empty(struct pool_driver *driver)
{
	return choose(driver, false);
}
