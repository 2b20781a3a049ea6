/* A compositor in a process of its own, and a program that is its client. */
#ifndef MILLPOND_LEAKS_PAIR_H
#define MILLPOND_LEAKS_PAIR_H

#include <stdio.h>
#include <sys/types.h>

/* The program is ready. */
struct pair {
	pid_t host, program;
	int to_program;
	FILE *from_program;
};

/* Both, with a policy of leaks_host. The test is skipped where the programs are not known: MILLPOND_LEAKS is their folder. */
struct pair pair_start(const char *policy, const char *name);

/* What the program does, once more. */
void pair_go_on(struct pair *pair);

/* Lets both end, which they must with 0. */
void pair_stop(struct pair *pair);

/* Waits for the end of a pair whose program a signal has ended. */
void pair_bury(struct pair *pair);

#endif
