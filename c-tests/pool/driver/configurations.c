/* The configurations: sixteen for each way to place arenas. */
#include <inttypes.h>
#include <string.h>

#include "pool.h"
#include "pool/driver/configurations.h"

#define FIRST_SEED 0x706f6f6c00ULL
#define LOOSE_BYTES (4UL << 20)   /* a maxsize that no operation reaches */
#define TIGHT_BYTES 40000UL       /* and one that is reached all the time */

const char *const arena_provider_names[ARENA_PROVIDERS] = {
	[ARENAS_DISJOINT] = "disjoint",
	[ARENAS_ASCENDING] = "ascending",
	[ARENAS_DESCENDING] = "descending",
	[ARENAS_SLOTS] = "slots",
	[ARENAS_BOTH_ENDS] = "both-ends",
};

/*
 * In each four: loose and tight, without and with `move`. What else there is changes with each four and each provider.
 */
struct pool_configuration pool_configuration(unsigned number)
{
	static const unsigned long quanta[] = { 8, 16, 32, 64 };
	static const unsigned long least_blocks[] = { 0, 0, 48, 128, 0, 320 };
	static const unsigned long least_arenas[] = { 4096, 16384, 2000, 65536, 4096 };
	static const int flags[] = { 0, POOL_TOLERANCE, POOL_LOGGING | POOL_PARANOIA };
	static const unsigned slots[] = { 60, 300, 150 };
	unsigned provider = number % ARENA_PROVIDERS, variant = number / ARENA_PROVIDERS;
	unsigned kind = variant % 4, four = variant / 4, mix = kind + four + provider;
	bool is_tight = kind % 2 == 1, moves = kind >= 2;

	return (struct pool_configuration){
		.number = number,
		.provider = (enum arena_provider)provider,
		.seed = FIRST_SEED + number,
		.quantum = quanta[mix % 4],
		.minblock = least_blocks[(mix + four) % 6],
		.minarena = least_arenas[(mix + 2 * four) % 5],
		.maxsize = is_tight ? TIGHT_BYTES * (1 + four) : LOOSE_BYTES,
		.flags = flags[(four + provider) % 3],
		.slots = slots[mix % 3],
		.failure_percent = moves ? 0 : 10,
		.merges = provider != ARENAS_DISJOINT || four % 2 == 0,
		.moves = moves,
		.frees = (four + kind) % 4 != 3,
		.grows = is_tight ? !moves && four % 2 == 0 : four != 3,
	};
}

bool pool_configuration_compares_curalloc(const struct pool_configuration *configuration)
{
	return !configuration->grows || !configuration->merges || configuration->provider == ARENAS_DISJOINT;
}

void pool_configuration_write(FILE *file, const struct pool_configuration *configuration)
{
	fprintf(file,
		"configuration %u provider %s seed %" PRIx64 " quantum %lu minblock %lu minarena %lu maxsize %lu "
		"flags %d slots %u failures %u merges %d moves %d frees %d grows %d\n",
		configuration->number, arena_provider_names[configuration->provider], configuration->seed,
		configuration->quantum, configuration->minblock, configuration->minarena, configuration->maxsize,
		configuration->flags, configuration->slots, configuration->failure_percent, configuration->merges,
		configuration->moves, configuration->frees, configuration->grows);
}

bool pool_configuration_read(const char *line, struct pool_configuration *configuration)
{
	int merges, moves, frees, grows;
	char provider[20];

	*configuration = (struct pool_configuration){ 0 };
	if (sscanf(line,
		   "configuration %u provider %19s seed %" SCNx64 " quantum %lu minblock %lu minarena %lu "
		   "maxsize %lu flags %d slots %u failures %u merges %d moves %d frees %d grows %d",
		   &configuration->number, provider, &configuration->seed, &configuration->quantum,
		   &configuration->minblock, &configuration->minarena, &configuration->maxsize, &configuration->flags,
		   &configuration->slots, &configuration->failure_percent, &merges, &moves, &frees, &grows) != 14)
		return false;
	configuration->merges = merges != 0;
	configuration->moves = moves != 0;
	configuration->frees = frees != 0;
	configuration->grows = grows != 0;
	while (configuration->provider < ARENA_PROVIDERS
	       && strcmp(provider, arena_provider_names[configuration->provider]) != 0)
		configuration->provider++;
	return configuration->provider < ARENA_PROVIDERS && configuration->slots - 1 < BLOCKS_MAX;
}
