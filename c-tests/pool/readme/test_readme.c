/* The lines of README.md that use a pool, as they stand there. */
#include <pool.h>
#include <string.h>

#include "support/runner.h"

/* Looks at what the lines have made before they give it back. */
static void look_and_destroy(Pool *pool, char *text, char *table)
{
	CHECK(strcmp(pool->name, "example") == 0);
	CHECK(text != NULL);
	memset(text, 'a', 80);
	if (sizeof(void *) == 8) {
		CHECK(table != NULL && table[0] == 0 && table[(1 << 30) - 1] == 0);
		CHECK(pool->curalloc > 1 << 30);
	}
	pooldestroy(pool);
	CHECK_EQUAL(pool->curalloc, 0);
	CHECK_EQUAL(pool->cursize, 0);
}

#define pooldestroy(pool) look_and_destroy(pool, text, table)

TEST(a_pool_of_the_system_does_as_the_lines_say)
{
#include "readme_pool.h"
}
