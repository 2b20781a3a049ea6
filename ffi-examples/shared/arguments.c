#include "arguments.h"

#include <stddef.h>
#include <stdlib.h>

/* Reads a number from 1 to `most` that ends at `end_mark`. Returns what follows it, or NULL. */
static const char *read_number(const char *text, char end_mark, unsigned most, unsigned *number)
{
	char *end = NULL;
	if (*text < '0' || *text > '9')
		return NULL;
	unsigned long value = strtoul(text, &end, 10);
	if (value < 1 || value > most || *end != end_mark)
		return NULL;
	*number = (unsigned)value;
	return end + (end_mark != '\0');
}

bool arguments_number(const char *text, unsigned most, unsigned *number)
{
	return read_number(text, '\0', most, number) != NULL;
}

bool arguments_size(const char *text, unsigned most, int *width, int *height)
{
	unsigned first = 0;
	unsigned second = 0;
	const char *rest = read_number(text, 'x', most, &first);
	if (rest == NULL || read_number(rest, '\0', most, &second) == NULL)
		return false;
	*width = (int)first;
	*height = (int)second;
	return true;
}
