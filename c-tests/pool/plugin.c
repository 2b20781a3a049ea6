/* A module that has the library inside, and that is unloaded when a program closes it. */
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include <pool.h>

int plugin_use(void);

static Pool of_the_module = POOL_SYSTEM_INIT("plugin");

/* Uses pools, and leaves none. 1: all is well. */
int plugin_use(void)
{
	Pool *made = poolsystem("made");
	int is_well = made != NULL && poolalloc(made, 100) != NULL && poolalloc(&of_the_module, 100) != NULL;

	is_well = is_well && poolalloc(made, ULONG_MAX) == NULL && strlen(poolerror()) > 0;
	pooldestroy(made);
	pooldestroy(&of_the_module);
	return is_well;
}
