/* The rules, on arrays. */
#include "pool/oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE ORACLE_BLOCKS_MAX
#define DATA_LACK_LIMIT 0x10000U  /* a block has fewer bytes than that beyond its data */

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	printf("# the oracle: %s\n", what);
	fflush(stdout);
	abort();
}

void oracle_start(struct oracle *oracle, const struct oracle_settings *settings)
{
	*oracle = (struct oracle){ .settings = settings };
}

void oracle_copy(struct oracle *to, const struct oracle *from)
{
	memcpy(to, from, offsetof(struct oracle, blocks) + from->block_count * sizeof(from->blocks[0]));
}

static unsigned larger(unsigned left, unsigned right)
{
	return left > right ? left : right;
}

static unsigned block_bytes(const struct oracle *oracle, unsigned data_bytes)
{
	unsigned quantum = oracle->settings->quantum;
	unsigned bytes = data_bytes + ORACLE_BLOCK_HEADER_BYTES + ORACLE_BLOCK_TAIL_BYTES;

	bytes = larger(bytes, larger(oracle->settings->minblock, ORACLE_BLOCK_BYTES_MIN));
	return (bytes + quantum - 1) / quantum * quantum;
}

/* Always beyond the next multiple of the quantum. */
static unsigned arena_bytes(const struct oracle *oracle, unsigned bytes)
{
	unsigned quantum = oracle->settings->quantum;

	bytes = larger(bytes + ORACLE_ARENA_HEADER_BYTES + ORACLE_ARENA_TAIL_BYTES, oracle->settings->minarena);
	return (bytes / quantum + 1) * quantum;
}

static void insert_block(struct oracle *oracle, unsigned position, unsigned begin, unsigned bytes)
{
	need(oracle->block_count < ORACLE_BLOCKS_MAX, "too many blocks");
	memmove(&oracle->blocks[position + 1], &oracle->blocks[position],
		(oracle->block_count - position) * sizeof(oracle->blocks[0]));
	oracle->blocks[position] = (struct oracle_block){ .begin = begin, .bytes = bytes };
	oracle->block_count++;
}

static void remove_block(struct oracle *oracle, unsigned position)
{
	oracle->block_count--;
	memmove(&oracle->blocks[position], &oracle->blocks[position + 1],
		(oracle->block_count - position) * sizeof(oracle->blocks[0]));
}

static void make_free(struct oracle *oracle, unsigned position)
{
	oracle->blocks[position].freed_at = ++oracle->time;
}

static bool is_free(const struct oracle *oracle, unsigned position)
{
	return position != NONE && oracle->blocks[position].freed_at != 0;
}

static unsigned end_of(const struct oracle *oracle, unsigned position)
{
	return oracle->blocks[position].begin + oracle->blocks[position].bytes;
}

/* The block that begins there: blocks of one arena touch, those of two do not. */
static unsigned find_block(const struct oracle *oracle, unsigned begin)
{
	for (unsigned i = 0; i < oracle->block_count; i++)
		if (oracle->blocks[i].begin == begin)
			return i;
	return NONE;
}

static unsigned right_of(const struct oracle *oracle, unsigned position)
{
	return find_block(oracle, end_of(oracle, position));
}

static unsigned left_of(const struct oracle *oracle, unsigned position)
{
	return position > 0 && end_of(oracle, position - 1) == oracle->blocks[position].begin ? position - 1 : NONE;
}

static unsigned bytes_of(const struct oracle *oracle, unsigned position)
{
	return position == NONE ? 0 : oracle->blocks[position].bytes;
}

/* The block becomes one with that to its right. */
static void join_right(struct oracle *oracle, unsigned position)
{
	oracle->blocks[position].bytes += oracle->blocks[position + 1].bytes;
	remove_block(oracle, position + 1);
}

