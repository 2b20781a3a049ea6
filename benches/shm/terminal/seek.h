/* Bringing the memory of a terminal's buffers quickly to where it is after many frames. */
#ifndef MILLPOND_BENCH_TERMINAL_SEEK_H
#define MILLPOND_BENCH_TERMINAL_SEEK_H

#include "shm/terminal/loads.h"

/* Scrolls so long that millpond's memory has grown to its steady state. */
void warm_up_memory(struct terminal *terminal, const struct load *load, unsigned buffers);

/* What an offset of the original comes back to: so many bytes of scrolling. */
double original_lap_bytes(const struct terminal *terminal);

/*
 * Brings the original's buffers to a part of the way from one wrap to the next: 0 is just after the one, 1 just before
 * the other. What a scroll costs there depends on it.
 */
void seek_in_original(struct terminal *terminal, const struct load *load, unsigned buffers, double part);

#endif
