/* What foot's shm.c says, on standard error. */
#ifndef REFERENCE_LOG_H
#define REFERENCE_LOG_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define REFERENCE_SAY(...) (fputs("original: ", stderr), fprintf(stderr, __VA_ARGS__), fputc('\n', stderr))
#define LOG_ERR REFERENCE_SAY
#define LOG_WARN REFERENCE_SAY
#define LOG_INFO REFERENCE_SAY
#define LOG_DBG(...) ((void)0)
#define LOG_ERRNO(...)                                                          \
	do {                                                                    \
		const char *reference_reason = strerror(errno);                 \
		REFERENCE_SAY(__VA_ARGS__), REFERENCE_SAY("%s", reference_reason); \
	} while (0)

#endif
