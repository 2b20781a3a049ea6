/* What a compiled program relies on: offsets, sizes, signatures, constants, cookies. */
#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "compositor/session.h"
#include "shm.h"
#include "support/runner.h"

#define FIELD(name, offset_bytes, size_bytes)                                     \
	do {                                                                      \
		CHECK_EQUAL(offsetof(struct buffer, name), (offset_bytes));       \
		CHECK_EQUAL(sizeof(((struct buffer *)NULL)->name), (size_bytes)); \
	} while (0)

/* C99 has no alignof. */
struct aligned_buffer {
	char before;
	struct buffer buffer;
};

#if UINTPTR_MAX == UINT64_MAX && ULONG_MAX == UINT64_MAX
TEST(fields_are_where_compiled_programs_expect_them)
{
	FIELD(cookie, 0, 8);
	FIELD(width, 8, 4);
	FIELD(height, 12, 4);
	FIELD(stride, 16, 4);
	FIELD(busy, 20, 1);
	FIELD(size, 24, 8);
	FIELD(mmapped, 32, 8);
	FIELD(wl_buf, 40, 8);
	FIELD(pix, 48, 8);
	FIELD(pix_instances, 56, 8);
	FIELD(fd, 64, 4);
	FIELD(pool, 72, 8);
	FIELD(real_mmapped, 80, 8);
	FIELD(mmap_size, 88, 8);
	FIELD(offset, 96, 8);
	FIELD(scrollable, 104, 1);
	FIELD(purge, 105, 1);
	FIELD(age, 108, 4);
	FIELD(scroll_damage, 112, 8);
	FIELD(scroll_damage_count, 120, 8);
	FIELD(dirty, 128, 24);
	CHECK_EQUAL(sizeof(struct buffer), 152);
	CHECK_EQUAL(offsetof(struct aligned_buffer, buffer), 8);
}
#elif UINTPTR_MAX == UINT32_MAX
TEST(fields_are_where_compiled_programs_expect_them)
{
	size_t alignment_bytes = offsetof(struct aligned_buffer, buffer);

	FIELD(cookie, 0, 4);
	FIELD(width, 4, 4);
	FIELD(height, 8, 4);
	FIELD(stride, 12, 4);
	FIELD(busy, 16, 1);
	FIELD(size, 20, 4);
	FIELD(mmapped, 24, 4);
	FIELD(wl_buf, 28, 4);
	FIELD(pix, 32, 4);
	FIELD(pix_instances, 36, 4);
	FIELD(fd, 40, 4);
	FIELD(pool, 44, 4);
	FIELD(real_mmapped, 48, 4);
	FIELD(mmap_size, 52, 4);
	FIELD(offset, 56, 8);
	FIELD(scrollable, 64, 1);
	FIELD(purge, 65, 1);
	FIELD(age, 68, 4);
	FIELD(scroll_damage, 72, 4);
	FIELD(scroll_damage_count, 76, 4);
	FIELD(dirty, 80, 20);
	/* 100 where a 64-bit number is aligned to 4 bytes (i686), 104 where to 8 */
	CHECK_EQUAL(sizeof(struct buffer), (100 + alignment_bytes - 1) / alignment_bytes * alignment_bytes);
}
#else
#error "the layout on this machine is not known"
#endif

TEST(the_fields_of_foot_1_4_to_1_7_come_first)
{
	CHECK(offsetof(struct buffer, purge) + sizeof(bool) <= offsetof(struct buffer, age));
	CHECK(offsetof(struct buffer, age) < offsetof(struct buffer, scroll_damage));
	CHECK_EQUAL(offsetof(struct buffer, age) + sizeof(unsigned), offsetof(struct buffer, scroll_damage));
}

TEST(file_offsets_have_64_bits)
{
	CHECK_EQUAL(sizeof(off_t), 8);
}

TEST(signatures_are_those_that_programs_compile_against)
{
	struct buffer *(*volatile get)(struct wl_shm *, int, int, unsigned long, bool, size_t) = shm_get_buffer;
	bool (*volatile scroll)(struct wl_shm *, struct buffer *, int, int, int, int, int) = shm_scroll;
	void (*volatile purge)(struct wl_shm *, unsigned long) = shm_purge;
	void (*volatile set_max_pool_size)(off_t) = shm_set_max_pool_size;
	bool (*volatile can_scroll)(const struct buffer *) = shm_can_scroll;
	void (*volatile fini)(void) = shm_fini;
	void (*volatile set_error_mode)(int) = shm_set_error_mode;
	void (*volatile set_log_handler)(void (*)(int, const char *, void *), void *) = shm_set_log_handler;
	void (*volatile set_clear_exposed)(bool) = shm_set_clear_exposed;

	CHECK(get != NULL && scroll != NULL && purge != NULL && set_max_pool_size != NULL && can_scroll != NULL);
	CHECK(fini != NULL && set_error_mode != NULL && set_log_handler != NULL && set_clear_exposed != NULL);
}

TEST(constants_have_their_values)
{
	CHECK_EQUAL(SHM_LOG_ERROR, 1);
	CHECK_EQUAL(SHM_LOG_WARNING, 2);
	CHECK_EQUAL(SHM_LOG_INFO, 3);
	CHECK_EQUAL(SHM_LOG_DEBUG, 4);
	CHECK_EQUAL(SHM_ERRORS_ABORT, 0);
	CHECK_EQUAL(SHM_ERRORS_RETURN, 1);
}

static void check_cookies(uintptr_t address)
{
	const struct terminal *terminal = (const struct terminal *)address; /* never followed */
	unsigned long base = (unsigned long)address;

	CHECK(shm_cookie_grid(terminal) == base);
	CHECK(shm_cookie_search(terminal) == base + 1);
	CHECK(shm_cookie_scrollback_indicator(terminal) == base + 2);
	CHECK(shm_cookie_render_timer(terminal) == base + 3);
	for (int part = 0; part < 8; part++)
		CHECK(shm_cookie_csd(terminal, part) == base + 4 + (unsigned long)part);
	CHECK(shm_cookie_url((const struct url *)address) == base);
}

TEST(cookies_are_made_of_addresses)
{
	check_cookies(0x1000);
	check_cookies(0);
	check_cookies(UINTPTR_MAX); /* wraps */
}

/* WL_SHM_FORMAT_ARGB8888 is the bytes B, G, R, A, on machines of either endianness. */
TEST(the_bytes_of_a_pixel_are_those_of_the_wire)
{
	const pixman_color_t colour = { .red = 0x1111, .green = 0x2222, .blue = 0x3333, .alpha = 0xffff };
	const unsigned char expected[4] = { 0x33, 0x22, 0x11, 0xff };
	const pixman_box32_t all = { 0, 0, 8, 4 };
	struct session session = session_start(RELEASE_AT_ONCE);
	struct buffer *buffer = session_get(&session, 8, 4, 1, true);
	const unsigned char *bytes;

	CHECK(pixman_image_fill_boxes(PIXMAN_OP_SRC, buffer->pix[0], &colour, 1, &all));
	bytes = buffer->mmapped;
	for (size_t i = 0; i < buffer->size; i++)
		CHECK_EQUAL(bytes[i], expected[i % 4]);
	session_show(&session, buffer);
	session_stop(&session);
}