/* The block is allocated from here on; what it does not need becomes a free block of its own if that is worth while. */
static void trim(struct oracle *oracle, unsigned position, unsigned data_bytes)
{
	struct oracle_block *block = &oracle->blocks[position];
	unsigned needed = block_bytes(oracle, data_bytes);
	unsigned rest = block->bytes - needed;
	bool is_worth_while = rest >= needed / 4 && rest >= larger(oracle->settings->minblock, ORACLE_BLOCK_BYTES_MIN);

	need(block->bytes >= needed, "a block is too small");
	block->data_bytes = data_bytes;
	block->freed_at = 0;
	if (!is_worth_while && block->bytes - data_bytes < DATA_LACK_LIMIT)
		return;
	block->bytes = needed;
	insert_block(oracle, position + 1, block->begin + needed, rest);
	make_free(oracle, position + 1);
}

/* The smallest that is large enough; of those, the one that became free last. */
static unsigned find_free(const struct oracle *oracle, unsigned bytes)
{
	unsigned best = NONE;

	for (unsigned i = 0; i < oracle->block_count; i++) {
		const struct oracle_block *block = &oracle->blocks[i];

		if (block->freed_at == 0 || block->bytes < bytes)
			continue;
		if (best == NONE || block->bytes < oracle->blocks[best].bytes
		    || (block->bytes == oracle->blocks[best].bytes && block->freed_at > oracle->blocks[best].freed_at))
			best = i;
	}
	return best;
}

/* The last block of the lower arena takes all that lies between it and the first block of the upper one. */
static void grow_last_block(struct oracle *oracle, unsigned position)
{
	struct oracle_block *block = &oracle->blocks[position];

	block->bytes = oracle->blocks[position + 1].begin - block->begin;
	if (block->freed_at == 0) {
		trim(oracle, position, block->data_bytes);
		return;
	}
	if (is_free(oracle, position + 1))
		join_right(oracle, position);
	make_free(oracle, position);
}

static void merge_arenas(struct oracle *oracle, unsigned lower)
{
	unsigned first = find_block(oracle, oracle->arenas[lower + 1].begin + ORACLE_ARENA_HEADER_BYTES);

	oracle->arenas[lower].end = oracle->arenas[lower + 1].end;
	oracle->arena_count--;
	memmove(&oracle->arenas[lower + 1], &oracle->arenas[lower + 2],
		(oracle->arena_count - lower - 1) * sizeof(oracle->arenas[0]));
	grow_last_block(oracle, first - 1);
}

static unsigned place_arena(const struct oracle *oracle, unsigned bytes)
{
	unsigned count = oracle->arena_count;

	return oracle->settings->place_arena(count > 0 ? oracle->arenas[0].begin : 0,
					     count > 0 ? oracle->arenas[count - 1].end : 0, bytes);
}

/* The new arena is one free block. It merges first with the arena above it, then with that below. */
static void new_arena(struct oracle *oracle, unsigned bytes)
{
	unsigned arena = 0, block = 0, begin;

	if (oracle->cursize + bytes > oracle->settings->maxsize)
		return;
	begin = place_arena(oracle, bytes);
	if (begin == 0)
		return;
	need(oracle->arena_count < ORACLE_ARENAS_MAX, "too many arenas");
	oracle->cursize += bytes;
	while (arena < oracle->arena_count && oracle->arenas[arena].begin < begin)
		arena++;
	memmove(&oracle->arenas[arena + 1], &oracle->arenas[arena],
		(oracle->arena_count - arena) * sizeof(oracle->arenas[0]));
	oracle->arenas[arena] = (struct oracle_arena){ begin, begin + bytes };
	oracle->arena_count++;
	while (block < oracle->block_count && oracle->blocks[block].begin < begin)
		block++;
	insert_block(oracle, block, begin + ORACLE_ARENA_HEADER_BYTES,
		     bytes - ORACLE_ARENA_HEADER_BYTES - ORACLE_ARENA_TAIL_BYTES);
	make_free(oracle, block);
	if (oracle->settings->merges && arena + 1 < oracle->arena_count)
		merge_arenas(oracle, arena);
	if (oracle->settings->merges && arena > 0)
		merge_arenas(oracle, arena - 1);
}

