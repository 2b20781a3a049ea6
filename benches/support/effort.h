/* How long things are measured. */
#ifndef MILLPOND_BENCH_EFFORT_H
#define MILLPOND_BENCH_EFFORT_H

#include <stdbool.h>
#include <stdint.h>

struct effort {
	bool is_quick;
	int only_width;               /* of what scrolls in steady state, and of terminals; 0: all */
	int64_t scroll_limit_ms;      /* for one size and number of rows, over all variants */
	unsigned original_laps;       /* or until the original has gone round so often */
	unsigned rounds;              /* of what is measured in rounds */
	unsigned resize_sizes;        /* sizes in a row, up to 4K */
	unsigned resize_sizes_8k;     /* the same at 8K, where one takes 0.1 s */
	unsigned weston_frames;
	unsigned terminal_rounds;     /* for one load, policy and size */
};

#endif
