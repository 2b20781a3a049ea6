#ifndef MILLPOND_POOL_DRIVER_BLOCKS_H
#define MILLPOND_POOL_DRIVER_BLOCKS_H

#include "pool/driver/context.h"

void block_put(struct pool_driver *driver, struct pool_block *block, void *data, unsigned long bytes,
	       bool is_aligned);
void block_check(struct pool_driver *driver, const struct pool_block *block, unsigned long bytes);
void blocks_check_all(struct pool_driver *driver);
void block_extend(struct pool_block *block, unsigned long bytes);
void block_moved(struct pool_driver *driver, void *from, void *to);
struct pool_block *block_choose_live(struct pool_driver *driver);
struct pool_block *block_choose_empty(struct pool_driver *driver);

#endif
