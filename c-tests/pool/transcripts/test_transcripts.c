/*
 * Does the pool answer as the original did? The transcripts in TRANSCRIPT_FOLDER hold what the original answered to
 * random operations; here they are done again. `record_pool` writes the transcripts.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "pool/driver/text.h"
#include "pool/driver/transcript.h"
#include "support/runner.h"

#define LIMIT_SECONDS 120

/* Does the operations once more, and prints what those after `agreeing` did. */
static void print_operations(const struct pool_configuration *configuration, unsigned long agreeing)
{
	struct pool_driver *driver = pool_driver_start(pool_library_under_test(), configuration, 0);

	for (unsigned long i = 0; i < agreeing; i++)
		pool_driver_step(driver);
	for (unsigned long i = 1; i <= TRANSCRIPT_CHECK_OPERATIONS; i++) {
		pool_driver_step(driver);
		printf("# %lu:\n", agreeing + i);
		pool_text_print("#   ", pool_driver_text(driver));
	}
	pool_driver_stop(driver);
}

static void fail(const struct pool_configuration *configuration, unsigned long line_begin, const char *recorded,
		 const char *answered)
{
	unsigned long agreeing = line_begin + transcript_agreement(recorded, answered);

	printf("# the first difference is in the operations %lu to %lu of\n# ", agreeing + 1,
	       agreeing + TRANSCRIPT_CHECK_OPERATIONS);
	pool_configuration_write(stdout, configuration);
	printf("# the original: %s\n# millpond:     %s\n# what millpond did there:\n", recorded, answered);
	print_operations(configuration, agreeing);
	printf("# test_pool_original compares each operation, where the original is at hand\n");
	CHECK(!"the pool answers as the original did");
}

static void replay_line(struct pool_driver *driver, const struct pool_configuration *configuration,
			const char *recorded)
{
	unsigned long line_begin = pool_driver_counts(driver)->operations;
	char answered[TRANSCRIPT_LINE_BYTES];

	CHECK_EQUAL(strtoul(recorded, NULL, 10), line_begin + TRANSCRIPT_LINE_OPERATIONS);
	transcript_advance(driver, answered);
	if (strcmp(recorded, answered) != 0)
		fail(configuration, line_begin, recorded, answered);
}

static void stop(struct pool_driver *driver, struct pool_counts *sum)
{
	if (driver == NULL)
		return;
	CHECK_EQUAL(pool_driver_counts(driver)->operations, TRANSCRIPT_OPERATIONS);
	pool_counts_add(sum, pool_driver_counts(driver));
	pool_driver_stop(driver);
}

static void replay(enum arena_provider provider)
{
	char name[PATH_MAX], line[400];
	struct pool_driver *driver = NULL;
	struct pool_configuration configuration;
	struct pool_counts sum = { 0 };
	unsigned configurations = 0;
	FILE *file;

	if (sizeof(void *) != 8)
		SKIP("the transcripts are of 64-bit words");
	runner_set_limit(LIMIT_SECONDS);
	transcript_file_name(name, sizeof(name), TRANSCRIPT_FOLDER, provider);
	file = fopen(name, "re");
	CHECK(file != NULL);
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != 'c') {
			CHECK(driver != NULL);
			replay_line(driver, &configuration, line);
			continue;
		}
		stop(driver, &sum);
		CHECK(pool_configuration_read(line, &configuration));
		CHECK_EQUAL(configuration.provider, provider);
		driver = pool_driver_start(pool_library_under_test(), &configuration, 0);
		configurations++;
	}
	stop(driver, &sum);
	fclose(file);
	CHECK_EQUAL(configurations, POOL_CONFIGURATIONS / ARENA_PROVIDERS);
	printf("# %u configurations\n", configurations);
	pool_counts_print(pool_library_under_test()->name, &sum);
}

TEST(disjoint_arenas)
{
	replay(ARENAS_DISJOINT);
}

TEST(ascending_arenas_that_merge)
{
	replay(ARENAS_ASCENDING);
}

TEST(descending_arenas_that_merge)
{
	replay(ARENAS_DESCENDING);
}

TEST(arenas_in_random_slots)
{
	replay(ARENAS_SLOTS);
}

TEST(arenas_at_both_ends)
{
	replay(ARENAS_BOTH_ENDS);
}
