#ifndef MILLPOND_POOL_DRIVER_OPERATIONS_H
#define MILLPOND_POOL_DRIVER_OPERATIONS_H

#include "pool/driver/context.h"

/* Chooses an operation and does it. */
void driver_operate(struct pool_driver *driver);

#endif
