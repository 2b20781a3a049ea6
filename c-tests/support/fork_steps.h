/*
 * Forks at the single instructions of an operation. One thread takes it step by step, under ptrace(); while it stands
 * still, another thread forks, and the child must be able to do what the program says. Where the first one has a lock that
 * fork() takes, the fork comes as soon as the lock is free.
 */
#ifndef MILLPOND_TEST_FORK_STEPS_H
#define MILLPOND_TEST_FORK_STEPS_H

#include <stddef.h>

struct fork_steps_case {
	void (*prepare)(void *user);       /* not in steps; may be NULL */
	void (*operation)(void *user);
	void (*in_child)(void *user);      /* fails by CHECK */
	void *user;
	unsigned child_seconds;
};

struct fork_steps_seen {
	unsigned long instructions;
	unsigned forks;
	unsigned exact;                    /* forks that were over before the next instruction */
};

/*
 * Does it in processes of its own, with MILLPOND_FORKS forks (or as many as there are instructions), spread evenly; fails
 * the test if a child or the operation fails. Skips it where no process can be traced.
 */
struct fork_steps_seen fork_steps(const char *name, const struct fork_steps_case *tried);

#endif
