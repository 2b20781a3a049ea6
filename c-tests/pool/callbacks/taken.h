/* Blocks that callbacks take and give. */
#ifndef MILLPOND_POOL_TAKEN_H
#define MILLPOND_POOL_TAKEN_H

#define TAKEN_MOST 600

struct taken {
	unsigned char *blocks[TAKEN_MOST];
	unsigned long bytes[TAKEN_MOST];
	unsigned count, limit, state;
};
extern struct taken taken;

void take(void);
void take_and_give(void);

/* Every block that was taken has its bytes, and the pool is whole. */
void check_all_taken(void);

#endif
