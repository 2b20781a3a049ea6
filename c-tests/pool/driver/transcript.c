/* The lines of transcripts. */
#include "pool/driver/transcript.h"

#include <string.h>

void transcript_advance(struct pool_driver *driver, char line[TRANSCRIPT_LINE_BYTES])
{
	static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
	char checks[TRANSCRIPT_LINE_OPERATIONS / TRANSCRIPT_CHECK_OPERATIONS + 1] = "", counters[100];

	for (unsigned i = 0; i < sizeof(checks) - 1; i++) {
		for (unsigned step = 0; step < TRANSCRIPT_CHECK_OPERATIONS; step++)
			pool_driver_step(driver);
		checks[i] = characters[pool_driver_hash(driver) >> 58];
	}
	pool_driver_counters(driver, counters, sizeof(counters));
	snprintf(line, TRANSCRIPT_LINE_BYTES, "%lu %s %08lx %s", pool_driver_counts(driver)->operations, checks,
		 (unsigned long)(pool_driver_hash(driver) & 0xffffffff), counters);
}

unsigned long transcript_agreement(const char *line, const char *other)
{
	const char *checks = strchr(line, ' '), *other_checks = strchr(other, ' ');
	unsigned long agreeing = 0;

	if (checks == NULL || other_checks == NULL)
		return 0;
	while (agreeing < TRANSCRIPT_LINE_OPERATIONS && *++checks == *++other_checks)
		agreeing += TRANSCRIPT_CHECK_OPERATIONS;
	return agreeing;
}

void transcript_file_name(char *name, size_t capacity, const char *folder, enum arena_provider provider)
{
	snprintf(name, capacity, "%s/%s.txt", folder, arena_provider_names[provider]);
}
