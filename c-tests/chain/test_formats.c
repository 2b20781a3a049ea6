/* The formats of pixels: with and without alpha, of 8, 10 and 16 bits a colour; and what the stride is a multiple of. */
#include <wayland-client.h>

#include "chain/stage.h"
#include "support/runner.h"

static void check_asked_for(const struct stage *stage, const struct buffer *buffer, uint32_t format)
{
	struct compositor_request request;

	CHECK(compositor_pump(stage->compositor));
	request = compositor_last_request(stage->compositor);
	CHECK_EQUAL(request.format, format);
	CHECK_EQUAL(request.width, buffer->width);
	CHECK_EQUAL(request.height, buffer->height);
	CHECK_EQUAL(request.stride_bytes, buffer->stride);
	CHECK_EQUAL(pixman_image_get_stride(buffer->pix[0]), buffer->stride);
	CHECK((void *)pixman_image_get_data(buffer->pix[0]) == buffer->data);
}

/* The names of pixman's formats are those of the bytes in memory where the least comes first. */
static void check_format(const struct buffer *buffer, uint32_t format)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	CHECK_EQUAL(pixman_image_get_format(buffer->pix[0]), format);
#else
	CHECK(buffer->pix[0] != NULL && format != 0);
#endif
}

/* On the originals too. */
TEST(pixels_are_argb_where_nothing_is_said)
{
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	for (int i = 0; i < 2; i++) {
		struct buffer_chain *chain = stage_chain(&stage, i == 0);
		struct buffer *buffer = stage_get(chain, 30, 20);

		check_asked_for(&stage, buffer, WL_SHM_FORMAT_ARGB8888);
		check_format(buffer, PIXMAN_a8r8g8b8);
		stage_show(&stage, buffer);
		shm_chain_free(chain);
	}
	stage_stop(&stage);
}

#if HAS_ALPHA
/* On the originals too, from 1.18 on. */
TEST(without_alpha_the_compositor_need_not_look_at_it)
{
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain(&stage, true);
	for (int frame = 0; frame < 4; frame++) {
		bool has_alpha = frame % 2 == 1;
		struct buffer *buffer = shm_get_buffer(chain, 30, 20, has_alpha);

		check_asked_for(&stage, buffer, has_alpha ? WL_SHM_FORMAT_ARGB8888 : WL_SHM_FORMAT_XRGB8888);
		check_format(buffer, has_alpha ? PIXMAN_a8r8g8b8 : PIXMAN_x8r8g8b8);
		CHECK_EQUAL(buffer->age, 1234); /* not one of the other format */
		CHECK_EQUAL(stage_buffers(&stage), 1);
		stage_show(&stage, buffer);
		CHECK(shm_get_buffer(chain, 30, 20, has_alpha) == buffer);
		stage_show(&stage, buffer);
	}
	shm_chain_free(chain);
	stage_stop(&stage);
}

/* On the originals too. */
TEST(many_without_alpha)
{
	int widths[] = { 30, 20 }, heights[] = { 10, 20 };
	struct buffer *buffers[2];
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain(&stage, false);
	shm_get_many(chain, 2, widths, heights, buffers, false);
	check_asked_for(&stage, buffers[1], WL_SHM_FORMAT_XRGB8888);
	stage_show(&stage, buffers[0]);
	stage_show(&stage, buffers[1]);
	shm_chain_free(chain);
	stage_stop(&stage);
}
#endif

#if HAS_WAYLAND
#define ALL (-1)

/* What the program has noted of the compositor's formats. ALL: the deep ones of all kinds. */
static void note_formats(struct wayland *wayland, int has_argb, int has_abgr, int has_16)
{
	wayland->shm_have_argb2101010 = has_argb;
	wayland->shm_have_abgr2101010 = has_abgr;
	wayland->shm_have_abgr161616 = has_16;
#if HAS_ALPHA
	wayland->shm_have_xrgb2101010 = has_argb == ALL;
	wayland->shm_have_xbgr2101010 = has_abgr == ALL;
	wayland->shm_have_xbgr161616 = has_16 == ALL;
#endif
}

#if HAS_DEPTH
static enum shm_bit_depth depth_of(int bits)
{
#if HAS_SIXTEEN
	if (bits == 16)
		return SHM_BITS_16;
#endif
	return bits >= 10 ? SHM_BITS_10 : SHM_BITS_8;
}
#endif

