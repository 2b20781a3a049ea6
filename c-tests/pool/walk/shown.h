/* What poolwalk() shows, kept; and what outside tools read in the same heap, to compare with. */
#ifndef MILLPOND_POOL_WALK_SHOWN_H
#define MILLPOND_POOL_WALK_SHOWN_H

#include <stddef.h>

#include "pool.h"

#define SHOWN_MOST (1 << 14)

struct shown {
	struct poolpart parts[SHOWN_MOST];
	size_t count;
	size_t stop_at;                   /* the part at which the visitor answers, if it is below the count */
	int answer;
};

/* Forgets what was shown, and walks. Returns what poolwalk() does. */
int shown_by(struct shown *shown, Pool *pool);

/* The same, and at this part the visitor answers. */
int shown_up_to(struct shown *shown, Pool *pool, size_t stop_at, int answer);

/* A visitor that keeps what it sees; user is a struct shown. */
int shown_keep(void *shown, const struct poolpart *part);

/* All is shown that stands in the heap, in the order of the arenas and in that of addresses. */
void shown_check(const struct shown *shown, const Pool *pool);

/* The part of a block by what the program knows; NULL if there is none. */
const struct poolpart *shown_part(const struct shown *shown, const void *data);

#endif
