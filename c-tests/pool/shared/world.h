/* Everything that a pool of several processes needs, and what they do with it. */
#ifndef MILLPOND_POOL_SHARED_WORLD_H
#define MILLPOND_POOL_SHARED_WORLD_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "pool.h"

#define SPACE_BYTES (16UL << 20)
#define SLOTS 96
#define OPERATIONS 20000
#define MOST_PROCESSES 4

struct slot {
	unsigned char *data;
	unsigned long bytes;
	unsigned char fill;
};

/* At the same address in each. */
struct world {
	Pool pool;
	pthread_mutex_t lock, table;
	sem_t turn[MOST_PROCESSES];
	struct slot slots[SLOTS];
	size_t cut_bytes;
	unsigned arenas;
	bool is_panicking;
	unsigned tolerated;       /* calls of panic that return */
	unsigned char space[SPACE_BYTES] __attribute__((aligned(64)));
};

extern struct world *world;

void begin_pool(void);
void begin_world(int way_of_mapping);
void end_world(void);
void fill_slot(struct slot *slot, unsigned char *data, unsigned long bytes, unsigned char fill);
void operate(uint64_t *state);
void operate_whenever_possible(uint64_t seed, unsigned count);
void check_everything(void);
void wait_for(pid_t child);
pid_t fork_flushed(void);

#endif