static struct buffer_chain *chain_of_bits(struct stage *stage, int bits)
{
#if HAS_RELEASES
	return shm_chain_new(&stage->wayland, true, 1, depth_of(bits), NULL, NULL);
#elif HAS_DEPTH
	return shm_chain_new(&stage->wayland, true, 1, depth_of(bits));
#else
	return shm_chain_new(&stage->wayland, true, 1, bits >= 10);
#endif
}

static void check_depth(const struct buffer_chain *chain, int bits)
{
#if HAS_DEPTH
	CHECK_EQUAL(shm_chain_bit_depth(chain), depth_of(bits));
#endif
	(void)chain;
	(void)bits;
}

static void check_chain(struct stage *stage, int wanted_bits, int bits, uint32_t format, uint32_t pixman_format)
{
	struct buffer_chain *chain = chain_of_bits(stage, wanted_bits);
	struct buffer *buffer = stage_ask(chain, 30, 20);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	bits = 8; /* pixman has no images of these bytes */
	format = WL_SHM_FORMAT_ARGB8888;
#endif

	check_depth(chain, bits);
	CHECK_EQUAL(buffer->stride, 30 * (bits == 16 ? 8 : 4));
	check_asked_for(stage, buffer, format);
	check_format(buffer, pixman_format);
	stage_show(stage, buffer);
	CHECK(stage_ask(chain, 30, 20) == buffer);
	stage_show(stage, buffer);
	shm_chain_free(chain);
}

static void start_deep(struct stage *stage)
{
	stage_start_with(stage, &(struct compositor_options){ .policy = RELEASE_AT_ONCE, .has_deep_formats = true });
}

/* On the originals too. */
TEST(ten_bits_if_the_compositor_has_them)
{
	struct stage stage;

	start_deep(&stage);
	note_formats(&stage.wayland, ALL, ALL, false);
	check_chain(&stage, 10, 10, WL_SHM_FORMAT_ARGB2101010, PIXMAN_a2r10g10b10);
	check_chain(&stage, 8, 8, WL_SHM_FORMAT_ARGB8888, PIXMAN_a8r8g8b8);
	note_formats(&stage.wayland, false, ALL, false);
	check_chain(&stage, 10, 10, WL_SHM_FORMAT_ABGR2101010, PIXMAN_a2b10g10r10);
	note_formats(&stage.wayland, false, false, false);
	check_chain(&stage, 10, 8, WL_SHM_FORMAT_ARGB8888, PIXMAN_a8r8g8b8);
#if HAS_ALPHA
	note_formats(&stage.wayland, true, true, true); /* only those with alpha */
	check_chain(&stage, 10, 8, WL_SHM_FORMAT_ARGB8888, PIXMAN_a8r8g8b8);
#endif
	stage_stop(&stage);
}

#if HAS_ALPHA
/* On the originals too. */
TEST(ten_bits_without_alpha)
{
	struct stage stage;

	start_deep(&stage);
	note_formats(&stage.wayland, ALL, ALL, false);
	struct buffer_chain *chain = chain_of_bits(&stage, 10);
	struct buffer *buffer = shm_get_buffer(chain, 30, 20, false);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	check_asked_for(&stage, buffer, WL_SHM_FORMAT_XRGB8888);
#else
	check_asked_for(&stage, buffer, WL_SHM_FORMAT_XRGB2101010);
#endif
	check_format(buffer, PIXMAN_x2r10g10b10);
	stage_show(&stage, buffer);
	shm_chain_free(chain);
	stage_stop(&stage);
}
#endif

#if HAS_DEPTH
/* On the originals too. Without HAVE_PIXMAN_RGBA_16, 10 bits are as many as there are. */
TEST(sixteen_bits_if_pixman_and_the_compositor_have_them)
{
	struct stage stage;

	start_deep(&stage);
	note_formats(&stage.wayland, ALL, ALL, ALL);
#if defined(HAVE_PIXMAN_RGBA_16) && HAS_SIXTEEN
	check_chain(&stage, 16, 16, 0x38344241, PIXMAN_a16b16g16r16);
#else
	check_chain(&stage, 16, 10, WL_SHM_FORMAT_ARGB2101010, PIXMAN_a2r10g10b10);
#endif
	note_formats(&stage.wayland, ALL, ALL, false);
	check_chain(&stage, 16, 10, WL_SHM_FORMAT_ARGB2101010, PIXMAN_a2r10g10b10);
	note_formats(&stage.wayland, false, false, false);
	check_chain(&stage, 16, 8, WL_SHM_FORMAT_ARGB8888, PIXMAN_a8r8g8b8);
	stage_stop(&stage);
}
#endif
#endif

