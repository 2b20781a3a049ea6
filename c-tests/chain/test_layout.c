/* What compiled programs rely on: offsets, sizes, and what the names stand for. Checked when it is compiled. */
#include <stddef.h>
#include <stdint.h>

#include "chain/stage.h"
#include "support/runner.h"

#define ASSERT(name, condition) typedef char name[(condition) ? 1 : -1] __attribute__((unused))
#define FIELD(name, offset_64, offset_32) \
	ASSERT(name##_has_its_place, offsetof(struct buffer, name) == (sizeof(void *) == 8 ? (offset_64) : (offset_32)))
#define SIZE(size_64, size_32) \
	ASSERT(buffer_has_its_size, sizeof(struct buffer) == (sizeof(void *) == 8 ? (size_64) : (size_32)))

FIELD(width, 0, 0);
FIELD(height, 4, 4);
FIELD(stride, 8, 8);
FIELD(data, 16, 12);
FIELD(wl_buf, 24, 16);
FIELD(pix, 32, 20);
FIELD(pix_instances, 40, 24);
FIELD(age, 48, 28);
#if HAS_SCROLL_DAMAGE
FIELD(scroll_damage, 56, 32);
FIELD(scroll_damage_count, 64, 36);
FIELD(dirty, 72, 40);
SIZE(96, 60);
#elif !HAS_REGIONS
FIELD(dirty, 56, 32);
SIZE(80, 52);
#else
FIELD(dirty, 56, 32);
SIZE(64, 36);
#endif

/* On the originals too. */
TEST(signatures_are_those_that_programs_compile_against)
{
	void (*volatile chain_free)(struct buffer_chain *) = shm_chain_free;
	void (*volatile fini)(void) = shm_fini;
	void (*volatile set_max_pool_size)(off_t) = shm_set_max_pool_size;
	bool (*volatile can_scroll)(const struct buffer *) = shm_can_scroll;
	bool (*volatile scroll)(struct buffer *, int, int, int, int, int) = shm_scroll;
	void (*volatile addref)(struct buffer *) = shm_addref;
	void (*volatile unref)(struct buffer *) = shm_unref;
	void (*volatile purge)(struct buffer_chain *) = shm_purge;
#if HAS_ALPHA
	struct buffer *(*volatile get)(struct buffer_chain *, int, int, bool) = shm_get_buffer;
#else
	struct buffer *(*volatile get)(struct buffer_chain *, int, int) = shm_get_buffer;
#endif

	CHECK(chain_free != NULL && fini != NULL && set_max_pool_size != NULL && can_scroll != NULL && scroll != NULL);
	CHECK(addref != NULL && unref != NULL && purge != NULL && get != NULL);
#if HAS_UNUSED
	void (*volatile did_not_use_buf)(struct buffer *) = shm_did_not_use_buf;
	CHECK(did_not_use_buf != NULL);
#endif
#if HAS_RELEASES
	void (*volatile set_min_stride_alignment)(size_t) = shm_set_min_stride_alignment;
	CHECK(set_min_stride_alignment != NULL);
#endif
}
