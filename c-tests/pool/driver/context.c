#include "pool/driver/context.h"
#include "support/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct pool_driver *driver_current;

void driver_fail(struct pool_driver *driver, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	printf("# %s: operation %lu: ", driver->library->name, driver->counts.operations);
	vprintf(format, arguments);
	printf("\n# ");
	va_end(arguments);
	pool_configuration_write(stdout, &driver->configuration);
	pool_text_print("#   ", driver->text.bytes);
	fflush(stdout);
	_exit(EXIT_FAILURE);
}

unsigned long driver_random(struct pool_driver *driver, unsigned long limit)
{
	return random_below(&driver->random_state, limit);
}

size_t driver_offset(struct pool_driver *driver, const void *address)
{
	return (size_t)((uintptr_t)address - (uintptr_t)driver->region);
}
