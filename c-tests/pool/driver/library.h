#ifndef MILLPOND_POOL_DRIVER_LIBRARY_H
#define MILLPOND_POOL_DRIVER_LIBRARY_H

#include <stdbool.h>

#include "pool.h"

/* Whose functions are called. */
struct pool_library {
	const char *name;
	bool is_original;
	void *(*alloc)(Pool *, unsigned long);
	void *(*allocalign)(Pool *, unsigned long, unsigned long, long, unsigned long);
	void (*free)(Pool *, void *);
	unsigned long (*msize)(Pool *, void *);
	int (*isoverlap)(Pool *, void *, unsigned long);
	void (*reset)(Pool *);
	void *(*realloc)(Pool *, void *, unsigned long);
	void (*check)(Pool *);
	int (*compact)(Pool *);
	void (*blockcheck)(Pool *, void *);
	void (*dump)(Pool *);
	const char *(*error_text)(void);
	void (*forget_error)(void);
};

const struct pool_library *pool_library_under_test(void);

/* From libpool_ref.so in the folder that MILLPOND_REFERENCE names. NULL: it names none. Without the file, no return. */
const struct pool_library *pool_library_original(void);

#endif
