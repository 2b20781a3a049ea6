/*
 * pool.h: heaps over arenas from the system, or that the program provides. Part of millpond; MIT licence.
 *
 * The names, the layout and the results are those of 9front's pool.h where ulong is unsigned long; what begins with
 * "millpond's own" is new.
 *
 * Generated from src/pool/record.rs and src/c_api/pool: change those files and run `make headers`.
 */
#ifndef MILLPOND_POOL_H
#define MILLPOND_POOL_H

#include <stdint.h>

/*
 * Sizes are unsigned long, as the library was made. Where these words, or the name ulong, mean another type (drawterm
 * has `#define long int`, and a ulong of 32 bits), the program defines POOL_ULONG before it includes this header: as
 * an unsigned type of the same size, uintptr_t for one. It must have included <stdint.h> before it redefines words.
 */
#ifdef POOL_ULONG
#define POOL_LONG intptr_t
#else
#define POOL_ULONG unsigned long
#define POOL_LONG long
/* Plan 9's name, for programs whose system or own headers do not have it. */
#if defined(_SYS_TYPES_H) && (defined(__USE_MISC) || defined(_GNU_SOURCE) || defined(_BSD_SOURCE))
/* <sys/types.h> has it. */
#elif !defined(ulong) && !defined(_U_H_) && !defined(MILLPOND_NO_ULONG)
typedef unsigned long ulong;
#endif
#endif

/* A member is called `private`; C++ programs say private_. */
#ifdef __cplusplus
#define POOL_PRIVATE_FIELD private_
#else
#define POOL_PRIVATE_FIELD private
#endif

typedef struct Pool Pool;

