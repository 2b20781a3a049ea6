#include "compositor/fail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void compositor_fail(const char *what)
{
	fprintf(stderr, "test compositor: %s (errno: %s)\n", what, strerror(errno));
	abort();
}
