/* What the demo shows of its own frames, and no other program needs: what each has cost, and a tint. */
#ifndef SCROLLER_EXPLAINING_H
#define SCROLLER_EXPLAINING_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"
#include "memmove_beside.h"

struct explaining {
	/* A memmove is done beside each frame. It costs what it costs: not where frames are measured. */
	bool compares_live;
	struct memmove_beside beside;
};

/* Writes into page->costs what it took to move the text by `rows`, and to draw what was new. */
void explain_costs(struct explaining *explaining, const struct layout *layout, struct page *page, bool is_by_library,
		   int rows, uint64_t moving_ns, uint64_t drawing_ns);

/*
 * The lines that the last frame drew, and that this one has moved by `lines`: they need the paper of what was moved. Sets
 * `first`, and returns how many there are.
 */
int explain_moved(const struct layout *layout, int lines, int last_first, int last_count, int *first);

#endif
