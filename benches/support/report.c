#include "support/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void report_begin(const char *kind)
{
	printf("{\"kind\":\"%s\"", kind);
}

void report_text(const char *key, const char *value)
{
	printf(",\"%s\":\"", key);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			printf("\\%c", *value);
		else if ((unsigned char)*value >= ' ')
			putchar(*value);
	}
	putchar('"');
}

void report_count(const char *key, uint64_t value)
{
	printf(",\"%s\":%llu", key, (unsigned long long)value);
}

void report_number(const char *key, double value)
{
	printf(",\"%s\":%.3f", key, value);
}

void report_numbers(const char *key, const double *values, size_t count)
{
	printf(",\"%s\":[", key);
	for (size_t i = 0; i < count; i++)
		printf("%s%.1f", i ? "," : "", values[i]);
	putchar(']');
}

void report_truth(const char *key, bool value)
{
	printf(",\"%s\":%s", key, value ? "true" : "false");
}

void report_size(int width, int height)
{
	report_count("width", (uint64_t)width);
	report_count("height", (uint64_t)height);
}

void report_rows(int rows)
{
	printf(",\"rows\":%d", rows);
}

void report_end(void)
{
	printf("}\n");
	fflush(stdout);
}

void progress(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
}

void give_up(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fprintf(stderr, "measure: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	/* Not exit(): this may be a forked child, whose parent's output must not be flushed twice. */
	_exit(1);
}
