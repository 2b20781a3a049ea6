#ifndef MILLPOND_POOL_DRIVER_TEXT_H
#define MILLPOND_POOL_DRIVER_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* A text that grows. */
struct text {
	char *bytes;
	size_t length, capacity;
};

void text_clear(struct text *text);
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *text);

/* Adds the format with its arguments as Plan 9's print would. */
void text_add_plan9(struct text *text, const char *format, va_list arguments);

/* Adds `raw` in one line, each address in the region as `@` and its offset in it. */
void text_add_normalised(struct text *text, const char *raw, uintptr_t region, size_t region_bytes);

uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t length);

/* Prints the text, each line after `mark`; long lines and long texts are cut. */
void pool_text_print(const char *mark, const char *text);

#endif
