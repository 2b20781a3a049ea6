/* What the protocol asks of a client of wl_shm: looked at before libwayland does, and more closely. */
#ifndef MILLPOND_TEST_COMPOSITOR_RULES_H
#define MILLPOND_TEST_COMPOSITOR_RULES_H

#include "compositor/record.h"

/* Notes that the client has broken a rule; the first one's text is kept. */
void rules_broken(struct compositor *compositor, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A request of wl_shm.create_pool, wl_shm_pool.resize and wl_shm_pool.create_buffer, with its arguments. */
void rules_check_pool(struct compositor *compositor, int file, int32_t size_bytes);
void rules_check_growth(struct compositor *compositor, const struct watched_pool *pool, int32_t size_bytes);
void rules_check_buffer(struct compositor *compositor, const struct watched_pool *pool,
			const struct compositor_request *request);

#endif
