#ifndef MILLPOND_POOL_DRIVER_CONFIGURATIONS_H
#define MILLPOND_POOL_DRIVER_CONFIGURATIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum arena_provider {
	ARENAS_DISJOINT,    /* upwards, far apart */
	ARENAS_ASCENDING,   /* upwards, 16 bytes apart */
	ARENAS_DESCENDING,  /* downwards, one against the other */
	ARENAS_SLOTS,       /* in random places */
	ARENAS_BOTH_ENDS,   /* in turn from the lower and the upper end of the region */
	ARENA_PROVIDERS,
};

extern const char *const arena_provider_names[ARENA_PROVIDERS];

struct pool_configuration {
	unsigned number;
	enum arena_provider provider;
	uint64_t seed;
	unsigned long quantum, minblock, minarena, maxsize;
	int flags;
	unsigned slots;            /* for blocks */
	unsigned failure_percent;  /* of the requests for arenas */
	bool merges;               /* there is a `merge` */
	bool moves;                /* there is a `move` */
	bool frees;                /* there is a `free` */
	bool grows;                /* a realloc may ask for more than the block has */
};

#define BLOCKS_MAX 512
#define POOL_CONFIGURATIONS 80U

struct pool_configuration pool_configuration(unsigned number);
void pool_configuration_write(FILE *file, const struct pool_configuration *configuration);
bool pool_configuration_read(const char *line, struct pool_configuration *configuration);

/* Is curalloc a part of the text? */
bool pool_configuration_compares_curalloc(const struct pool_configuration *configuration);

#endif
