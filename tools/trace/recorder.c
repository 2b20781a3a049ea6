/*
 * Records what a program asks its malloc for, to be replayed by benches/pool:
 *
 *	LD_PRELOAD=./librecorder.so MALLOC_TRACE_FILE=FILE program
 *
 * FILE becomes a sequence of pairs of 32-bit words of this machine: slot << 2 | kind, and size in bytes. Kind 0 puts a
 * new block into a slot, 1 frees it, 2 changes its size. A slot is used again when its block is gone, so that they are
 * as many as blocks were live at most. Only this process is recorded, not what it starts; at most EVENTS_MAX events.
 *
 * Needs glibc, whose own functions it calls by the names that no other library takes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define VISIBLE __attribute__((visibility("default")))

#define EVENTS_MAX 3000000u
#define EVENTS_IN_BUFFER 65536u
/* Live blocks at most; the table is twice as large. Only what is used takes memory. */
#define SLOTS_MAX (1u << 22)
#define TABLE_ENTRIES ((size_t)SLOTS_MAX * 2)

extern void *__libc_malloc(size_t size_bytes);
extern void *__libc_calloc(size_t count, size_t size_bytes);
extern void *__libc_realloc(void *block, size_t size_bytes);
extern void *__libc_memalign(size_t alignment_bytes, size_t size_bytes);
extern void __libc_free(void *block);

enum kind {
	KIND_ALLOC,
	KIND_FREE,
	KIND_REALLOC,
};

struct event {
	uint32_t slot_and_kind;
	uint32_t size_bytes;
};

/* Where a live block's slot is found: open addressing, with entries moved up when one goes. */
struct entry {
	uintptr_t block;
	uint32_t slot;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool has_ended;
static struct event buffer[EVENTS_IN_BUFFER];
static size_t buffered, events_in_all;
static int file = -1;
static struct entry *table;
static uint32_t *free_slots;
static uint32_t free_slot_count, next_slot;

static void *map(size_t size_bytes)
{
	void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		abort();
	return memory;
}

static size_t home_of(uintptr_t block)
{
	return (size_t)((block >> 4) * 0x9e3779b97f4a7c15u) & (TABLE_ENTRIES - 1);
}

static struct entry *find(const void *block)
{
	size_t i = home_of((uintptr_t)block);

