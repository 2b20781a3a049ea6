/* Memory, or the end of the program. */
#ifndef REFERENCE_XMALLOC_H
#define REFERENCE_XMALLOC_H

#include <stdlib.h>

static inline void *reference_memory(void *memory)
{
	if (memory == NULL)
		abort();
	return memory;
}

#define xmalloc(bytes) reference_memory(malloc(bytes))
#define xcalloc(count, bytes) reference_memory(calloc(count, bytes))

#endif
