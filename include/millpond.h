/*
 * millpond.h: what a process can read of its own pools and buffers. Part of millpond; MIT licence.
 *
 * Others read the same on the statistics page, the memory file "millpond-stats" among the process's descriptors:
 * docs/statistics-page.md says how it is laid out. There is none where MILLPOND_STATS is 0 in the environment.
 *
 * Generated from src/c_api/statistics/{types,functions}.rs: change those files and run `make headers`.
 */
#ifndef MILLPOND_MILLPOND_H
#define MILLPOND_MILLPOND_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The program has passed NULL, or a struct whose size no version of it has. */
#define MILLPOND_STATS_REFUSED -1

/** `state`: the program or the compositor has the buffer. */
#define MILLPOND_STATS_HELD 1

/** `state`: the next request may be answered with the buffer. */
#define MILLPOND_STATS_CACHED 2

/** `state`: the program has given the buffer up while it was held. */
#define MILLPOND_STATS_GIVEN_UP 4

/** A Pool, from its first use on until it is reset or destroyed. Later versions may add members at the end. */
struct millpond_stats_pool {
	/**
	 * sizeof of this struct, from the program: no more than that is written. What a newer header has and this library does
	 * not know, is 0.
	 */
	uint64_t size;
	/** `name` of the Pool, as much as there is room for; ends with a NUL. */
	char name[32];
	/**
	 * Blocks that were freed, or resized to nothing. In a pool of several processes, by this one: then these may be more
	 * than `allocs`.
	 */
	uint64_t frees;
	/** Blocks that were allocated. What is resized stays one block. */
	uint64_t allocs;
	/** Calls that returned nil and left a reason for poolerror(). */
	uint64_t fails;
	/** Bytes of arenas: `cursize`. */
	uint64_t arena_bytes;
	/** Bytes of allocated blocks, with what stands before and behind them: `curalloc`. */
	uint64_t allocated_bytes;
	/** Bytes of free blocks: `curfree`. */
	uint64_t free_bytes;
	/** The most that `allocated_bytes` was. */
	uint64_t peak_bytes;
	/** The most that the arenas may be: `maxsize`. */
	uint64_t limit_bytes;
	/** Bytes of the largest free block, when an arena came or went last, or blocks moved. */
	uint64_t largest_free_bytes;
	/** Arenas; those that have become one are one. */
	uint64_t arenas;
	/** Blocks that were moved together. */
	uint64_t moves;
	/** Blocks that were found damaged and set aside. */
	uint64_t set_aside;
};

/**
 * Buffers of one kind: those of one cookie, or of one chain. Times are nanoseconds of CLOCK_MONOTONIC. Later versions may
 * add members at the end.
 */
struct millpond_stats_group {
	/**
	 * sizeof of this struct, from the program: no more than that is written. What a newer header has and this library does
	 * not know, is 0.
	 */
	uint64_t size;
	/** Which interface, and which chain, as much as there is room for; ends with a NUL. */
	char name[32];
	/** What the program calls them by; of a chain, a number that is its own. */
	uint64_t cookie;
	/** Buffers that have ended. */
	uint64_t destroyed;
	/** Buffers that were made. */
	uint64_t created;
	/** Buffers that were handed out, new or again. */
	uint64_t gets;
	/** Buffers that are there. */
	uint64_t live;
	/** Of these: the program has them, or the compositor has not released them yet. */
	uint64_t held;
	/** Of these: neither, and the next request may be answered with them. */
	uint64_t cached;
	/** The most that were held at once. */
	uint64_t held_most;
	/** So many held buffers are warned about. */
	uint64_t held_limit;
	/**
	 * Since when the one is held that is held longest; 0 if none is, or if that is the one that was asked for last.
	 */
	uint64_t oldest_held_ns;
	/** Releases that came after the buffer was given up. */
	uint64_t late_releases;
	/** Releases of buffers that were not held. */
	uint64_t double_releases;
	/** Buffers that were taken once more while they were held. */
	uint64_t taken_twice;
	/** Buffers that were given up while they were held. */
	uint64_t abandoned;
	/** Scrolls that were done by moving the view. */
	uint64_t scrolls;
	/** Of these, how often the view went back to the beginning. */
	uint64_t wraps;
	/** Bytes that were copied. */
	uint64_t copied_bytes;
	/** Pages that a new buffer would have touched, and that were there. */
	uint64_t faults_avoided;
	/** Bytes of the memory files that are these buffers' alone. */
	uint64_t file_bytes;
	/** The newest size, in pixels. */
	uint64_t width;
	/** The same. */
	uint64_t height;
};

/** One buffer. Times are nanoseconds of CLOCK_MONOTONIC. Later versions may add members at the end. */
struct millpond_stats_buffer {
	/**
	 * sizeof of this struct, from the program: no more than that is written. What a newer header has and this library does
	 * not know, is 0.
	 */
	uint64_t size;
	/** Its group, by number. */
	uint64_t group;
	/** MILLPOND_STATS_HELD and so on. */
	uint64_t state;
	/** As in its group. */
	uint64_t cookie;
	/** In pixels. */
	uint64_t width;
	/** In pixels. */
	uint64_t height;
	/** Bytes of a row. */
	uint64_t stride;
	/** What `age` was when it was handed out last. */
	uint64_t age;
	/** References of the program; 0 where there are none. */
	uint64_t references;
	/** Bytes of pixels. */
	uint64_t bytes;
	/** Where its memory begins in the memory file. */
	uint64_t offset_bytes;
	/** The memory file: `st_ino` of fstat(). */
	uint64_t inode;
	/** When it was made. */
	uint64_t made_ns;
	/**
	 * Since when it is held, at the latest; 0 if it is not, or if nothing of its group was asked for since then.
	 */
	uint64_t held_since_ns;
	/** How often it was released. */
	uint64_t releases;
	/** How often it was handed out. */
	uint64_t gets;
	/** How often it was taken once more while it was held. */
	uint64_t taken_twice;
};

/**
 * Returns the descriptor of this process's statistics page, which stays the library's; or -1 if there is none: nothing was
 * used yet, MILLPOND_STATS is 0 in the environment, or the system has none to give.
 */
int millpond_stats_fd(void);

/**
 * Returns how many records were ever in use. Those with the numbers from 0 up to that, less one, may be about something.
 */
uint32_t millpond_stats_count(void);

/**
 * Writes what is known of the Pool with this number. Returns 1, or 0 if the record is not about a Pool, or
 * MILLPOND_STATS_REFUSED.
 */
int millpond_stats_get_pool(uint32_t number, struct millpond_stats_pool *out);

/** The same of the group with this number. */
int millpond_stats_get_group(uint32_t number, struct millpond_stats_group *out);

/** The same of the buffer with this number. */
int millpond_stats_get_buffer(uint32_t number, struct millpond_stats_buffer *out);

#ifdef __cplusplus
}
#endif

#endif /* MILLPOND_MILLPOND_H */
