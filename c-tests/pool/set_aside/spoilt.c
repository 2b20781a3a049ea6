#include "pool/set_aside/spoilt.h"

#include <stddef.h>

Pool spoilt_start(void)
{
	return provider_start("damaged", &(struct arena_plan){ .order = ARENAS_APART });
}

unsigned long *header_of(void *data)
{
	return (unsigned long *)data - 2;
}

unsigned long size_of(void *data)
{
	return header_of(data)[1];
}

unsigned long *tail_of(void *data)
{
	return (unsigned long *)((char *)header_of(data) + size_of(data)) - 2;
}

void *spoilt_call(Pool *pool, enum pool_operation operation, void *block, unsigned long bytes)
{
	void *volatile data = NULL;

	if (sigsetjmp(provider.escape, 0) == 0) {
		if (operation == POOL_OPERATION_ALLOC)
			data = poolalloc(pool, bytes);
		else if (operation == POOL_OPERATION_REALLOC)
			data = poolrealloc(pool, block, bytes);
		else if (operation == POOL_OPERATION_FREE)
			poolfree(pool, block);
		else if (operation == POOL_OPERATION_COMPACT)
			poolcompact(pool);
		else
			poolcheck(pool);
	}
	if (provider.holder != NULL)
		pool->unlock(pool);
	return data;
}
