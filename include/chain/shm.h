/*
 * shm.h: chains of pixel buffers for Wayland. Part of millpond; MIT licence.
 *
 * The names, the layouts and the results are those of foot 1.8.2 to 1.28. Which of them is said by
 * MILLPOND_FOOT_VERSION, 11301 for foot 1.13.1; millpond-chain(3) says what is new. A program that is not foot takes
 * 11600: the header needs nothing of the program's then.
 *
 * Generated from src/c_api/chain/{types,functions}.rs and tools/headers/chain.toml: change those, and run `make headers`.
 */
#ifndef MILLPOND_CHAIN_SHM_H
#define MILLPOND_CHAIN_SHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <pixman.h>
#include <wayland-client.h>

#ifndef MILLPOND_FOOT_VERSION
#error "which foot is it? Compile with -DMILLPOND_FOOT_VERSION=11301 for 1.13.1; 11600 if it is none"
#elif MILLPOND_FOOT_VERSION < 10802
#error "foot before 1.8.2 has no buffer chains: use the other shm.h of millpond, `pkg-config --cflags millpond`"
#elif MILLPOND_FOOT_VERSION >= 12900
#error "millpond knows the chains of foot up to 1.28. Has a later one the same shm.h? Then say 12800"
#endif

/* Programs get it from foot's shm.h. */
#ifdef __has_include
#if __has_include(<tllist.h>)
#include <tllist.h>
#endif
#endif

/* From here on chains are made of the program's own `struct wayland`, and of its `enum shm_bit_depth`. */
#if MILLPOND_FOOT_VERSION >= 12203
#include "config.h"
#endif
#if MILLPOND_FOOT_VERSION >= 12100
#include "wayland.h"
#endif

/* millpond needs 64-bit file offsets: compile with -D_FILE_OFFSET_BITS=64 on 32-bit machines (meson always does). */
typedef char millpond_off_t_is_64_bits_wide[sizeof(off_t) == 8 ? 1 : -1];

