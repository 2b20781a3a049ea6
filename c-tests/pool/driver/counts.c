#include "pool/driver/counts.h"

#include <stdio.h>

void pool_counts_add(struct pool_counts *sum, const struct pool_counts *counts)
{
	sum->operations += counts->operations;
	sum->nils += counts->nils;
	sum->arenas += counts->arenas;
	sum->refused_arenas += counts->refused_arenas;
	sum->merges += counts->merges;
	sum->moves += counts->moves;
	sum->freed_arenas += counts->freed_arenas;
	sum->mistakes += counts->mistakes;
	sum->dumped_blocks += counts->dumped_blocks;
}

void pool_counts_print(const char *who, const struct pool_counts *counts)
{
	printf("# %s: %lu operations: nil %lu times, %lu arenas (%lu refused, %lu merged, %lu given back), "
	       "%lu blocks moved, %lu mistakes found, %lu blocks in dumps\n",
	       who, counts->operations, counts->nils, counts->arenas, counts->refused_arenas, counts->merges,
	       counts->freed_arenas, counts->moves, counts->mistakes, counts->dumped_blocks);
}
