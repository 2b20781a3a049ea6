/* Which cells a person has selected: all from one to another, line by line. */
#ifndef TERMINAL_SELECTION_H
#define TERMINAL_SELECTION_H

#include <stdbool.h>

struct place {
	long line;
	int column;
};

struct selection {
	bool is_any;
	struct place start, end; /* in any order; both are selected */
};

bool selection_has(const struct selection *selection, struct place place);

struct place selection_first(const struct selection *selection);
struct place selection_last(const struct selection *selection);

#endif
