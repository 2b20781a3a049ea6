#ifndef MILLPOND_PARITY_HAND_H
#define MILLPOND_PARITY_HAND_H

#include "shm/parity/walk_state.h"

/* Something random done to the buffer in hand of a group. Bad scrolls are spared the original. */
void walk_draw(struct walk *walk, unsigned group);
void walk_scroll(struct walk *walk, unsigned group);
void walk_scroll_badly(struct walk *walk, unsigned group);

#endif