	while (table[i].block && table[i].block != (uintptr_t)block)
		i = (i + 1) & (TABLE_ENTRIES - 1);
	return &table[i];
}

static void forget(struct entry *entry)
{
	size_t hole = (size_t)(entry - table), i = hole;

	for (;;) {
		i = (i + 1) & (TABLE_ENTRIES - 1);
		if (!table[i].block)
			break;
		/* May it move to the hole? Not if its home lies behind the hole. */
		if (((i - home_of(table[i].block)) & (TABLE_ENTRIES - 1)) < ((i - hole) & (TABLE_ENTRIES - 1)))
			continue;
		table[hole] = table[i];
		hole = i;
	}
	table[hole].block = 0;
}

static void flush(void)
{
	const char *name = getenv("MALLOC_TRACE_FILE");
	const char *bytes = (const char *)buffer;
	size_t left = buffered * sizeof(buffer[0]);

	buffered = 0;
	if (file < 0 && name)
		file = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	while (file >= 0 && left > 0) {
		ssize_t written = write(file, bytes, left);

		if (written <= 0)
			abort(); /* half a trace would be replayed as a whole one */
		bytes += written;
		left -= (size_t)written;
	}
}

static void record(uint32_t slot, enum kind kind, size_t size_bytes)
{
	buffer[buffered++] = (struct event){ slot << 2 | kind, (uint32_t)size_bytes };
	if (buffered == EVENTS_IN_BUFFER)
		flush();
	if (++events_in_all == EVENTS_MAX) {
		flush();
		has_ended = true;
	}
}

/* Blocks too large for the format, and those beyond the last slot, are left out: unknown when they are freed. */
static void record_alloc(void *block, size_t size_bytes)
{
	struct entry *entry;

	if (!block || has_ended || size_bytes > UINT32_MAX)
		return;
	if (!table) {
		table = map(TABLE_ENTRIES * sizeof(*table));
		free_slots = map(SLOTS_MAX * sizeof(*free_slots));
	}
	if (free_slot_count == 0 && next_slot == SLOTS_MAX)
		return;
	entry = find(block);
	entry->block = (uintptr_t)block;
	entry->slot = free_slot_count ? free_slots[--free_slot_count] : next_slot++;
	record(entry->slot, KIND_ALLOC, size_bytes);
}

static void record_free(void *block)
{
	struct entry *entry;

	if (!block || has_ended || !table || !(entry = find(block))->block)
		return;
	record(entry->slot, KIND_FREE, 0);
	free_slots[free_slot_count++] = entry->slot;
	forget(entry);
}

static void record_realloc(void *block, void *moved, size_t size_bytes)
{
	struct entry *entry;
	uint32_t slot;

	if (!block) {
		record_alloc(moved, size_bytes);
		return;
	}
	if (size_bytes == 0 || size_bytes > UINT32_MAX) {
		record_free(block);
		return;
	}
	if (!moved || has_ended || !table || !(entry = find(block))->block)
		return;
	slot = entry->slot;
	forget(entry);
	entry = find(moved);
	*entry = (struct entry){ (uintptr_t)moved, slot };
	record(slot, KIND_REALLOC, size_bytes);
}

VISIBLE void *malloc(size_t size_bytes)
{
	void *block;

	pthread_mutex_lock(&mutex);
	block = __libc_malloc(size_bytes);
	record_alloc(block, size_bytes);
	pthread_mutex_unlock(&mutex);
	return block;
}

VISIBLE void *calloc(size_t count, size_t element_bytes)
{
	void *block;

	pthread_mutex_lock(&mutex);
	block = __libc_calloc(count, element_bytes);
	record_alloc(block, count * element_bytes);
	pthread_mutex_unlock(&mutex);
	return block;
}

VISIBLE void *realloc(void *block, size_t size_bytes)
{
	void *moved;

	pthread_mutex_lock(&mutex);
	moved = __libc_realloc(block, size_bytes);
	record_realloc(block, moved, size_bytes);
	pthread_mutex_unlock(&mutex);
	return moved;
}

VISIBLE void free(void *block)
{
	pthread_mutex_lock(&mutex);
	record_free(block);
	__libc_free(block);
	pthread_mutex_unlock(&mutex);
}

/* Alignment is not recorded: programs that ask for it do so rarely. */
VISIBLE void *memalign(size_t alignment_bytes, size_t size_bytes)
{
	void *block;

	pthread_mutex_lock(&mutex);
	block = __libc_memalign(alignment_bytes, size_bytes);
	record_alloc(block, size_bytes);
	pthread_mutex_unlock(&mutex);
	return block;
}

VISIBLE void *aligned_alloc(size_t alignment_bytes, size_t size_bytes)
{
	return memalign(alignment_bytes, size_bytes);
}

VISIBLE int posix_memalign(void **block, size_t alignment_bytes, size_t size_bytes)
{
	void *aligned;

	if (alignment_bytes % sizeof(void *) != 0 || (alignment_bytes & (alignment_bytes - 1)) != 0)
		return EINVAL;
	aligned = memalign(alignment_bytes, size_bytes);
	if (!aligned)
		return ENOMEM;
	*block = aligned;
	return 0;
}

/* A program may have another malloc linked in, whose function knows none of these blocks. */
static size_t (*usable_size)(void *);

VISIBLE size_t malloc_usable_size(void *block)
{
	if (!usable_size)
		abort();
	return usable_size(block);
}

static void find_usable_size(void)
{
	void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	void *address = libc ? dlsym(libc, "malloc_usable_size") : NULL;

	memcpy(&usable_size, &address, sizeof(address));
}

/* A child process shares the file with its parent, so it must not write. */
static void end_in_child(void)
{
	has_ended = true;
	buffered = 0;
	pthread_mutex_init(&mutex, NULL);
}

static void before_fork(void)
{
	pthread_mutex_lock(&mutex);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&mutex);
}

__attribute__((constructor)) static void begin(void)
{
	unsetenv("LD_PRELOAD");
	find_usable_size();
	pthread_atfork(before_fork, after_fork, end_in_child);
}

__attribute__((destructor)) static void end(void)
{
	pthread_mutex_lock(&mutex);
	if (!has_ended)
		flush();
	has_ended = true;
	pthread_mutex_unlock(&mutex);
}