unsigned oracle_alloc(struct oracle *oracle, unsigned bytes)
{
	unsigned needed = block_bytes(oracle, bytes);
	unsigned found = find_free(oracle, needed);

	if (found == NONE) {
		new_arena(oracle, arena_bytes(oracle, needed));
		found = find_free(oracle, needed);
	}
	if (found == NONE)
		return 0;
	trim(oracle, found, bytes);
	return oracle->blocks[found].begin + ORACLE_BLOCK_HEADER_BYTES;
}

static unsigned find_allocated(const struct oracle *oracle, unsigned data)
{
	unsigned position = find_block(oracle, data - ORACLE_BLOCK_HEADER_BYTES);

	need(position != NONE && !is_free(oracle, position), "no such block");
	return position;
}

void oracle_free(struct oracle *oracle, unsigned data)
{
	unsigned position;

	if (data == 0)
		return;
	position = find_allocated(oracle, data);
	oracle->nfree++;
	if (is_free(oracle, left_of(oracle, position)))
		join_right(oracle, --position);
	if (is_free(oracle, right_of(oracle, position)))
		join_right(oracle, position);
	make_free(oracle, position);
}

/* Makes the block one with neighbours, if that is enough: the right one, else the left one, else both. */
static unsigned join_neighbours(struct oracle *oracle, unsigned position, unsigned needed)
{
	unsigned left = left_of(oracle, position), right = right_of(oracle, position);
	unsigned own_bytes = bytes_of(oracle, position);
	unsigned left_bytes = is_free(oracle, left) ? bytes_of(oracle, left) : 0;
	unsigned right_bytes = is_free(oracle, right) ? bytes_of(oracle, right) : 0;

	if (right_bytes > 0 && own_bytes + right_bytes >= needed) {
		join_right(oracle, position);
		return position;
	}
	if (left_bytes > 0 && left_bytes + own_bytes >= needed) {
		join_right(oracle, left);
		return left;
	}
	if (left_bytes > 0 && right_bytes > 0 && left_bytes + own_bytes + right_bytes >= needed) {
		join_right(oracle, left);
		join_right(oracle, left);
		return left;
	}
	return NONE;
}

/* The new block lies at the side of the old one: they become one, with what is free at the other side. */
static unsigned join_new_block(struct oracle *oracle, unsigned position, unsigned fresh)
{
	unsigned left = left_of(oracle, position), right = right_of(oracle, position);

	if (right == fresh || is_free(oracle, right))
		join_right(oracle, position);
	if (left != fresh && !is_free(oracle, left))
		return position;
	join_right(oracle, left);
	return left;
}

unsigned oracle_realloc(struct oracle *oracle, unsigned data, unsigned bytes)
{
	unsigned needed = block_bytes(oracle, bytes), position, wide, fresh_data, fresh;

	if (data == 0)
		return oracle_alloc(oracle, bytes);
	if (bytes == 0) {
		oracle_free(oracle, data);
		return 0;
	}
	position = find_allocated(oracle, data);
	wide = bytes_of(oracle, position) >= needed ? position : join_neighbours(oracle, position, needed);
	if (wide == NONE) {
		fresh_data = oracle_alloc(oracle, bytes);
		if (fresh_data == 0)
			return 0;
		position = find_allocated(oracle, data);
		fresh = find_allocated(oracle, fresh_data);
		if (left_of(oracle, position) != fresh && right_of(oracle, position) != fresh) {
			oracle_free(oracle, data);
			return fresh_data;
		}
		wide = join_new_block(oracle, position, fresh);
	}
	trim(oracle, wide, bytes);
	return oracle->blocks[wide].begin + ORACLE_BLOCK_HEADER_BYTES;
}

unsigned oracle_free_bytes(const struct oracle *oracle)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < oracle->block_count; i++)
		sum += is_free(oracle, i) ? oracle->blocks[i].bytes : 0;
	return sum;
}

unsigned oracle_allocated_bytes(const struct oracle *oracle)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < oracle->block_count; i++)
		sum += is_free(oracle, i) ? 0 : oracle->blocks[i].bytes;
	return sum;
}