#ifdef __cplusplus
extern "C" {
#endif

struct buffer_chain;
struct damage;

/**
 * A pixel buffer.
 *
 * Made by shm_get_buffer() and shm_get_many(); the program never frees it, but says when it needs it no more.
 */
struct buffer {
	/** Width, in pixels. */
	int width;
	/** Height, in rows of pixels. */
	int height;
	/** Length of a row, in bytes. */
	int stride;

	/** The first pixel of the first row. Changes with each shm_scroll(). */
	void *data;

	/** The buffer to attach to a surface. Changes with each shm_scroll(). NULL: it was given up. */
	struct wl_buffer *wl_buf;
	/** `pix_instances` images over the same pixels. NULL if that is 0. Changes with each shm_scroll(). */
	pixman_image_t **pix;
	/** The number of images. */
	size_t pix_instances;

	/**
	 * What the pixels are worth: 0, they are those of the last frame; 1234, the buffer is new; otherwise how many
	 * frames they are behind. The program sets it to 0 when it has drawn.
	 */
	unsigned age;

#if MILLPOND_FOOT_VERSION < 11400
	/** The scrolls of this frame, recorded by the program in memory from malloc(); millpond frees it. */
	struct damage *scroll_damage;
	size_t scroll_damage_count;
#endif
#if MILLPOND_FOOT_VERSION < 11600
	/** What the program has drawn in this frame, recorded by it. */
	pixman_region32_t dirty;
#else
	/** `pix_instances` regions: the first is what the program has drawn in this frame, the others are its own. */
	pixman_region32_t *dirty;
#endif
};

/** Called when the compositor has released a buffer that the program still may get again. */
typedef void (*millpond_chain_release_callback)(struct buffer *buf, void *data);

/** What a chain is made by. Programs call shm_chain_new(), which fills it. */
struct millpond_chain_request {
	/** The size of this struct, in bytes. */
	size_t bytes;
	/** MILLPOND_FOOT_VERSION. */
	unsigned int foot_version;
	/** sizeof(struct buffer). */
	size_t buffer_bytes;
	/** True: the buffers are to be scrolled by shm_scroll(). */
	bool scrollable;
	/** The number of images over the pixels of a buffer, and of regions; at most 65536. */
	size_t pix_instances;
	/**
	 * The pixels of buffers that are asked for with alpha, and of all where nothing is said: a format of wl_shm.
	 */
	uint32_t format_with_alpha;
	/** The pixels of buffers that are asked for without alpha. */
	uint32_t format_without_alpha;
	/** Called when a buffer was released. NULL: nothing is. */
	millpond_chain_release_callback release_cb;
	/** For release_cb. */
	void *cb_data;
};

/**
 * Makes a chain. Programs call shm_chain_new().
 *
 * It takes no memory but a few words, and nothing of the compositor's. Bad arguments, and a pair of foot_version and
 * buffer_bytes that is not known: one line, NULL, errno EINVAL.
 */
struct buffer_chain *millpond_chain_new(struct wl_shm *shm, const struct millpond_chain_request *request);

/**
 * Frees a chain and the buffers that nobody needs any more: those that the compositor holds when it has released them,
 * those that the program has references to when it has given these back. NULL is fine.
 */
void millpond_chain_free(struct buffer_chain *chain);

/**
 * Returns a buffer of width x height pixels that the compositor does not hold.
 *
 * A buffer of this size that the compositor has released is used again, the one with the newest pixels first; otherwise
 * a new one is made, whose pixels are all zero and whose age is 1234. The regions of `dirty` are empty on return;
 * `age` says what the pixels are worth. `data`, `wl_buf` and `pix` may have changed since the buffer was returned
 * before. Buffers of the chain that have another size go: those that the compositor holds when it has released them,
 * those that the program has references to when it has given these back.
 *
 * `width` and `height` are in pixels, at least 1, and at most what the wire can say (stride * height <= INT32_MAX).
 *
 * Bad arguments: one line, NULL, errno EINVAL or EOVERFLOW. No memory, descriptors or objects to be had, even after
 * everything idle has been let go: one line, then abort().
 */
struct buffer *millpond_chain_get_buffer(struct buffer_chain *chain, int width, int height);

/** The same for foot 1.17 to 1.25: `with_alpha` says whether the compositor looks at the alpha of pixels. */
struct buffer *millpond_chain_get_buffer_with_alpha(struct buffer_chain *chain, int width, int height, bool with_alpha);

/**
 * Returns `count` new buffers in `bufs`, which are used once: each goes when the compositor has released it.
 *
 * For many small buffers of one lifetime. A width or height of 0 gives NULL, and so does what is refused; all entries
 * are set. Otherwise as shm_get_buffer().
 */
void millpond_chain_get_many(struct buffer_chain *chain, size_t count, const int *widths, const int *heights,
			     struct buffer **bufs);

/** The same for foot 1.17 to 1.25: `with_alpha` says whether the compositor looks at the alpha of pixels. */
void millpond_chain_get_many_with_alpha(struct buffer_chain *chain, size_t count, const int *widths, const int *heights,
					struct buffer **bufs, bool with_alpha);

/** Gives a buffer back that was not attached: as if the compositor had released it, but that nothing is called. */
void millpond_chain_did_not_use_buf(struct buffer *buf);

/** Returns true if shm_scroll() may succeed on this buffer. NULL, or a buffer that is gone: false. */
bool millpond_chain_can_scroll(const struct buffer *buf);

/**
 * Scrolls the pixels of a buffer that shm_get_buffer() has returned and that has not been attached since.
 *
 * rows > 0: what was in row y + rows is in row y afterwards, and the last `rows` rows are zero. rows < 0: the other
 * way, and the first rows are zero. `top_keep_rows` rows below the first `top_margin` rows, and `bottom_keep_rows` rows
 * above the last `bottom_margin` rows, stay where they are. All numbers are in rows of pixels.
 *
 * On true, `data`, `wl_buf` and `pix` may have changed; the images are without clip and transformation.
 * On false nothing has changed, and the program moves the pixels itself. That is always legal; it happens
 * when the buffer is not scrollable, when memory or objects are not to be had, and, with one line and errno EINVAL,
 * when an argument is bad: rows is 0, |rows| >= height, a negative number, or kept and exposed rows that overlap.
 */
bool millpond_chain_scroll(struct buffer *buf, int rows, int top_margin, int top_keep_rows, int bottom_margin,
			   int bottom_keep_rows);

/**
 * Copies from `src` to `dst` the pixels that the program is not going to draw.
 *
 * For programs whose compositor releases late, so that they get another buffer:
 * where the age of `dst` is 2 or more, and another buffer has what was shown last, this copies all of that but
 * `region`, which the program draws anyway. It takes the time of one memcpy() of what it copies; where the age is 0 it is not
 * needed. Then the program draws `region`, records it in `dirty`, and sets `age` to 0.
 *
 * `region` is in pixels of the buffer; what lies outside does not count. NULL: all is copied. `dst` is in the program's
 * hands; `src` is only read, and may be held by the compositor. Both are of one wl_shm.
 *
 * On false nothing has changed: a buffer is NULL or gone, `dst` was released, or the two have not the same size, stride
 * and format (one line, errno EINVAL); or one of them was given up (no line).
 */
bool millpond_chain_carry_over(struct buffer *dst, const struct buffer *src, const pixman_region32_t *region);

/**
 * Takes a reference: the buffer and its pixels stay until it is given back by shm_unref().
 *
 * That does not keep the buffer from being used again when the compositor has released it.
 */
void millpond_chain_addref(struct buffer *buf);

/** Gives a reference back. One more than were taken is the chain's: then the buffer is not used again. NULL is fine. */
void millpond_chain_unref(struct buffer *buf);

/** Destroys the buffers of a chain, as shm_chain_free() does; the chain stays. */
void millpond_chain_purge(struct buffer_chain *chain);

/**
 * Destroys all buffers of all chains, also those that a compositor still holds, and gives all memory back.
 *
 * Call it before wl_display_disconnect(), when no other thread uses this library. Chains stay, and may be freed or used
 * afterwards.
 */
void millpond_chain_fini(void);

/**
 * Sets how many bytes of memory a scrollable buffer may take. 0: no scrolling. Default: 512 MiB.
 *
 * An upper bound for buffers made from now on, but 0 stops scrolling in all. Values over INT32_MAX count as INT32_MAX,
 * negative ones as 0 (with one line).
 */
void millpond_chain_set_max_pool_size(off_t max_pool_size);

/**
 * Sets with how many held buffers of one chain a warning comes, once. 0: with none. Default: 32.
 *
 * Held are buffers that shm_get_buffer() has returned and that were not released since. Compositors hold one to three;
 * many more were not attached, or are not released. The line has the chain, how many are held, and for how long the oldest.
 * More may be held afterwards, as shm_get_buffer() says. Where a program does not call this, the environment variable
 * SHM_MAX_HELD sets it.
 * Buffers of shm_get_many() do not count.
 */
void millpond_chain_set_max_held(size_t count);

/**
 * Sets what the stride of buffers made from now on is a multiple of, in bytes, as GPUs want when they import the memory.
 * 0, the default: four bytes. What is no power of two from 4 to 65536 counts as the next one (with one line).
 */
void millpond_chain_set_min_stride_alignment(size_t min_stride_alignment);

/** How many bits a colour of the chain's pixels has: 8, 10 or 16. Programs call shm_chain_bit_depth(). */
int millpond_chain_bits_per_color(const struct buffer_chain *chain);

/* The names that programs use. Where those of two generations have other arguments, this one's. */
#define shm_chain_free millpond_chain_free
#define shm_did_not_use_buf millpond_chain_did_not_use_buf
#define shm_can_scroll millpond_chain_can_scroll
#define shm_scroll millpond_chain_scroll
#define shm_carry_over millpond_chain_carry_over
#define shm_addref millpond_chain_addref
#define shm_unref millpond_chain_unref
#define shm_purge millpond_chain_purge
#define shm_fini millpond_chain_fini
#define shm_set_max_pool_size millpond_chain_set_max_pool_size
#define shm_set_max_held millpond_chain_set_max_held
#define shm_set_min_stride_alignment millpond_chain_set_min_stride_alignment
#if MILLPOND_FOOT_VERSION >= 11700 && MILLPOND_FOOT_VERSION < 12600
#define shm_get_buffer millpond_chain_get_buffer_with_alpha
#define shm_get_many millpond_chain_get_many_with_alpha
#else
#define shm_get_buffer millpond_chain_get_buffer
#define shm_get_many millpond_chain_get_many
#endif

/* Always inlined, and no definition: a program may have one of its own beside it, as foot's pgo.c has. */
#ifdef __cplusplus
#define MILLPOND_CHAIN_INLINE inline
#else
#define MILLPOND_CHAIN_INLINE extern inline __attribute__((gnu_inline, always_inline))
#endif

MILLPOND_CHAIN_INLINE struct buffer_chain *millpond_chain_make(struct wl_shm *shm, bool scrollable,
	size_t pix_instances, const uint32_t formats[2], void (*release_cb)(struct buffer *buf, void *data), void *cb_data)
{
	struct millpond_chain_request request;

	request.bytes = sizeof(request);
	request.foot_version = MILLPOND_FOOT_VERSION;
	request.buffer_bytes = sizeof(struct buffer);
	request.scrollable = scrollable;
	request.pix_instances = pix_instances;
	request.format_with_alpha = formats[0];
	request.format_without_alpha = formats[1];
	request.release_cb = release_cb;
	request.cb_data = cb_data;
	return millpond_chain_new(shm, &request);
}

#if MILLPOND_FOOT_VERSION < 12100

/**
 * Makes a chain of buffers in WL_SHM_FORMAT_ARGB8888 (XRGB8888 where they are asked for without alpha): see
 * millpond_chain_new().
 */
MILLPOND_CHAIN_INLINE struct buffer_chain *shm_chain_new(struct wl_shm *shm, bool scrollable, size_t pix_instances)
{
	const uint32_t formats[2] = { WL_SHM_FORMAT_ARGB8888, WL_SHM_FORMAT_XRGB8888 };

	return millpond_chain_make(shm, scrollable, pix_instances, formats, NULL, NULL);
}

#else

/* The best pixels that the compositor has, of so many bits or fewer. What the program knows of it stands in its wayland.h. */
MILLPOND_CHAIN_INLINE void millpond_chain_choose_formats(const struct wayland *wayl, int bits, uint32_t formats[2])
{
	formats[0] = WL_SHM_FORMAT_ARGB8888;
	formats[1] = WL_SHM_FORMAT_XRGB8888;
	if (bits >= 10) {
#if MILLPOND_FOOT_VERSION < 12600
		const bool has_argb = wayl->shm_have_argb2101010 && wayl->shm_have_xrgb2101010;
		const bool has_abgr = wayl->shm_have_abgr2101010 && wayl->shm_have_xbgr2101010;
#else
		const bool has_argb = wayl->shm_have_argb2101010;
		const bool has_abgr = wayl->shm_have_abgr2101010;
#endif
		if (has_argb || has_abgr) {
			formats[0] = has_argb ? WL_SHM_FORMAT_ARGB2101010 : WL_SHM_FORMAT_ABGR2101010;
			formats[1] = has_argb ? WL_SHM_FORMAT_XRGB2101010 : WL_SHM_FORMAT_XBGR2101010;
		}
	}
#if MILLPOND_FOOT_VERSION >= 12300 && defined(HAVE_PIXMAN_RGBA_16)
#if MILLPOND_FOOT_VERSION < 12600
	const bool has_16 = wayl->shm_have_abgr161616 && wayl->shm_have_xbgr161616;
#else
	const bool has_16 = wayl->shm_have_abgr161616;
#endif
	if (bits >= 16 && has_16) {
		formats[0] = WL_SHM_FORMAT_ABGR16161616;
		formats[1] = WL_SHM_FORMAT_XBGR16161616;
	}
#endif
}

MILLPOND_CHAIN_INLINE struct buffer_chain *millpond_chain_make_deep(struct wayland *wayl, bool scrollable,
	size_t pix_instances, int bits, void (*release_cb)(struct buffer *buf, void *data), void *cb_data)
{
	uint32_t formats[2];

	millpond_chain_choose_formats(wayl, bits, formats);
	return millpond_chain_make(wayl->shm, scrollable, pix_instances, formats, release_cb, cb_data);
}

#if MILLPOND_FOOT_VERSION < 12203

/** Makes a chain of buffers, of 10 bits a colour if that is wanted and the compositor has it: see millpond_chain_new(). */
MILLPOND_CHAIN_INLINE struct buffer_chain *shm_chain_new(struct wayland *wayl, bool scrollable, size_t pix_instances,
	bool ten_bit_it_if_capable)
{
	return millpond_chain_make_deep(wayl, scrollable, pix_instances, ten_bit_it_if_capable ? 10 : 8, NULL, NULL);
}

#else

MILLPOND_CHAIN_INLINE int millpond_chain_bits_of(enum shm_bit_depth depth)
{
#if MILLPOND_FOOT_VERSION >= 12300
	if (depth == SHM_BITS_16)
		return 16;
#endif
	return depth == SHM_BITS_10 ? 10 : 8;
}

#if MILLPOND_FOOT_VERSION < 12500

/** Makes a chain of buffers, of as many bits a colour as are wanted, or fewer: see millpond_chain_new(). */
MILLPOND_CHAIN_INLINE struct buffer_chain *shm_chain_new(struct wayland *wayl, bool scrollable, size_t pix_instances,
	enum shm_bit_depth desired_bit_depth)
{
	const int bits = millpond_chain_bits_of(desired_bit_depth);

	return millpond_chain_make_deep(wayl, scrollable, pix_instances, bits, NULL, NULL);
}

#else

/**
 * Makes a chain of buffers, of as many bits a colour as are wanted, or fewer: see millpond_chain_new(). release_cb is
 * called when the compositor has released a buffer that the program still may get again.
 */
MILLPOND_CHAIN_INLINE struct buffer_chain *shm_chain_new(struct wayland *wayl, bool scrollable, size_t pix_instances,
	enum shm_bit_depth desired_bit_depth, void (*release_cb)(struct buffer *buf, void *data), void *cb_data)
{
	const int bits = millpond_chain_bits_of(desired_bit_depth);

	return millpond_chain_make_deep(wayl, scrollable, pix_instances, bits, release_cb, cb_data);
}

#endif

/** How many bits a colour of the chain's pixels has. */
MILLPOND_CHAIN_INLINE enum shm_bit_depth shm_chain_bit_depth(const struct buffer_chain *chain)
{
	const int bits = millpond_chain_bits_per_color(chain);

#if MILLPOND_FOOT_VERSION >= 12300
	if (bits == 16)
		return SHM_BITS_16;
#endif
	return bits == 10 ? SHM_BITS_10 : SHM_BITS_8;
}

#endif
#endif

#ifdef __cplusplus
}
#endif

#endif /* MILLPOND_CHAIN_SHM_H */
