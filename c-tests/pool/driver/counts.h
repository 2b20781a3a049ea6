#ifndef MILLPOND_POOL_DRIVER_COUNTS_H
#define MILLPOND_POOL_DRIVER_COUNTS_H

struct pool_counts {
	unsigned long operations, nils, arenas, refused_arenas, merges, moves, freed_arenas, mistakes, dumped_blocks;
};

void pool_counts_add(struct pool_counts *sum, const struct pool_counts *counts);
void pool_counts_print(const char *who, const struct pool_counts *counts);

#endif
