#ifndef MILLPOND_POOL_DRIVER_CALLBACKS_H
#define MILLPOND_POOL_DRIVER_CALLBACKS_H

#include "pool/driver/context.h"

/* Fills the Pool: settings and callbacks. */
void driver_set_up_pool(struct pool_driver *driver);

#endif
