/* What this process holds, looked at again and again; and whether that grows. */
#ifndef MILLPOND_SOAK_GROWTH_H
#define MILLPOND_SOAK_GROWTH_H

#include <stdbool.h>
#include <stddef.h>

#define GROWTH_LOOKS 240

enum growth_kind { GROWTH_MEMORY, GROWTH_DESCRIPTORS, GROWTH_MAPPINGS, GROWTH_KINDS };

struct growth_series {
	const char *name, *unit;
	double values[GROWTH_LOOKS];       /* memory: MiB; numbers */
};

struct growth {
	struct growth_series series[GROWTH_KINDS];
	double seconds[GROWTH_LOOKS];      /* since the start */
	size_t count;
};

/* What a line through the looks from `first` on says. */
struct growth_line {
	double mean, per_hour;
	double grown;                      /* along the line, from its begin to its end */
	double noticed;                    /* what it would have to grow to be more than noise */
	bool grows;
};

void growth_start(struct growth *growth);
void growth_look(struct growth *growth, double seconds);
struct growth_line growth_line(const struct growth *growth, enum growth_kind kind, size_t first);

#endif
