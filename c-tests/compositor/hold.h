/* The buffers that the client may not touch: hashes, and the policies of giving back. */
#ifndef MILLPOND_TEST_COMPOSITOR_HOLD_H
#define MILLPOND_TEST_COMPOSITOR_HOLD_H

#include "compositor/record.h"

void hold_commit(struct surface *surface, struct wl_resource *buffer);
void hold_surface_gone(struct surface *surface);
void hold_forget_client(struct compositor *compositor, struct wl_client *client);
void hold_check(struct compositor *compositor, bool checks_all);
void hold_stop(struct compositor *compositor);

#endif
