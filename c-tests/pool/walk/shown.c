#include "pool/walk/shown.h"

#include <limits.h>
#include <string.h>

#include "pool/provider/in_band.h"
#include "support/runner.h"

int shown_keep(void *user, const struct poolpart *part)
{
	struct shown *shown = user;

	CHECK(shown->count < SHOWN_MOST);
	shown->parts[shown->count++] = *part;
	return shown->count - 1 == shown->stop_at ? shown->answer : 0;
}

int shown_up_to(struct shown *shown, Pool *pool, size_t stop_at, int answer)
{
	shown->count = 0;
	shown->stop_at = stop_at;
	shown->answer = answer;
	return poolwalk(pool, shown_keep, shown);
}

int shown_by(struct shown *shown, Pool *pool)
{
	return shown_up_to(shown, pool, SHOWN_MOST, 0);
}

static void check_arena(const struct poolpart *part, uintptr_t arena, unsigned long bytes)
{
	CHECK_EQUAL(part->kind, POOL_PART_ARENA);
	CHECK((uintptr_t)part->arena == arena && part->start == part->arena);
	CHECK_EQUAL(part->bytes, bytes);
	CHECK(part->data == NULL);
	CHECK_EQUAL(part->asked, 0);
	CHECK_EQUAL(part->is_pinned, 1);
}

/* Where the user's bytes begin in a block that may be aligned: the program writes no such words. */
static uintptr_t data_in(const struct band_block *block)
{
	uintptr_t data = block->address + HEADER_BYTES, end = data + band_data_bytes(block);
	unsigned long word = 0;

	for (; data + sizeof(word) <= end; data += sizeof(word)) {
		CHECK(band_read(data, &word, sizeof(word)));
		if (word != MAGIC_BEFORE_ALIGNED)
			break;
	}
	return data;
}

static void check_block(const struct poolpart *part, const struct band_block *block, uintptr_t arena)
{
	CHECK((uintptr_t)part->arena == arena && (uintptr_t)part->start == block->address);
	CHECK_EQUAL(part->bytes, block->size_bytes);
	if (block->magic == MAGIC_FREE) {
		CHECK_EQUAL(part->kind, POOL_PART_FREE);
		CHECK(part->data == NULL && part->asked == 0 && part->is_pinned == 0);
		return;
	}
	CHECK_EQUAL(part->kind, block->magic == MAGIC_ALLOCATED ? POOL_PART_ALLOCATED : POOL_PART_BURIED);
	CHECK((uintptr_t)part->data == data_in(block));
	CHECK_EQUAL(part->asked, band_data_bytes(block) - ((uintptr_t)part->data - block->address - HEADER_BYTES));
	if (block->magic == MAGIC_DEAD)
		CHECK_EQUAL(part->is_pinned, 1);
}

void shown_check(const struct shown *shown, const Pool *pool)
{
	static struct band_block blocks[SHOWN_MOST];
	size_t count = band_blocks(pool, blocks, SHOWN_MOST), part = 0, block = 0;
	struct band_arena arena;

	CHECK(count <= SHOWN_MOST);
	for (uintptr_t address = (uintptr_t)pool->arenalist; address != 0; address = arena.below) {
		CHECK(band_read(address, &arena, sizeof(arena)));
		CHECK(part < shown->count);
		check_arena(&shown->parts[part++], address, arena.arena_bytes);
		for (; block < count && blocks[block].address - address < arena.arena_bytes; block++) {
			CHECK(part < shown->count);
			check_block(&shown->parts[part++], &blocks[block], address);
		}
	}
	CHECK_EQUAL(part, shown->count);
	CHECK_EQUAL(block, count);
}

const struct poolpart *shown_part(const struct shown *shown, const void *data)
{
	for (size_t i = 0; i < shown->count; i++)
		if (shown->parts[i].data == data && data != NULL)
			return &shown->parts[i];
	return NULL;
}
