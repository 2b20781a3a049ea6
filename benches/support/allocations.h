/* Counts what is asked of malloc and its kin, by anybody in this process. */
#ifndef MILLPOND_BENCH_ALLOCATIONS_H
#define MILLPOND_BENCH_ALLOCATIONS_H

#include <stdbool.h>
#include <stdint.h>

/* False where the C library has no way to stand before its malloc: then nothing is counted. */
bool allocations_can_be_counted(void);

/* Calls that asked for memory, so far. */
uint64_t allocations_count(void);

#endif
