/*
 * Lets a call fail that a pool makes, of the program or of the system: the k-th of its kind, or all from there on.
 *
 * The program is linked with `-Wl,--wrap=...` for each function, as that of shm/faults. Calls of the test's own code are
 * told from the library's by fault_enter() and fault_leave().
 */
#ifndef MILLPOND_POOL_FAULTS_INJECT_H
#define MILLPOND_POOL_FAULTS_INJECT_H

#include <stdbool.h>

enum fault_kind {
	FAULT_ALLOC,                           /* of the pool: returns nil */
	FAULT_MMAP,
	FAULT_MUNMAP,
	FAULT_MADVISE,
	FAULT_MINCORE,
	FAULT_MPROTECT,
	FAULT_QUESTION,                        /* mremap, msync, open, pread: what is there at an address */
	FAULT_MALLOC,
	FAULT_KINDS,
};

struct fault {
	enum fault_kind kind;
	unsigned long first_call;              /* the first is 1 */
	bool persists;
	unsigned error_choice;                 /* any number: each of the errors of the kind has its turn */
};

const char *fault_name(enum fault_kind kind);

/* Sets what is to fail, and begins to count anew; NULL: nothing fails. */
void fault_arm(const struct fault *fault);
void fault_enter(void);
void fault_leave(void);
unsigned long fault_count(enum fault_kind kind);
unsigned long fault_fired(void);

/* True if the fault may still strike. */
bool fault_is_pending(void);

/* A call has come, and is counted; true, with errno, if it is to fail. */
bool fault_strikes(enum fault_kind kind);

/* Unmaps what is still mapped because munmap() was made to fail. */
void fault_unmap_refused(void);

#endif
