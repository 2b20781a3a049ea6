/*
 * The log that libwayland writes of a client (WAYLAND_DEBUG=client), played once more to a test compositor of its own:
 * so what a client sent to any compositor is looked at like what it sends to that of the tests.
 *
 *	FILE *log = replay_new_log();
 *	IN_CHILD(&outcome, 30) {
 *		replay_write_log(log);
 *		... connects, draws, ends ...
 *	}
 *	struct replay replay = replay_log(log);
 *
 * Files are not in the log: each pool gets one that is just as long. Nor are pixels.
 */
#ifndef MILLPOND_TEST_COMPOSITOR_REPLAY_H
#define MILLPOND_TEST_COMPOSITOR_REPLAY_H

#include <stdio.h>

#include "compositor/compositor.h"

struct replay {
	struct compositor_counts counts;     /* at the end of the log; of the releases only those that the client heard of */
	unsigned stray_releases;             /* of buffers that were not shown, or given back already */
	char broken_rule[256];               /* the first one, "" if none; with the line of the log where it was noticed */
};

/* An empty file without a name; fclose() is the caller's. */
FILE *replay_new_log(void);

/* What this process says from here on goes to the log, and what it sends and gets on connections that it makes now. */
void replay_write_log(FILE *log);

/* Plays the log from its beginning. */
struct replay replay_log(FILE *log);

#endif
