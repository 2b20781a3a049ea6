/*
 * A compositor in a process of its own: takes buffers, reads the rows that are damaged, and gives them back: at once, or
 * when so many later ones have been committed (server_hold()).
 *
 * It is started anew from this program's file, so that its address space holds nothing of the client's.
 */
#ifndef MILLPOND_BENCH_SERVER_H
#define MILLPOND_BENCH_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What the compositor has done and what it holds. */
struct server_report {
	uint64_t cpu_ns;
	uint64_t faults;
	uint64_t virtual_bytes;    /* as of the last SERVER_MEMORY */
	uint64_t file_mappings;    /* the same */
	uint64_t requests;
	uint64_t pools_made;
	uint64_t pool_resizes;
	uint64_t buffers_made;
	uint64_t buffers_destroyed;
	uint64_t commits;
};

/* What is asked. Looking at the memory may itself touch new pages; counting touches none. */
enum server_question { SERVER_COUNTS = 'c', SERVER_MEMORY = 'm' };

/* So many commits later at the most. */
#define SERVER_HELD_MAX 9

struct server {
	pid_t process;
	int control;     /* questions and answers */
	int connection;  /* the client's end of the Wayland socket; belongs to the wl_display that is made of it */
};

/* Starts one. Ends this process with a message when that fails. */
void server_start(struct server *server);

/* Asks; the client's requests are handled first, if a round trip has come before. */
struct server_report server_ask(const struct server *server, enum server_question question);

/* From now on it gives a buffer back when `late_commits` later ones have been committed; 0, as at first: at once. */
void server_hold(const struct server *server, unsigned late_commits);

/* Ends it, after the client has disconnected. */
void server_stop(struct server *server);

/* What the started process does: serves until the client's side hangs up. Does not return. */
__attribute__((noreturn))
void server_main(int connection, int control);

#endif
