//! The functions of `shm.h`, and nothing else.
//!
//! `include/shm.h` is generated from this file, so every comment here is read by C programmers.
//!
//! # Safety
//!
//! Every function here is called from C. What all of them need of the program, and nothing checks:
//!
//! - a `wl_shm` is NULL or a live proxy of libwayland-client, or a wrapper of one, for the time of the call; its
//!   connection lives until [`shm_fini`], [`shm_forget`], or until all its cookies have been purged;
//! - calls with one `wl_shm`, and the dispatching of its events, happen in one thread at a time;
//! - [`shm_fini`] runs while no other thread is inside this library, and before `wl_display_disconnect`;
//! - the fields of a `struct buffer` other than `age`, `scroll_damage`, `scroll_damage_count` and `dirty` are only read.
#![allow(clippy::missing_safety_doc, reason = "the contract of all functions stands once, in the head of this file")]

use core::ffi::{c_int, c_ulong, c_void};

use super::types::{buffer, off_t, shm_log_handler};
use super::{ending, requests, scrolling, settings};
use crate::pixman::pixman_region32_t;
use crate::wayland::wl_shm;

/// Returns a buffer of width x height pixels that the compositor does not hold.
///
/// A buffer of this cookie, size and kind that the compositor has released is reused, the one with the newest pixels
/// first; otherwise a new one is made, whose pixels are all zero. `dirty` is empty and `scroll_damage` NULL on return;
/// `age` says what the pixels are worth. `mmapped`, `wl_buf` and `pix` may have changed since the buffer was returned
/// before. The buffer belongs to millpond. It can be read, drawn and attached until the compositor has released it and
/// newer calls have replaced it, or until its cookie is purged: the buffer returned last for a cookie is kept, one of an
/// older size until the next shm_get_buffer() of its cookie. Of buffers that are not scrollable, that have been released
/// and that 512 calls for other buffers of this wl_shm have not touched, 2,048 stay, or 16 MiB; those of an older size go.
///
/// As many buffers of a cookie may be held, by the program or the compositor, as are together no larger than 64 MiB, but
/// six of any size, and 64 at most. With one more the oldest is given up: the struct and its images stay as they are
/// until the cookie is purged, but its pixels are zero, `wl_buf` is NULL, and it does not scroll. The one returned last
/// for a cookie is never given up. (Over all cookies 4,096 may be held.)
///
/// `width` and `height` are in pixels, at least 1, and at most what the wire can say (stride * height <= INT32_MAX).
/// `scrollable` asks for room to scroll in; `pix_instances` is the number of images wanted, at most 65536.
///
/// Bad arguments: one line, NULL, errno EINVAL or EOVERFLOW. No memory, descriptors or objects to be had, even after
/// everything idle has been let go: one line, then abort(), or NULL and errno after
/// shm_set_error_mode(SHM_ERRORS_RETURN).
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("shm_get_buffer")))]
pub unsafe extern "C" fn shm_get_buffer(
    shm: *mut wl_shm,
    width: c_int,
    height: c_int,
    cookie: c_ulong,
    scrollable: bool,
    pix_instances: usize,
) -> *mut buffer {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { requests::get_buffer(shm, width, height, cookie, scrollable, pix_instances) }
}

/// Destroys all buffers of all displays, also those that a compositor still holds, and gives all memory back.
///
/// Call it before wl_display_disconnect(), when no other thread uses this library; shm_forget() ends one display alone. May be called again, and buffers may
/// be asked for afterwards.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("shm_fini")))]
pub unsafe extern "C" fn shm_fini() {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { ending::finish() }
}

/// Sets how many bytes of memory a scrollable buffer may take. 0: no scrolling. Default: 512 MiB.
///
/// An upper bound: millpond takes about twice the size of the buffer, and of each of two that are shown in turn one and
/// a half. It holds for buffers made from now on, but 0
/// stops scrolling in all. Values over INT32_MAX count as INT32_MAX, negative ones as 0 (with one line).
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("shm_set_max_pool_size")))]
pub extern "C" fn shm_set_max_pool_size(max_pool_size: off_t) {
    settings::set_max_pool_size(max_pool_size);
}

/// Returns true if shm_scroll() may succeed on this buffer. NULL, or a buffer that is gone: false.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("shm_can_scroll")))]
pub unsafe extern "C" fn shm_can_scroll(buf: *const buffer) -> bool {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { scrolling::can_scroll(buf) }
}

