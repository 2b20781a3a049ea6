/* What pool.c takes of Plan 9's C library. Tests read the text of the last error, and are told of an assertion that fails. */
#ifndef REFERENCE_LIBC_H
#define REFERENCE_LIBC_H

#include <stddef.h>
#include <string.h>

#define nil NULL
#define nelem(array) (sizeof(array) / sizeof((array)[0]))
#define assert(condition) ((condition) ? (void)0 : reference_assertion_failed(#condition))

void reference_assertion_failed(const char *condition);
void werrstr(char *format, ...);

#endif
