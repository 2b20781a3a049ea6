#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "pool/shared/world.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool/provider/in_band.h"
#include "support/random.h"
#include "support/runner.h"

struct world *world;

static void *cut(unsigned long bytes)
{
	unsigned char *arena = world->space + world->cut_bytes;

	if (bytes > SPACE_BYTES - world->cut_bytes)
		return NULL;
	world->cut_bytes += (bytes + 15) / 16 * 16;
	world->arenas++;
	return arena;
}

static int join(void *bottom, void *top)
{
	(void)bottom;
	(void)top;
	return world->arenas % 3 == 0;
}

static void lock(Pool *pool)
{
	CHECK_EQUAL(pthread_mutex_lock(&((struct world *)pool)->lock), 0);
}

static void unlock(Pool *pool)
{
	CHECK_EQUAL(pthread_mutex_unlock(&((struct world *)pool)->lock), 0);
}

static void print(Pool *pool, char *format, ...)
{
	(void)pool;
	(void)format;
}

static void panic(Pool *pool, char *format, ...)
{
	char text[512];
	va_list arguments;

	(void)pool;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (world->tolerated > 0) {
		world->tolerated--;
		return;
	}
	world->is_panicking = true;
	runner_fail(__FILE__, __LINE__, text);
}

void begin_pool(void)
{
	pthread_mutexattr_t shared;

	pthread_mutexattr_init(&shared);
	pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	CHECK_EQUAL(pthread_mutex_init(&world->lock, &shared), 0);
	CHECK_EQUAL(pthread_mutex_init(&world->table, &shared), 0);
	for (int i = 0; i < MOST_PROCESSES; i++)
		CHECK_EQUAL(sem_init(&world->turn[i], 1, 0), 0);
	world->pool = (Pool){
		.name = "shared", .maxsize = SPACE_BYTES, .minarena = 4096, .quantum = 32, .alloc = cut, .merge = join,
		.lock = lock, .unlock = unlock, .print = print, .panic = panic,
	};
}

void begin_world(int way_of_mapping)
{
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE, way_of_mapping | MAP_ANONYMOUS, -1, 0);
	if (world == MAP_FAILED)
		SKIP("the memory that it needs cannot be had");
	begin_pool();
}

void end_world(void)
{
	CHECK(!world->is_panicking);
	munmap(world, sizeof(*world));
}

static void check_slot(const struct slot *slot)
{
	for (unsigned long i = 0; i < slot->bytes; i++)
		CHECK_EQUAL(slot->data[i], slot->fill);
}

void fill_slot(struct slot *slot, unsigned char *data, unsigned long bytes, unsigned char fill)
{
	*slot = (struct slot){ data, bytes, fill };
	if (data != NULL)
		memset(data, fill, bytes);
}

/* Mostly small blocks, and now and then one that belongs in a tree. */
static unsigned long random_bytes(uint64_t *state)
{
	return random_below(state, 8) != 0 ? random_below(state, 700) : random_below(state, 90000);
}

void operate(uint64_t *state)
{
	struct slot *slot = &world->slots[random_below(state, SLOTS)];
	unsigned long bytes = random_bytes(state) + 1, kept;
	unsigned char fill = (unsigned char)random_below(state, 256), *data;

	check_slot(slot);
	switch (random_below(state, 4)) {
	case 0:
		poolfree(&world->pool, slot->data);
		fill_slot(slot, NULL, 0, 0);
		break;
	case 1:
		data = poolrealloc(&world->pool, slot->data, bytes);
		CHECK(data != NULL);
		kept = slot->bytes < bytes ? slot->bytes : bytes;
		for (unsigned long i = 0; i < kept; i++)
			CHECK_EQUAL(data[i], slot->fill);
		fill_slot(slot, data, bytes, fill);
		break;
	default:
		poolfree(&world->pool, slot->data);
		data = poolalloc(&world->pool, bytes);
		CHECK(data != NULL);
		fill_slot(slot, data, bytes, fill);
	}
}

void operate_whenever_possible(uint64_t seed, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		CHECK_EQUAL(pthread_mutex_lock(&world->table), 0);
		operate(&seed);
		CHECK_EQUAL(pthread_mutex_unlock(&world->table), 0);
	}
}

void check_everything(void)
{
	for (int i = 0; i < SLOTS; i++)
		check_slot(&world->slots[i]);
	poolcheck(&world->pool);
	band_check_counters(&world->pool);
}

void wait_for(pid_t child)
{
	int status;

	CHECK_EQUAL(waitpid(child, &status, 0), child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

pid_t fork_flushed(void)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	CHECK(child >= 0);
	if (child == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that has failed leaves none behind */
	return child;
}
