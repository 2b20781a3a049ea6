/*
 * shm.h: pixel buffers for Wayland. Part of millpond; MIT licence.
 *
 * The names, the layout and the results are those of foot 1.4 to 1.8; what begins with "millpond's own" is new.
 * Functions for one wl_shm are called from the thread that dispatches its events. A wl_shm that was passed to
 * shm_get_buffer() must live until shm_fini(): what millpond has made of it is destroyed there.
 *
 * Generated from src/c_api/foot_1_4/{types,functions}.rs: change those files and run `make headers`.
 */
#ifndef MILLPOND_SHM_H
#define MILLPOND_SHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <pixman.h>
#include <wayland-client.h>

/* millpond needs 64-bit file offsets: compile with -D_FILE_OFFSET_BITS=64 on 32-bit machines (meson always does). */
typedef char millpond_off_t_is_64_bits_wide[sizeof(off_t) == 8 ? 1 : -1];

#ifdef __cplusplus
extern "C" {
#endif

struct damage;
struct terminal;
struct url;

/** A message about a call that failed: something that was asked for was not done. */
#define SHM_LOG_ERROR 1

/** A message about something that is wrong, and that millpond got round. */
#define SHM_LOG_WARNING 2

/** A message about something that a person may want to know. */
#define SHM_LOG_INFO 3

/** A message about what millpond does inside. */
#define SHM_LOG_DEBUG 4

/**
 * When no buffer can be had: one line, then abort(). This is the default, as programs that do not check for NULL need.
 */
#define SHM_ERRORS_ABORT 0

/** When no buffer can be had: one line, then NULL with errno. */
#define SHM_ERRORS_RETURN 1

/**
 * A pixel buffer.
 *
 * Made by shm_get_buffer(); the program never frees it. The names and the layout are those of foot 1.8; foot 1.4 to
 * 1.7 know the fields up to `purge`. Fields that are marked "private" are kept for the layout: what stands in them may
 * change between releases.
 */
struct buffer {
	/** The number by which the program groups its buffers. */
	unsigned long cookie;
	/** Width, in pixels. */
	int width;
	/** Height, in rows of pixels. */
	int height;
	/** Length of a row, in bytes. */
	int stride;
	/** True from shm_get_buffer() until the compositor has released the buffer. */
	bool busy;
	/** Size of the pixels: stride * height, in bytes. */
	size_t size;
	/** The first pixel of the first row. Changes with each shm_scroll(). */
	void *mmapped;
	/**
	 * The buffer to attach to a surface. Changes with each shm_scroll(). NULL: it was given up, see shm_get_buffer().
	 */
	struct wl_buffer *wl_buf;
	/**
	 * `pix_instances` images over the same pixels, in PIXMAN_a8r8g8b8 (on big-endian machines in PIXMAN_b8g8r8a8: the
	 * bytes are those of WL_SHM_FORMAT_ARGB8888). NULL if that is 0. Changes with each shm_scroll().
	 */
	pixman_image_t **pix;
	/** The number of images. */
	size_t pix_instances;
	/** Private. */
	int fd;
	/** Private. */
	struct wl_shm_pool *pool;
	/** Private. */
	void *real_mmapped;
	/** Private. */
	size_t mmap_size;
	/** Private. */
	off_t offset;
	/** True if shm_scroll() may succeed on this buffer. */
	bool scrollable;
	/** True if the buffer goes with the next shm_get_buffer() of its cookie. */
	bool purge;
	/**
	 * How far the pixels lag behind the buffer that was returned before this one: 0 for not at all, then only what has
	 * changed needs drawing; 2 or more for "copy or draw everything" (1234 in a new buffer). Never 1. The program sets
	 * it to 0 when it has drawn.
	 *
	 * Where two buffers are shown in turn, millpond brings the older one up to date itself, and says 0, if it knows what
	 * the newer ones did: each was drawn (age 0), and has a record in `dirty`. A program that keeps no such records is
	 * told 2 or more, and does it itself.
	 */
	unsigned int age;
	/**
	 * The program's record of what it scrolled, allocated with malloc(). NULL in a buffer just returned; millpond
	 * releases it with free() when the buffer is reused or goes.
	 */
	struct damage *scroll_damage;
	/**
	 * The number of records in `scroll_damage`; 0 in a buffer just returned. If it is not the number of shm_scroll()
	 * calls that returned true, the program has moved pixels itself, and what other buffers lack is all of them.
	 */
	size_t scroll_damage_count;
	/**
	 * The program's record of what it has drawn, initialised by millpond; empty in a buffer just returned. It covers
	 * all that was changed other than by shm_scroll(), where it stood when it was recorded; what was drawn before a
	 * shm_scroll() is recorded before that call. More than was drawn does no harm, nor what lies outside the buffer.
	 */
	pixman_region32_t dirty;
};

/**
 * Receives one message of millpond, without a line end.
 *
 * The text belongs to millpond and is gone when the handler returns. The handler may call functions of this header,
 * and is called in the thread whose call has something to say.
 */
typedef void (*shm_log_handler)(int level, const char *message, void *user);

/**
 * Returns a buffer of width x height pixels that the compositor does not hold.
 *
 * A buffer of this cookie, size and kind that the compositor has released is reused, the one with the newest pixels
 * first; otherwise a new one is made, whose pixels are all zero. `dirty` is empty and `scroll_damage` NULL on return;
 * `age` says what the pixels are worth. `mmapped`, `wl_buf` and `pix` may have changed since the buffer was returned
 * before. The buffer belongs to millpond. It can be read, drawn and attached until the compositor has released it and
 * newer calls have replaced it, or until its cookie is purged: the buffer returned last for a cookie is kept, one of an
 * older size until the next shm_get_buffer() of its cookie. Of buffers that are not scrollable, that have been released
 * and that 512 calls for other buffers of this wl_shm have not touched, 2,048 stay, or 16 MiB; those of an older size go.
 *
 * As many buffers of a cookie may be held, by the program or the compositor, as are together no larger than 64 MiB, but
 * six of any size, and 64 at most. With one more the oldest is given up: the struct and its images stay as they are
 * until the cookie is purged, but its pixels are zero, `wl_buf` is NULL, and it does not scroll. The one returned last
 * for a cookie is never given up. (Over all cookies 4,096 may be held.)
 *
 * `width` and `height` are in pixels, at least 1, and at most what the wire can say (stride * height <= INT32_MAX).
 * `scrollable` asks for room to scroll in; `pix_instances` is the number of images wanted, at most 65536.
 *
 * Bad arguments: one line, NULL, errno EINVAL or EOVERFLOW. No memory, descriptors or objects to be had, even after
 * everything idle has been let go: one line, then abort(), or NULL and errno after
 * shm_set_error_mode(SHM_ERRORS_RETURN).
 */
struct buffer *shm_get_buffer(struct wl_shm *shm, int width, int height, unsigned long cookie, bool scrollable,
			      size_t pix_instances);

/**
 * Destroys all buffers of all displays, also those that a compositor still holds, and gives all memory back.
 *
 * Call it before wl_display_disconnect(), when no other thread uses this library; shm_forget() ends one display alone. May be called again, and buffers may
 * be asked for afterwards.
 */
void shm_fini(void);

/**
 * Sets how many bytes of memory a scrollable buffer may take. 0: no scrolling. Default: 512 MiB.
 *
 * An upper bound: millpond takes about twice the size of the buffer, and of each of two that are shown in turn one and
 * a half. It holds for buffers made from now on, but 0
 * stops scrolling in all. Values over INT32_MAX count as INT32_MAX, negative ones as 0 (with one line).
 */
void shm_set_max_pool_size(off_t max_pool_size);

/** Returns true if shm_scroll() may succeed on this buffer. NULL, or a buffer that is gone: false. */
bool shm_can_scroll(const struct buffer *buf);

/**
 * Scrolls the pixels of a buffer that shm_get_buffer() has returned and that has not been attached since.
 *
 * rows > 0: what was in row y + rows is in row y afterwards, and the last `rows` rows are zero. rows < 0: the other
 * way, and the first rows are zero. `top_keep_rows` rows below the first `top_margin` rows, and `bottom_keep_rows` rows
 * above the last `bottom_margin` rows, stay where they are. All numbers are in rows of pixels.
 *
 * On true, `mmapped`, `wl_buf` and `pix` may have changed; the images are without clip and transformation.
 * On false nothing has changed, and the program moves the pixels itself. That is always legal; it happens
 * when the buffer is not scrollable, when memory or objects are not to be had, and, with one line and errno EINVAL,
 * when an argument is bad: rows is 0, |rows| >= height, a negative number, or kept and exposed rows that overlap.
 */
bool shm_scroll(struct wl_shm *shm, struct buffer *buf, int rows, int top_margin, int top_keep_rows, int bottom_margin,
		int bottom_keep_rows);

/**
 * millpond's own: copies from `src` to `dst` the pixels that the program is not going to draw.
 *
 * For programs that keep no record in `dirty`, or whose compositor releases late so that they get a new buffer:
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
bool shm_carry_over(struct buffer *dst, const struct buffer *src, const pixman_region32_t *region);

/**
 * Destroys the buffers of a cookie, and gives their memory back.
 *
 * A buffer that the compositor holds goes when it is released; at once if nothing is left of this wl_shm but such, and
 * released ones that do not scroll. The buffers of the cookie must not be used afterwards. When all cookies of a wl_shm
 * have been purged and the buffers were released, or none is left but purged ones, its connection may end.
 */
void shm_purge(struct wl_shm *shm, unsigned long cookie);

/**
 * millpond's own: ends one display, as shm_fini() ends all: destroys its buffers, also those that the compositor still
 * holds, and all that has to do with its connection.
 *
 * For a program with several connections, or one that connects anew: call it before wl_display_disconnect(), also when
 * the connection has failed. A `wl_shm` for which no buffers were asked for, and NULL: nothing happens. Without it, a
 * connection may end when all cookies of its wl_shm have been purged.
 */
void shm_forget(struct wl_shm *shm);

/**
 * millpond's own: what shm_get_buffer() does when no buffer can be had: SHM_ERRORS_ABORT or SHM_ERRORS_RETURN.
 *
 * Any other value is ignored, with one line.
 */
void shm_set_error_mode(int mode);

/**
 * millpond's own: sends the messages of millpond to `handler`, with `user`; NULL: to stderr again.
 *
 * A handler gets messages of every level. Without one, errors and warnings go to stderr; the environment variable
 * MILLPOND_LOG=debug (or info, warning, error) sets what does.
 */
void shm_set_log_handler(shm_log_handler handler, void *user);

/**
 * millpond's own: whether shm_scroll() zeroes the rows that it exposes. Default: true.
 *
 * A program that draws every exposed row anyway saves that time with false; old pixels stand there then.
 */
void shm_set_clear_exposed(bool clear);

/**
 * millpond's own: sets with how many held buffers of one cookie a warning comes, once. 0: with none. Default: 32.
 *
 * Held are buffers that shm_get_buffer() has returned and that were not released since. Compositors hold one to three;
 * many more were not attached, or are not released. The line has the cookie, how many are held, and for how long the oldest.
 * More may be held afterwards, as shm_get_buffer() says. Where a program does not call this, the environment variable
 * SHM_MAX_HELD sets it.
 */
void shm_set_max_held(size_t count);

/* The cookies that foot uses: numbers made from an address that is never followed. */

static inline unsigned long shm_cookie_grid(const struct terminal *term)
{
	return (unsigned long)(uintptr_t)term;
}

static inline unsigned long shm_cookie_search(const struct terminal *term)
{
	return (unsigned long)((uintptr_t)term + 1);
}

static inline unsigned long shm_cookie_scrollback_indicator(const struct terminal *term)
{
	return (unsigned long)((uintptr_t)term + 2);
}

static inline unsigned long shm_cookie_render_timer(const struct terminal *term)
{
	return (unsigned long)((uintptr_t)term + 3);
}

/* n: 0 to 7, a part of the window's decoration */
static inline unsigned long shm_cookie_csd(const struct terminal *term, int n)
{
	return (unsigned long)((uintptr_t)term + 4 + (uintptr_t)n);
}

static inline unsigned long shm_cookie_url(const struct url *url)
{
	return (unsigned long)(uintptr_t)url;
}

#ifdef __cplusplus
}
#endif

#endif /* MILLPOND_SHM_H */
