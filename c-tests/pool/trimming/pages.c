#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "pool/trimming/pages.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/runner.h"

static unsigned char *arena;
static unsigned long arena_bytes;
unsigned long given_back_bytes;
uint32_t given_back_word;

unsigned long page_bytes(void)
{
	return (unsigned long)sysconf(_SC_PAGESIZE);
}

static void *give_arena(unsigned long bytes)
{
	unsigned char *given = bytes <= arena_bytes ? arena : NULL;

	arena = NULL;
	arena_bytes = bytes;
	return given;
}

void take_back(void *taken, unsigned long bytes)
{
	memcpy(&given_back_word, taken, sizeof(given_back_word));
	given_back_bytes += bytes;
}

static void panic(Pool *pool, char *format, ...)
{
	(void)pool;
	runner_fail(__FILE__, __LINE__, format);
}

Pool begin(void *memory, unsigned pages)
{
	arena = memory;
	arena_bytes = pages * page_bytes();
	return (Pool){
		.name = "pages", .maxsize = UINTPTR_MAX / 2, .minarena = arena_bytes - 32, .quantum = 32,
		.alloc = give_arena, .panic = panic,
	};
}

void *map(unsigned pages, int flags)
{
	void *memory = mmap(NULL, pages * page_bytes(), PROT_READ | PROT_WRITE, flags, -1, 0);

	CHECK(memory != MAP_FAILED);
	return memory;
}

void take_slot(Pool *pool, struct slot *slot, unsigned long bytes, unsigned char fill)
{
	*slot = (struct slot){ poolalloc(pool, bytes), bytes, fill };
	CHECK(slot->data != NULL);
	memset(slot->data, fill, bytes);
}

void free_slot(Pool *pool, struct slot *slot)
{
	poolfree(pool, slot->data);
	slot->data = NULL;
}

void check_slot(const struct slot *slot)
{
	for (unsigned long i = 0; slot->data != NULL && i < slot->bytes; i++)
		CHECK_EQUAL(slot->data[i], slot->fill);
}

void spread(Pool *pool, struct slot *slots)
{
	for (unsigned i = 0; i < SLOTS; i++)
		take_slot(pool, &slots[i], 3 * page_bytes() + i * 100, (unsigned char)(i + 1));
	for (unsigned i = 1; i < SLOTS; i += 2)
		free_slot(pool, &slots[i]);
}