#ifdef __cplusplus
extern "C" {
#endif

/** Fill memory whose contents are undefined with patterns. */
#define POOL_ANTAGONISM (1 << 0)

/** Check the whole pool before and after each call. */
#define POOL_PARANOIA (1 << 1)

/** Print the whole pool before and after each call. */
#define POOL_VERBOSITY (1 << 2)

/** Does nothing, as in the original. */
#define POOL_DEBUGGING (1 << 3)

/** Print one line for each call. */
#define POOL_LOGGING (1 << 4)

/** Only complain about a single NUL byte written right behind a block. */
#define POOL_TOLERANCE (1 << 5)

/** Never use freed blocks again: mark them, and find writes to them. */
#define POOL_NOREUSE (1 << 6)

/**
 * millpond's own: `alloc` returns private memory of the system's that is no file's (MAP_PRIVATE | MAP_ANONYMOUS, without
 * MAP_HUGETLB). Then poolzalloc() leaves alone what is zero because nobody has written to it.
 */
#define POOL_FRESH (1 << 7)

/**
 * millpond's own, of the pools that POOL_SYSTEM_INIT and poolsystem() make: arenas are whole pages, and larger the more
 * the pool has; those that touch become one, so that `free` gets them as one; and where `print` is nil, what there is to
 * say goes to standard error.
 */
#define POOL_SYSTEM (1 << 8)

/** millpond's own: poolwalk() or poolstats() could not see all of the pool. It was said why. */
#define POOL_INCOMPLETE -1

/** An arena, with all that lies in it. */
#define POOL_PART_ARENA 1

/** A block that the program has. */
#define POOL_PART_ALLOCATED 2

/** A free block. */
#define POOL_PART_FREE 3

/** A block that was freed under POOL_NOREUSE, and is never given out again. */
#define POOL_PART_BURIED 4

/** What was damaged and set aside, and is never given out again. */
#define POOL_PART_SET_ASIDE 5

/** A block that a call was at work on when it was left. */
#define POOL_PART_IN_WORK 6

/**
 * A heap over arenas that the program provides.
 *
 * POOL_SYSTEM_INIT makes one over memory of the system's, which needs nothing else. For another one, a static
 * initialiser with designated members is all that it needs; members that are not named are 0. `flags`,
 * `maxsize` and `minarena` may be changed between calls. The names and the layout are those of 9front's pool.h with a
 * `ulong` that is C's unsigned long.
 *
 * The contract, which pool(3) has in the same words:
 *
 * Re-entry: a callback may use its own pool, if the lock lets the same thread in again. It must leave alone the
 * block that the call is about. What it takes may be what the call has made room for: then that returns nil. `free`
 * is called without the lock, all others with it.
 *
 * Longjmp: a callback may leave by longjmp(). The pool is whole then, and its lock still held: the program gives it
 * back. The block that the call was about may stay where it is when the pool is compacted, until it is resized.
 *
 * Exceptions: a C++ exception must not leave a callback. Neither the library nor C can be unwound.
 *
 * Fork: a child has a copy of the pool, and each goes on by itself. If the pool, its arenas and its lock lie in
 * memory that is mapped as shared, at the same address in all processes, then all of them use one pool. A process
 * that finds that another one has used the pool since reads all blocks once, and so takes longer the more blocks
 * there are and the more often they take turns. Where the pool lies is asked when it is used first, and it stays
 * there until it is reset. Nobody forks while another thread's call is at work on a pool that the child is to use:
 * as with malloc(), the program holds the lock meanwhile. With the lock of POOL_SYSTEM_INIT and poolsystem() fork() does
 * so by itself.
 *
 * Threads: one call at a time uses a pool, which is what `lock` and `unlock` are for. Different pools have nothing
 * in common, and may be used at the same time.
 *
 * Signals: a handler must not use a pool that the program uses outside of it, because it may have interrupted a
 * call.
 *
 */
struct Pool {
	/** For messages. `char *` in the original, so a program that reads it there must say const here. */
	const char *name;
	/** The most bytes of arenas that the pool may ask for. */
	uintptr_t maxsize;
	/** Bytes of arenas so far. */
	uintptr_t cursize;
	/** Bytes of free blocks. */
	uintptr_t curfree;
	/** Bytes of allocated blocks, with what stands before and behind them. */
	uintptr_t curalloc;
	/** The least number of bytes to ask for an arena. */
	POOL_ULONG minarena;
	/** Sizes of blocks are multiples of it: a power of two, 8 or more. */
	POOL_ULONG quantum;
	/** The least size of a block. */
	POOL_ULONG minblock;
	/** Private. */
	void *freeroot;
	/** Private: the arenas, the one with the highest address first. */
	void *arenalist;
	/** Returns a new arena of so many bytes, aligned for every type, or nil. */
	void *(*alloc)(POOL_ULONG);
	/** Returns true if two arenas can become one: then the pool also owns what lies between. May be nil. */
	int (*merge)(void*, void*);
	/** Is told that a block has moved. nil: blocks never move. */
	void (*move)(void *from, void *to);
	/** Takes an arena back when the pool is reset or trimmed. May be nil. */
	void (*free)(void*, POOL_ULONG);
	/** POOL_ANTAGONISM and so on. */
	int flags;
	/** Blocks freed so far. */
	int nfree;
	/** `nfree` at the last compaction. */
	int lastcompact;
	/** Called around every use of the pool. May be nil. */
	void (*lock)(struct Pool*);
	/** The other half of `lock`. */
	void (*unlock)(struct Pool*);
	/** Prints a text; always called with the format "%s". May be nil. */
	void (*print)(struct Pool*, char*, ...);
	/**
	 * Ends the program, or leaves by longjmp; always called with the format "%s". nil: the text on stderr, and abort().
	 * If it does not end the program, the pool goes on without what is damaged.
	 */
	void (*panic)(struct Pool*, char*, ...);
	/** Is called before a line of POOL_LOGGING. May be nil. */
	void (*logstack)(struct Pool*);
	/** For the program. Where `lock` is that of POOL_SYSTEM_INIT or poolsystem(), it is private. */
	void *POOL_PRIVATE_FIELD;
};

/** millpond's own: what poolwalk() shows. Later versions may add members at the end. */
struct poolpart {
	/** POOL_PART_ARENA and so on. Later versions may have more of them. */
	int kind;
	/**
	 * 1 if a compaction leaves it where it is, otherwise 0: a block of poolallocalign(), or one that is never given out
	 * again; and arenas.
	 */
	int is_pinned;
	/** Where its arena begins. */
	void *arena;
	/** Where it begins, with what stands before the data. */
	void *start;
	/** All of its bytes, with what stands before and behind the data. */
	uintptr_t bytes;
	/**
	 * What poolalloc() or another function returned for it. nil if it is neither allocated nor freed under POOL_NOREUSE.
	 * Where poolallocalign() was asked for an address that is no multiple of a word: the word that it lies in.
	 */
	void *data;
	/**
	 * So many bytes from there on the program asked for last, or was given by poolmsize(); otherwise 0. Of what a block
	 * has beyond that, all but the last 64 KiB counts as asked for.
	 */
	uintptr_t asked;
};

/**
 * millpond's own: what poolstats() counts. The program sets `size`. Later versions may add members at the end.
 *
 * "All bytes" are those with what stands before and behind the data of a block.
 */
struct poolcounts {
	/**
	 * sizeof(struct poolcounts), from the program: no more than that is written. What a newer header has and this library
	 * does not know, is 0.
	 */
	uint64_t size;
	/** Arenas; those that have become one are one. */
	uint64_t arenas;
	/** Bytes that `alloc` has given for them: `cursize`. */
	uint64_t arena_bytes;
	/** Blocks that the program has. */
	uint64_t blocks;
	/** All bytes of these. */
	uint64_t block_bytes;
	/** Bytes of these that the program asked for, as `asked` of struct poolpart. */
	uint64_t asked_bytes;
	/** Bytes of these that are neither that nor what stands before and behind the data. */
	uint64_t slack_bytes;
	/** Free blocks. */
	uint64_t free_blocks;
	/** All bytes of these: `curfree`. */
	uint64_t free_bytes;
	/** All bytes of the largest of these; 0 if there is none. */
	uint64_t largest_free_bytes;
	/** Blocks that were freed under POOL_NOREUSE. */
	uint64_t buried_blocks;
	/** All bytes of these, which `curalloc` contains. */
	uint64_t buried_bytes;
	/** What was damaged and set aside, so many times. */
	uint64_t set_aside_blocks;
	/** All bytes of these, which `curalloc` contains. */
	uint64_t set_aside_bytes;
	/** Calls that returned nil and left a reason for poolerror(), since the pool was used first, or reset. */
	uint64_t failed_calls;
	/** The most that `arena_bytes` was in that time. */
	uint64_t most_arena_bytes;
	/**
	 * The most that `curalloc` was, of these moments of that time: at the end of each call that got an arena from
	 * `alloc`, at the end of each call that counts as failed, and now. Between them it may have been more: up to
	 * `most_arena_bytes`, and what lay between arenas that became one.
	 */
	uint64_t most_seen_bytes;
};

/** Returns n bytes, or nil when there are no more: poolerror() says why. n may be 0. */
void *poolalloc(struct Pool *pool, POOL_ULONG n);

/**
 * Returns n bytes whose address is `offset` modulo `align`, and that cross no multiple of `span`; or nil.
 *
 * align 0: any address. span 0: anywhere. The block stays where it is in a compaction.
 */
void *poolallocalign(struct Pool *pool, POOL_ULONG n, POOL_ULONG align, POOL_LONG offset, POOL_ULONG span);

/**
 * millpond's own: as poolalloc(), and the n bytes are 0. With POOL_FRESH, what nobody has used of a large block is not
 * written: it takes no memory until the program writes to it.
 */
void *poolzalloc(struct Pool *pool, POOL_ULONG n);

/** Frees a block. nil: nothing. What is no block of this pool: `panic`. */
void poolfree(struct Pool *pool, void *block);

/** Returns how many bytes of the block may be used, and lets the program use them all. nil: 0. */
POOL_ULONG poolmsize(struct Pool *pool, void *block);

/** Returns 1 if one of the n bytes from v on lies in an arena of the pool, or an empty span lies inside one. */
int poolisoverlap(struct Pool *pool, void *v, POOL_ULONG n);

/** Forgets all blocks, and gives all arenas to the pool's `free`. A pool of nil: nothing. */
void poolreset(struct Pool *pool);

/**
 * Changes the size of a block to n bytes, and moves it if need be. Returns the block, or nil and nothing has changed.
 *
 * block nil: as poolalloc(). n 0: frees the block and returns nil.
 */
void *poolrealloc(struct Pool *pool, void *block, POOL_ULONG n);

/** Checks the whole pool. What is wrong is printed, then `panic` is called. */
void poolcheck(struct Pool *pool);

/** Moves blocks together, so that free memory comes to the end of each arena. Returns 1 if one was moved. */
int poolcompact(struct Pool *pool);

/** Checks one block, as poolcheck() does. */
void poolblockcheck(struct Pool *pool, void *block);

/** Prints all blocks of the pool. */
void pooldump(struct Pool *pool);

/**
 * millpond's own: shows each arena of the pool to visit, the one with the highest address first, and behind each its
 * blocks from low to high addresses.
 *
 * Returns 0 when all was shown. If visit returns another number, that ends the walk, and is returned. Returns
 * POOL_INCOMPLETE if some of the pool was not shown. Then it was said why: where an arena is damaged, through `print` and
 * `panic` as by poolcheck(), and where panic returns, the walk goes on with the next arena; where pool or visit is nil, in
 * one line, through `print` or on stderr. Nothing is changed. Lists of free blocks are not looked at.
 *
 * visit runs as a callback of the pool: with its lock held. The part is valid until visit returns. It may leave by
 * longjmp(), and use the pool, if the lock lets the same thread in again. Of what it changes, what lies ahead is shown as
 * it is then: in an arena each block begins at the end of the one that was shown before, or behind. Nothing is shown
 * twice at one address. What visit takes may lie ahead: if it takes memory at each part, that may go on for as long as
 * there is more.
 */
int poolwalk(struct Pool *pool, int (*visit)(void *user, const struct poolpart *part), void *user);

/**
 * millpond's own: counts what there is in the pool, in one look at all of its blocks, and writes it to out.
 *
 * Returns 0. Returns POOL_INCOMPLETE if not all could be counted, and says why, as poolwalk() does: of an arena that is
 * damaged what lies before that is counted. Where pool or out is nil, or the size in out is none, nothing is written. A
 * pool that was never used, or that was reset, has 0 of everything. Of a pool that several processes use, the last three
 * are what this one has seen.
 */
int poolstats(struct Pool *pool, struct poolcounts *out);

/**
 * millpond's own: a new pool over memory of the system's, as POOL_SYSTEM_INIT makes one; or nil. pooldestroy() gives it
 * back. The name may be nil; it is not copied, and must stay as long as the pool.
 */
struct Pool *poolsystem(const char *name);

/**
 * millpond's own: forgets all blocks, gives all arenas to the pool's `free`, and all that millpond has for the pool back
 * to the system; also the Pool, if poolsystem() has made it. Another pool may be used again. nil: nothing.
 *
 * A pool of POOL_SYSTEM_INIT that was used is destroyed before the memory goes that the Pool stands in.
 */
void pooldestroy(struct Pool *pool);

/** millpond's own: `alloc` of a system pool: mmap(). nil: errno says why. */
void *poolsystem_alloc(POOL_ULONG n);

/**
 * millpond's own: `free` of a system pool: munmap() of what poolsystem_alloc() has returned, also of several arenas that
 * touch.
 */
void poolsystem_free(void *arena, POOL_ULONG n);

/**
 * millpond's own: `lock` of a system pool, which stands in `private`. The thread that has locked the pool may do so
 * again, and fork() is made with it held.
 */
void poolsystem_lock(struct Pool *pool);

/** millpond's own: the other half of poolsystem_lock(). */
void poolsystem_unlock(struct Pool *pool);

/**
 * millpond's own: gives free memory back, but for keep_bytes bytes of it. Returns how many bytes that were.
 *
 * Arenas without blocks go to the pool's `free`, if there is one; whole pages inside the free blocks of the others go to
 * the system, and read as zero when they are used again, if they are private anonymous memory. No block moves. A pool
 * of nil: 0.
 */
POOL_ULONG pooltrim(struct Pool *pool, POOL_ULONG keep_bytes);

/**
 * millpond's own: why the last call of this thread that returned nil did so, as Plan 9 leaves it in %r. Never nil.
 *
 * The text is valid until the next failing call of the thread.
 */
const char *poolerror(void);

/**
 * millpond's own: initialises a pool over memory of the system's, which needs nothing else and no call before it is used:
 *
 *	static Pool pool = POOL_SYSTEM_INIT("example");
 *
 * Its arenas come from mmap(), 1 MiB at first and larger the more there are; it has a lock, which fork() knows of; and what
 * it has to say goes to standard error, with abort() at the end. All members may be set otherwise before it is used, and
 * `private` is its own. In a pool on a stack, or in memory that is given back: pooldestroy() comes first.
 */
#define POOL_SYSTEM_INIT(name) \
	{ \
		name, ~(uintptr_t)0, 0, 0, 0, 1024 * 1024 - 32, 32, 0, 0, 0, poolsystem_alloc, 0, 0, poolsystem_free, \
		POOL_FRESH | POOL_SYSTEM, 0, 0, poolsystem_lock, poolsystem_unlock, 0, 0, 0, 0 \
	}

/*
 * What this header says must be what the library was made with. If one of these does not compile, the type that
 * POOL_ULONG names has another size, or members are laid out in another way than is usual.
 */
typedef char millpond_POOL_ULONG_is_as_wide_as_a_pointer[sizeof(POOL_ULONG) == sizeof(void *) ? 1 : -1];
typedef char millpond_POOL_LONG_is_as_wide_as_a_pointer[sizeof(POOL_LONG) == sizeof(void *) ? 1 : -1];
typedef char millpond_Pool_has_its_size[sizeof(struct Pool) == (sizeof(void *) == 8 ? 176 : 92) ? 1 : -1];
#ifdef __GNUC__
typedef char millpond_Pool_has_alloc_in_place[__builtin_offsetof(struct Pool, alloc) == 10 * sizeof(void *) ? 1 : -1];
#endif

/* Plan 9's own pools: declared as there, and for the program to define. */
extern Pool *mainmem;
extern Pool *imagmem;
extern Pool *secrmem;

#ifdef __cplusplus
}
#endif

#endif /* MILLPOND_POOL_H */
