/* The statistics page of a process, as somebody else finds and reads it: by what its header says, and nothing else. */
#ifndef MILLPOND_TEST_STATISTICS_PAGE_H
#define MILLPOND_TEST_STATISTICS_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define RECORD_POOL 1
#define RECORD_GROUP 2
#define RECORD_BUFFER 3

struct page {
	int file;                         /* -1: there is none */
	uint32_t version, header_bytes, record_bytes, record_count, used_count, pid;
	uint64_t left_out;
	char program[33];
};

struct pool_record {
	uint32_t number;
	char name[33];
	uint64_t frees, allocs, fails, arena_bytes, allocated_bytes, block_bytes, peak_bytes, limit_bytes;
	uint64_t largest_free_bytes, arenas, moves, set_aside;
};

/* How many pages a process has open; the last one is opened. */
unsigned page_open(struct page *page, pid_t process);
void page_close(struct page *page);

/* The record of the pool with this name, read now. False: there is none. More than one fails the test. */
bool page_find_pool(const struct page *page, const char *name, struct pool_record *record);

/* How many records are in use. */
unsigned page_count_records(const struct page *page, uint32_t kind);

#endif
