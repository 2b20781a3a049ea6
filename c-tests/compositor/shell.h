/* wl_output and xdg_wm_base. */
#ifndef MILLPOND_TEST_COMPOSITOR_SHELL_H
#define MILLPOND_TEST_COMPOSITOR_SHELL_H

#include "compositor/record.h"

void shell_start(struct compositor *compositor);
void shell_surface_committed(struct surface *surface);
void shell_surface_gone(struct surface *surface);

#endif