#ifndef ON_THE_ORIGINALS
#define ABGR_OF_16_BITS 0x38344241
#define XBGR_OF_16_BITS 0x38344258

/* A program that was built for a newer pixman. */
TEST(what_this_pixman_cannot_draw_is_drawn_with_8_bits)
{
	const bool has_16 = pixman_format_supported_destination((pixman_format_code_t)(8 << 24 | 3 << 22 | 3 << 16 | 0x2222));
	struct millpond_chain_request request = {
		.bytes = sizeof(request), .foot_version = FOOT, .buffer_bytes = sizeof(struct buffer), .scrollable = true,
		.format_with_alpha = ABGR_OF_16_BITS, .format_without_alpha = XBGR_OF_16_BITS,
	};
	struct stage stage;

	stage_start_with(&stage, &(struct compositor_options){ .policy = RELEASE_AT_ONCE, .has_deep_formats = true });
	for (request.pix_instances = 0; request.pix_instances < 2; request.pix_instances++) {
		bool is_deep = has_16 || request.pix_instances == 0;
		struct buffer_chain *chain = millpond_chain_new(stage.shm, &request);
		struct buffer *buffer = stage_ask(chain, 30, 20);

		CHECK_EQUAL(millpond_chain_bits_per_color(chain), is_deep ? 16 : 8);
		CHECK_EQUAL(buffer->stride, 30 * (is_deep ? 8 : 4));
		stage_show(&stage, buffer);
		CHECK_EQUAL(compositor_last_request(stage.compositor).format,
			    is_deep ? ABGR_OF_16_BITS : WL_SHM_FORMAT_ARGB8888);
		shm_chain_free(chain);
	}
	stage_stop(&stage);
}
#endif

#if HAS_RELEASES
/* On the originals too. */
TEST(the_stride_is_a_multiple_of_what_was_set)
{
	const struct {
		size_t alignment;
		int width, stride;
	} cases[] = { { 256, 100, 512 }, { 256, 64, 256 }, { 256, 1, 256 }, { 64, 100, 448 }, { 4096, 1025, 8192 }, { 0, 101, 404 } };
	struct stage stage;

	stage_start(&stage, RELEASE_AT_ONCE);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		shm_set_min_stride_alignment(cases[i].alignment);
		struct buffer_chain *chain = stage_chain(&stage, i % 2 == 0);
		struct buffer *buffer = stage_ask(chain, cases[i].width, 20);

		CHECK_EQUAL(buffer->stride, cases[i].stride);
		check_asked_for(&stage, buffer, WL_SHM_FORMAT_ARGB8888);
		fill(buffer, 3);
		for (int step = 1; step < 5 && shm_can_scroll(buffer); step++) {
			CHECK(shm_scroll(buffer, step, 0, 0, 0, 0));
			CHECK_EQUAL(buffer->stride, cases[i].stride);
			CHECK_EQUAL(pixman_image_get_stride(buffer->pix[0]), cases[i].stride);
			CHECK_EQUAL(pixel_row(buffer, 0)[cases[i].width - 1], step < 4 ? 3 : pixel_row(buffer, 0)[0]);
			CHECK_EQUAL(pixel_row(buffer, 19)[cases[i].width - 1], 0);
		}
		stage_show(&stage, buffer);
		shm_chain_free(chain);
	}
	stage_stop(&stage);
}

/* What is no power of two counts as the next one: a GPU that wants 48 is served by 64. */
OWN_TEST(odd_alignments_are_rounded_and_said)
{
	const size_t alignments[][2] = { { 300, 512 }, { 1, 4 }, { 48, 64 }, { 1 << 20, 65536 }, { SIZE_MAX, 65536 } };
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 20) {
		struct stage stage;

		stage_start(&stage, RELEASE_AT_ONCE);
		for (unsigned i = 0; i < sizeof(alignments) / sizeof(alignments[0]); i++) {
			shm_set_min_stride_alignment(alignments[i][0]);
			struct buffer_chain *chain = stage_chain(&stage, false);
			struct buffer *buffer = stage_ask(chain, 1, 2);

			CHECK_EQUAL(buffer->stride, alignments[i][1]);
			stage_show(&stage, buffer);
			shm_chain_free(chain);
		}
		stage_stop(&stage);
	}
	CHECK_CHILD_WELL(&outcome);
	CHECK_EQUAL(outcome.lines, sizeof(alignments) / sizeof(alignments[0]));
}
#endif
