/* System pools that threads use, and what they do with them. */
#ifndef MILLPOND_TEST_POOL_SYSTEM_CHURN_H
#define MILLPOND_TEST_POOL_SYSTEM_CHURN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "pool.h"

#define THREADS 8
#define ROUNDS 50000
#define CHILD_SECONDS 10

extern Pool pool, other_pool;
extern atomic_bool is_over;

/* Holds blocks filled with their slot's number, and looks after them. Stops early when the test is over. */
void churn(Pool *used, uint64_t seed, unsigned rounds, size_t bytes_max);

/* The same with `pool`, for pthread_create(); and pools that come and go. */
void *churn_in_thread(void *seed);
void *make_and_destroy(void *seed);

void start(pthread_t *thread, void *(*work)(void *), uintptr_t argument);
void join(pthread_t *threads, unsigned count);

#endif
