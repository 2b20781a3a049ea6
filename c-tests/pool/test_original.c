/*
 * Does the pool answer as the original does? Both do the same random operations, and after each of them all that can be
 * observed is compared.
 *
 * MILLPOND_REFERENCE=FOLDER names the folder of libpool_ref.so, the original as a shared object.
 * MILLPOND_POOL_ROUNDS=N goes N times through the configurations, each time with other seeds.
 */
#include <stdlib.h>
#include <string.h>

#include "pool/driver/driver.h"
#include "pool/driver/text.h"
#include "support/runner.h"

#define OPERATIONS 20000UL
#define LIMIT_SECONDS 240U
#define NEXT_ROUND_SEED 0x5bd1e995UL

static const char *next_line(const char *text)
{
	text += strcspn(text, "\n");
	return *text != '\0' ? text + 1 : text;
}

/* Prints the lines before the first that differs, and then both. */
static void print_difference(const char *text, const char *other)
{
	size_t length = strcspn(text, "\n");

	while (*text != '\0' && strncmp(text, other, length + 1) == 0) {
		printf("#                 %.*s\n", (int)(length < 200 ? length : 200), text);
		text = next_line(text);
		other = next_line(other);
		length = strcspn(text, "\n");
	}
	pool_text_print("#   the original: ", text);
	pool_text_print("#   millpond:     ", other);
}

static void compare(const struct pool_configuration *configuration, struct pool_counts sums[2])
{
	struct pool_driver *original = pool_driver_start(pool_library_original(), configuration, 0);
	struct pool_driver *ours = pool_driver_start(pool_library_under_test(), configuration, 1);

	for (unsigned long operation = 1; operation <= OPERATIONS; operation++) {
		pool_driver_step(original);
		pool_driver_step(ours);
		if (strcmp(pool_driver_text(original), pool_driver_text(ours)) == 0)
			continue;
		printf("# operation %lu differs, in ", operation);
		pool_configuration_write(stdout, configuration);
		print_difference(pool_driver_text(original), pool_driver_text(ours));
		CHECK(!"the pool answers as the original does");
	}
	CHECK(pool_driver_hash(original) == pool_driver_hash(ours));
	pool_counts_add(&sums[0], pool_driver_counts(original));
	pool_counts_add(&sums[1], pool_driver_counts(ours));
	pool_driver_stop(original);
	pool_driver_stop(ours);
}

TEST(each_operation_as_the_original)
{
	const char *wish = getenv("MILLPOND_POOL_ROUNDS");
	unsigned rounds = wish != NULL && atoi(wish) > 0 ? (unsigned)atoi(wish) : 1;
	struct pool_counts sums[2] = { { 0 }, { 0 } };

	if (pool_library_original() == NULL)
		SKIP("MILLPOND_REFERENCE does not name the original's folder");
	for (unsigned round = 1; round <= rounds; round++) {
		runner_set_limit(LIMIT_SECONDS);
		for (unsigned number = 0; number < POOL_CONFIGURATIONS; number++) {
			struct pool_configuration configuration = pool_configuration(number);

			configuration.seed += round * NEXT_ROUND_SEED;
			compare(&configuration, sums);
		}
	}
	printf("# %u configurations, %u times\n", POOL_CONFIGURATIONS, rounds);
	pool_counts_print("the original", &sums[0]);
	pool_counts_print(pool_library_under_test()->name, &sums[1]);
}
