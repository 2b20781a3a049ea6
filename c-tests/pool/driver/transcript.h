/*
 * Transcripts: what the original answered, as data. For each configuration a line that names it, and then one line for
 * each 500 operations:
 *
 *	500 vUq0... 9f3a01c4 81920 1040 52304 211 0
 *
 * the number of operations so far, a character of six bits of the hash for each 20 of them, the hash, and the counters.
 */
#ifndef MILLPOND_POOL_DRIVER_TRANSCRIPT_H
#define MILLPOND_POOL_DRIVER_TRANSCRIPT_H

#include "pool/driver/driver.h"

#define TRANSCRIPT_OPERATIONS 20000UL
#define TRANSCRIPT_LINE_OPERATIONS 500UL
#define TRANSCRIPT_CHECK_OPERATIONS 20UL
#define TRANSCRIPT_LINE_BYTES 160

/* Does the operations of the next line, and writes it, without a newline. */
void transcript_advance(struct pool_driver *driver, char line[TRANSCRIPT_LINE_BYTES]);

/* Returns how many operations of two lines agree, as far as their check characters tell. */
unsigned long transcript_agreement(const char *line, const char *other);

/* The name of the file for a provider, in the folder. */
void transcript_file_name(char *name, size_t capacity, const char *folder, enum arena_provider provider);

#endif
