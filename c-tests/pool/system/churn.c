#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "pool/system/churn.h"

#include <stdbool.h>
#include <string.h>

#include "support/random.h"
#include "support/runner.h"

#define SLOTS 64

Pool pool = POOL_SYSTEM_INIT("threads"), other_pool = POOL_SYSTEM_INIT("other");
atomic_bool is_over;

static bool is_filled(const unsigned char *block, unsigned char value, size_t bytes)
{
	return bytes == 0 || (block[0] == value && memcmp(block, block + 1, bytes - 1) == 0);
}

void churn(Pool *used, uint64_t seed, unsigned rounds, size_t bytes_max)
{
	unsigned char *blocks[SLOTS] = { 0 };
	size_t sizes[SLOTS] = { 0 };

	for (unsigned i = 0; i < rounds && !is_over; i++) {
		uint64_t random = random_word(&seed);
		unsigned slot = random % SLOTS;
		size_t bytes = 1 + (random >> 20) % bytes_max;

		CHECK(is_filled(blocks[slot], (unsigned char)slot, sizes[slot]));
		switch (random >> 60) {
		case 0:
			poolfree(used, blocks[slot]);
			CHECK((blocks[slot] = poolallocalign(used, bytes, 64, 0, 0)) != NULL);
			break;
		case 1: case 2: case 3:
			CHECK((blocks[slot] = poolrealloc(used, blocks[slot], bytes)) != NULL);
			CHECK(is_filled(blocks[slot], (unsigned char)slot, bytes < sizes[slot] ? bytes : sizes[slot]));
			break;
		case 4: case 5: case 6: case 7:
			poolfree(used, blocks[slot]);
			CHECK((blocks[slot] = poolzalloc(used, bytes)) != NULL);
			CHECK(is_filled(blocks[slot], 0, bytes));
			break;
		default:
			poolfree(used, blocks[slot]);
			CHECK((blocks[slot] = poolalloc(used, bytes)) != NULL);
		}
		sizes[slot] = bytes;
		memset(blocks[slot], (int)slot, bytes);
	}
	for (unsigned slot = 0; slot < SLOTS; slot++)
		poolfree(used, blocks[slot]);
}

void *churn_in_thread(void *seed)
{
	churn(&pool, (uintptr_t)seed, ROUNDS, 3000);
	return NULL;
}

void *make_and_destroy(void *seed)
{
	for (uintptr_t i = 0; i < 300; i++) {
		Pool *made = poolsystem("made");

		CHECK(made != NULL);
		churn(made, (uintptr_t)seed + i, 50, 3000);
		pooldestroy(made);
	}
	return NULL;
}

void start(pthread_t *thread, void *(*work)(void *), uintptr_t argument)
{
	CHECK_EQUAL(pthread_create(thread, NULL, work, (void *)argument), 0);
}

void join(pthread_t *threads, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
}
