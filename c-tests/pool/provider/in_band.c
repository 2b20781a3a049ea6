/* Reads a heap from outside. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "pool/provider/in_band.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include "support/runner.h"

/* By address modulo 4: up to four bytes behind the user's. */
static const unsigned char guard_bytes[4] = { 0xfe, 0xf1, 0xf0, 0xfa };

/* As a system call does it: a wrong address is an error, not a signal. Few bytes, as much as a pipe takes. */
static bool copy_through_pipe(void *to, const void *from, size_t bytes)
{
	int ends[2];

	CHECK(pipe(ends) == 0);
	bool is_copied = write(ends[1], from, bytes) == (ssize_t)bytes && read(ends[0], to, bytes) == (ssize_t)bytes;
	close(ends[0]);
	close(ends[1]);
	return is_copied;
}

bool band_read(uintptr_t from, void *to, size_t bytes)
{
	struct iovec here = { to, bytes }, there = { (void *)from, bytes };

	if (process_vm_readv(getpid(), &here, 1, &there, 1, 0) == (ssize_t)bytes)
		return true;
	return errno == ENOSYS && copy_through_pipe(to, (void *)from, bytes); /* qemu has no such call */
}

bool band_write(uintptr_t to, const void *from, size_t bytes)
{
	struct iovec here = { (void *)(uintptr_t)from, bytes }, there = { (void *)to, bytes };

	if (process_vm_writev(getpid(), &here, 1, &there, 1, 0) == (ssize_t)bytes)
		return true;
	return errno == ENOSYS && copy_through_pipe((void *)to, from, bytes);
}

void band_flip(uintptr_t address, unsigned bit)
{
	unsigned char byte;

	CHECK(bit < 8 && band_read(address, &byte, 1));
	byte = (unsigned char)(byte ^ 1U << bit);
	CHECK(band_write(address, &byte, 1));
}

uintptr_t band_tail_of(uintptr_t block, unsigned long size_bytes)
{
	return block + size_bytes - sizeof(struct band_tail);
}

unsigned long band_data_bytes(const struct band_block *block)
{
	return block->size_bytes - ((unsigned long)block->tail.unused_bytes_high << 8 | block->tail.unused_bytes_low);
}

static struct band_block read_block(uintptr_t address)
{
	struct band_header header;
	struct band_block block;

	CHECK(band_read(address, &header, sizeof(header)));
	block = (struct band_block){ address, header.magic, header.size_bytes, { 0, 0, 0, 0, 0 } };
	CHECK(block.size_bytes >= sizeof(struct band_header) + sizeof(struct band_tail));
	CHECK(band_read(band_tail_of(address, block.size_bytes), &block.tail, sizeof(block.tail)));
	return block;
}

static void check_guard(const struct band_block *block)
{
	uintptr_t end = block->address + sizeof(struct band_header) + band_data_bytes(block);
	uintptr_t tail = band_tail_of(block->address, block->size_bytes);

	CHECK(end <= tail);
	for (uintptr_t address = end; address < tail && address < end + 4; address++) {
		unsigned char byte = 0;

		CHECK(band_read(address, &byte, 1));
		CHECK_EQUAL(byte, guard_bytes[address % 4]);
	}
}

static void check_block(const struct band_block *block)
{
	CHECK_EQUAL(block->tail.first_byte, TAIL_FIRST_BYTE);
	/* Where words have 32 bits, all its bits are turned over in a block that must stay where it is. */
	if (sizeof(long) == 8 || block->tail.fourth_byte != (0xff ^ TAIL_FOURTH_BYTE))
		CHECK_EQUAL(block->tail.fourth_byte, TAIL_FOURTH_BYTE);
	CHECK_EQUAL(block->tail.size_bytes, block->size_bytes);
	CHECK(block->magic == MAGIC_ALLOCATED || block->magic == MAGIC_FREE || block->magic == MAGIC_DEAD);
	if (block->magic == MAGIC_ALLOCATED)
		check_guard(block);
}

static size_t blocks_of_arena(uintptr_t address, const struct band_arena *arena, struct band_block *blocks,
			      size_t capacity, size_t count)
{
	uintptr_t end = address + arena->arena_bytes - sizeof(struct band_header);
	uintptr_t next = address + sizeof(struct band_arena);
	struct band_header end_header;

	while (next < end) {
		struct band_block block = read_block(next);

		check_block(&block);
		CHECK(block.size_bytes <= end - next);
		if (count++ < capacity)
			blocks[count - 1] = block;
		next += block.size_bytes;
	}
	CHECK(band_read(end, &end_header, sizeof(end_header)));
	CHECK(end_header.magic == MAGIC_ARENA_END);
	CHECK_EQUAL(end_header.size_bytes, 0);
	return count;
}

size_t band_blocks(const Pool *pool, struct band_block *blocks, size_t capacity)
{
	uintptr_t address = (uintptr_t)pool->arenalist, above = 0;
	struct band_arena arena;
	size_t count = 0;

	for (; address != 0; above = address, address = arena.below) {
		CHECK(band_read(address, &arena, sizeof(arena)));
		CHECK(arena.header.magic == MAGIC_ARENA);
		CHECK_EQUAL(arena.header.size_bytes, sizeof(arena));
		CHECK_EQUAL(arena.tail_size_bytes, sizeof(arena));
		CHECK_EQUAL(arena.above, above);
		CHECK(arena.below == 0 || arena.below < address);
		count = blocks_of_arena(address, &arena, blocks, capacity, count);
	}
	return count;
}

struct band_block band_block_of(const void *user_pointer)
{
	uintptr_t address = (uintptr_t)user_pointer & ~(uintptr_t)(sizeof(unsigned long) - 1);
	unsigned long word = MAGIC_BEFORE_ALIGNED;

	for (; word == MAGIC_BEFORE_ALIGNED; address -= sizeof(word))
		CHECK(band_read(address - sizeof(word), &word, sizeof(word)));
	return read_block(address + sizeof(word) - sizeof(struct band_header));
}

void band_check_counters(const Pool *pool)
{
	static struct band_block blocks[1 << 16];
	size_t count = band_blocks(pool, blocks, sizeof(blocks) / sizeof(blocks[0]));
	unsigned long allocated_bytes = 0, free_bytes = 0;

	CHECK(count <= sizeof(blocks) / sizeof(blocks[0]));
	for (size_t i = 0; i < count; i++) {
		if (blocks[i].magic == MAGIC_FREE)
			free_bytes += blocks[i].size_bytes;
		else
			allocated_bytes += blocks[i].size_bytes;
	}
	CHECK_EQUAL(pool->curfree, free_bytes);
	CHECK_EQUAL(pool->curalloc, allocated_bytes);
}
