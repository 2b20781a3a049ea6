/* For pool.c, and for the tests, which find what begins with ref_ by its name. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "libc.h"

char ref_errstr[256];
void (*ref_assert_hook)(const char *condition);

void werrstr(char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(ref_errstr, sizeof(ref_errstr), format, arguments);
	va_end(arguments);
}

/* The hook need not return. */
void reference_assertion_failed(const char *condition)
{
	if (ref_assert_hook != NULL)
		ref_assert_hook(condition);
	fprintf(stderr, "original: does not hold: %s\n", condition);
	abort();
}