/// Scrolls the pixels of a buffer that shm_get_buffer() has returned and that has not been attached since.
///
/// rows > 0: what was in row y + rows is in row y afterwards, and the last `rows` rows are zero. rows < 0: the other
/// way, and the first rows are zero. `top_keep_rows` rows below the first `top_margin` rows, and `bottom_keep_rows` rows
/// above the last `bottom_margin` rows, stay where they are. All numbers are in rows of pixels.
///
/// On true, `mmapped`, `wl_buf` and `pix` may have changed; the images are without clip and transformation.
/// On false nothing has changed, and the program moves the pixels itself. That is always legal; it happens
/// when the buffer is not scrollable, when memory or objects are not to be had, and, with one line and errno EINVAL,
/// when an argument is bad: rows is 0, |rows| >= height, a negative number, or kept and exposed rows that overlap.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("shm_scroll")))]
pub unsafe extern "C" fn shm_scroll(
    shm: *mut wl_shm,
    buf: *mut buffer,
    rows: c_int,
    top_margin: c_int,
    top_keep_rows: c_int,
    bottom_margin: c_int,
    bottom_keep_rows: c_int,
) -> bool {
    let geometry = scrolling::ScrollArguments { rows, top_margin, top_keep_rows, bottom_margin, bottom_keep_rows };
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { scrolling::scroll(shm, buf, geometry) }
}

/// millpond's own: copies from `src` to `dst` the pixels that the program is not going to draw.
///
/// For programs that keep no record in `dirty`, or whose compositor releases late so that they get a new buffer:
/// where the age of `dst` is 2 or more, and another buffer has what was shown last, this copies all of that but
/// `region`, which the program draws anyway. It takes the time of one memcpy() of what it copies; where the age is 0 it is not
/// needed. Then the program draws `region`, records it in `dirty`, and sets `age` to 0.
///
/// `region` is in pixels of the buffer; what lies outside does not count. NULL: all is copied. `dst` is in the program's
/// hands; `src` is only read, and may be held by the compositor. Both are of one wl_shm.
///
/// On false nothing has changed: a buffer is NULL or gone, `dst` was released, or the two have not the same size, stride
/// and format (one line, errno EINVAL); or one of them was given up (no line).
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("shm_carry_over")))]
pub unsafe extern "C" fn shm_carry_over(
    dst: *mut buffer,
    src: *const buffer,
    region: *const pixman_region32_t,
) -> bool {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { scrolling::carry_over(dst, src, region) }
}

/// Destroys the buffers of a cookie, and gives their memory back.
///
/// A buffer that the compositor holds goes when it is released; at once if nothing is left of this wl_shm but such, and
/// released ones that do not scroll. The buffers of the cookie must not be used afterwards. When all cookies of a wl_shm
/// have been purged and the buffers were released, or none is left but purged ones, its connection may end.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("shm_purge")))]
pub unsafe extern "C" fn shm_purge(shm: *mut wl_shm, cookie: c_ulong) {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { ending::purge(shm, cookie) }
}

/// millpond's own: ends one display, as shm_fini() ends all: destroys its buffers, also those that the compositor still
/// holds, and all that has to do with its connection.
///
/// For a program with several connections, or one that connects anew: call it before wl_display_disconnect(), also when
/// the connection has failed. A `wl_shm` for which no buffers were asked for, and NULL: nothing happens. Without it, a
/// connection may end when all cookies of its wl_shm have been purged.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("shm_forget")))]
pub unsafe extern "C" fn shm_forget(shm: *mut wl_shm) {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { ending::forget(shm) }
}

/// millpond's own: what shm_get_buffer() does when no buffer can be had: SHM_ERRORS_ABORT or SHM_ERRORS_RETURN.
///
/// Any other value is ignored, with one line.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("shm_set_error_mode")))]
pub extern "C" fn shm_set_error_mode(mode: c_int) {
    settings::set_error_mode(mode);
}

/// millpond's own: sends the messages of millpond to `handler`, with `user`; NULL: to stderr again.
///
/// A handler gets messages of every level. Without one, errors and warnings go to stderr; the environment variable
/// MILLPOND_LOG=debug (or info, warning, error) sets what does.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("shm_set_log_handler")))]
pub extern "C" fn shm_set_log_handler(handler: shm_log_handler, user: *mut c_void) {
    settings::set_log_handler(handler, user);
}

/// millpond's own: whether shm_scroll() zeroes the rows that it exposes. Default: true.
///
/// A program that draws every exposed row anyway saves that time with false; old pixels stand there then.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("shm_set_clear_exposed")))]
pub extern "C" fn shm_set_clear_exposed(clear: bool) {
    settings::set_clear_exposed(clear);
}

/// millpond's own: sets with how many held buffers of one cookie a warning comes, once. 0: with none. Default: 32.
///
/// Held are buffers that shm_get_buffer() has returned and that were not released since. Compositors hold one to three;
/// many more were not attached, or are not released. The line has the cookie, how many are held, and for how long the oldest.
/// More may be held afterwards, as shm_get_buffer() says. Where a program does not call this, the environment variable
/// SHM_MAX_HELD sets it.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("shm_set_max_held")))]
pub extern "C" fn shm_set_max_held(count: usize) {
    settings::set_max_held(count);
}
