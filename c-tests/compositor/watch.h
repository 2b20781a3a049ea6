/* Sees every request before libwayland handles it: counts, pools, death at a given request. */
#ifndef MILLPOND_TEST_COMPOSITOR_WATCH_H
#define MILLPOND_TEST_COMPOSITOR_WATCH_H

#include "compositor/record.h"

void watch_start(struct compositor *compositor);
void watch_forget_client(struct compositor *compositor, struct wl_client *client);
struct watched_buffer *watch_find_buffer(struct compositor *compositor, struct wl_resource *buffer);
void watch_unref_pool(struct watched_pool *pool);

#endif
