#ifndef MILLPOND_POOL_DRIVER_ARENAS_H
#define MILLPOND_POOL_DRIVER_ARENAS_H

#include "pool/driver/context.h"

void arena_source_start(struct arena_source *source, const struct pool_configuration *configuration);

/* Forgets the arenas: those that come are placed as at the start. */
void arena_source_restart(struct arena_source *source);

/* Returns the offset of a new arena, or 0. */
size_t arena_source_provide(struct arena_source *source, size_t bytes);

/* Returns 0 or 1; -1 if the two are not neighbours that begin there. */
int arena_source_merge(struct arena_source *source, size_t bottom, size_t top);

/* Returns false if there is no such arena. */
bool arena_source_take_back(struct arena_source *source, size_t begin, size_t bytes);

#endif
