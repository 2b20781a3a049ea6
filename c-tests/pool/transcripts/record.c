/*
 * Writes the transcripts: what the original answers to the operations of each configuration.
 *
 *	MILLPOND_REFERENCE=FOLDER record_pool TRANSCRIPTS
 *
 * FOLDER holds libpool_ref.so, the original as a shared object; the files in TRANSCRIPTS are replaced.
 */
#include <limits.h>
#include <stdlib.h>

#include "pool/driver/transcript.h"

static void record(FILE *file, const struct pool_library *library, const struct pool_configuration *configuration,
		   struct pool_counts *sum)
{
	struct pool_driver *driver = pool_driver_start(library, configuration, 0);
	char line[TRANSCRIPT_LINE_BYTES];

	pool_configuration_write(file, configuration);
	for (unsigned long done = 0; done < TRANSCRIPT_OPERATIONS; done += TRANSCRIPT_LINE_OPERATIONS) {
		transcript_advance(driver, line);
		fprintf(file, "%s\n", line);
	}
	pool_counts_add(sum, pool_driver_counts(driver));
	pool_driver_stop(driver);
}

static bool record_provider(const struct pool_library *library, const char *folder, enum arena_provider provider)
{
	struct pool_counts sum = { 0 };
	char name[PATH_MAX];
	FILE *file;

	transcript_file_name(name, sizeof(name), folder, provider);
	file = fopen(name, "w");
	if (file == NULL) {
		perror(name);
		return false;
	}
	for (unsigned number = 0; number < POOL_CONFIGURATIONS; number++) {
		struct pool_configuration configuration = pool_configuration(number);

		if (configuration.provider == provider)
			record(file, library, &configuration, &sum);
	}
	pool_counts_print(arena_provider_names[provider], &sum);
	if (fclose(file) == 0)
		return true;
	perror(name);
	return false;
}

int main(int count, char **arguments)
{
	const struct pool_library *library = pool_library_original();

	if (count != 2 || library == NULL) {
		fprintf(stderr, "usage: MILLPOND_REFERENCE=FOLDER %s TRANSCRIPTS\n", arguments[0]);
		return 2;
	}
	for (unsigned provider = 0; provider < ARENA_PROVIDERS; provider++)
		if (!record_provider(library, arguments[1], (enum arena_provider)provider))
			return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
