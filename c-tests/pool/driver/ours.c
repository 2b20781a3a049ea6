/* The functions of the library under test. */
#include "pool/driver/library.h"

static void forget_nothing(void)
{
}

const struct pool_library *pool_library_under_test(void)
{
	static const struct pool_library library = {
		.name = "millpond",
		.alloc = poolalloc,
		.allocalign = poolallocalign,
		.free = poolfree,
		.msize = poolmsize,
		.isoverlap = poolisoverlap,
		.reset = poolreset,
		.realloc = poolrealloc,
		.check = poolcheck,
		.compact = poolcompact,
		.blockcheck = poolblockcheck,
		.dump = pooldump,
		.error_text = poolerror,
		.forget_error = forget_nothing,
	};

	return &library;
}
