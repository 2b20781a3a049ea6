/* wl_compositor, wl_surface and wl_region. */
#ifndef MILLPOND_TEST_COMPOSITOR_SURFACE_H
#define MILLPOND_TEST_COMPOSITOR_SURFACE_H

#include "compositor/record.h"

void surface_start(struct compositor *compositor);
void surface_send_frame_callbacks(struct compositor *compositor);

#endif
