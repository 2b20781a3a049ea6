/*
 * Lets a call of the library fail: the k-th of its kind, or all from there on.
 *
 * The program is linked with `-Wl,--wrap=...` for each function (c-tests/meson.build), so only calls from what is
 * linked statically arrive here: those of millpond's archive, not those of libwayland and pixman. Calls of the test's
 * own code are told from the library's by fault_enter() and fault_leave().
 */
#ifndef MILLPOND_FAULTS_INJECT_H
#define MILLPOND_FAULTS_INJECT_H

#include <stdbool.h>

enum fault_kind {
	FAULT_MEMFD,
	FAULT_OPEN,                            /* of a file in place of a memfd */
	FAULT_STAT,
	FAULT_FTRUNCATE,
	FAULT_MMAP,
	FAULT_MUNMAP,
	FAULT_HOLE,                            /* memory is given back, in one way or the other */
	FAULT_SEALS,
	FAULT_DUPLICATE,
	FAULT_MADVISE,
	FAULT_MINCORE,
	FAULT_CLOSE,                           /* the last system call */
	FAULT_MALLOC,
	FAULT_MARSHAL,
	FAULT_IMAGE,
	FAULT_KINDS,
};

struct fault {
	enum fault_kind kind;
	unsigned long first_call;              /* the first is 1 */
	bool persists;                         /* every later call fails, too */
	int error_number;
};

/* What is injected, what the line on stderr must contain, and the values that errno may get; 0 ends them. */
struct fault_description {
	const char *name, *word;
	unsigned usual;                        /* so many of the numbers stand for all of them */
	int error_numbers[14];
};

const struct fault_description *fault_describe(enum fault_kind kind);

/* Sets what is to fail; NULL: nothing. */
void fault_arm(const struct fault *fault);

/* While it is suspended nothing fails, and nothing is counted. */
void fault_suspend(bool suspends);

/* Between the two, calls are counted and may fail: put them around calls of the library, and around dispatching. */
void fault_enter(void);
void fault_leave(void);

unsigned long fault_count(enum fault_kind kind);

/* How often a call has failed. */
unsigned long fault_fired(void);

/* True if the fault may still strike. */
bool fault_is_pending(void);

/*
 * What errno may say after a call that failed: the fault's value, or ENOMEM where there is a reason but no errno.
 * Of files in place of a memfd it is what was said of the memfd.
 */
bool fault_explains(int error_number);

/* Blocks of memory that the library has allocated and not freed. */
long fault_live_blocks(void);

/* From now on the library can open nothing in this folder. */
void fault_refuse_folder(const char *folder);

/* From now on there is no memfd, as in a sandbox. */
void fault_refuse_memfd(void);

/* As qemu does with advice that it does not know: MADV_REMOVE has no effect, and succeeds. */
void fault_ignore_removing(void);

/* Unmaps what is still mapped because munmap() was made to fail. */
void fault_unmap_refused(void);

/*
 * Instead of one call, the system fails: `begin` is called before each call of the library, and `end` behind it, which may
 * be NULL. Any call may then fail, for want of something. While that is suspended neither is called, but first `lift`.
 */
void fault_surround(void (*begin)(void), void (*end)(void), void (*lift)(void));

/* For the wrapped functions: a call has come, and is counted; true, with errno, if it is to fail. */
bool fault_strikes(enum fault_kind kind);
bool fault_is_inside(void);

#endif
