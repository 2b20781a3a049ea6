/* What a run has cost, and the table that shows it. */
#ifndef SCROLLER_STATISTICS_H
#define SCROLLER_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

struct statistics {
	const char *title;                /* the head of its column */
	unsigned frames;
	unsigned pages_drawn;             /* frames in which every pixel was drawn */
	unsigned scrolls_by_library;      /* shm_scroll() returned true */
	unsigned scrolls_by_program;      /* it returned false, or was not asked: memmove() */
	uint64_t copied_bytes;            /* by the program: memcpy() and memmove() */
	uint64_t moving_ns;               /* of scrolling frames: shm_get_buffer(), old pixels where they belong */
	uint64_t drawing_ns;              /* of scrolling frames: drawing what is new */
	uint64_t page_faults;             /* of scrolling frames */
	uint64_t memory_bytes;            /* held in memory files, at most */
	unsigned buffers_made;            /* new ones that shm_get_buffer() returned */

	/* known only inside the embedded compositor; -1 elsewhere */
	long wl_buffers_made;
	long pools_made;
	long requests;
};

/* Looks up how much memory this process holds in memory files, and keeps the maximum. */
void statistics_measure_memory(struct statistics *statistics);

/* Of a scrolling frame; -1 if there was none. */
double statistics_moving_us(const struct statistics *statistics);
double statistics_page_faults(const struct statistics *statistics);

/* One column, or two and how they compare. */
void statistics_print(const struct statistics *columns, size_t column_count);

#endif
