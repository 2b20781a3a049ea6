//! The functions of `chain/shm.h`, and nothing else.
//!
//! `include/chain/shm.h` is generated from this file, so every comment here is read by C programmers.
//!
//! # Safety
//!
//! Every function here is called from C. What all of them need of the program, and nothing checks:
//!
//! - a `wl_shm` is NULL or a live proxy of libwayland-client, or a wrapper of one; its connection lives until
//!   `shm_fini`, or until all its chains were freed and nothing is held;
//! - calls for one `wl_shm`, and the dispatching of its events, happen in one thread at a time;
//! - `shm_fini` runs while no other thread is inside this library, and before `wl_display_disconnect`;
//! - of the fields of a `struct buffer` only `age`, `scroll_damage`, `scroll_damage_count`, and the regions of `dirty`
//!   are written.
#![allow(clippy::missing_safety_doc, reason = "the contract of all functions stands once, in the head of this file")]

use core::ffi::c_int;

use super::types::{buffer, buffer_chain, millpond_chain_request, off_t};
use super::{chains, ending, references, requests, scrolling, settings};
use crate::pixman::pixman_region32_t;
use crate::wayland::wl_shm;

/// Makes a chain. Programs call shm_chain_new().
///
/// It takes no memory but a few words, and nothing of the compositor's. Bad arguments, and a pair of foot_version and
/// buffer_bytes that is not known: one line, NULL, errno EINVAL.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_new")))]
pub unsafe extern "C" fn millpond_chain_new(
    shm: *mut wl_shm,
    request: *const millpond_chain_request,
) -> *mut buffer_chain {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { chains::make(shm, request, "chain") }
}

/// Frees a chain and the buffers that nobody needs any more: those that the compositor holds when it has released them,
/// those that the program has references to when it has given these back. NULL is fine.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_free")))]
pub unsafe extern "C" fn millpond_chain_free(chain: *mut buffer_chain) {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { ending::free_chain(chain) }
}

/// Returns a buffer of width x height pixels that the compositor does not hold.
///
/// A buffer of this size that the compositor has released is used again, the one with the newest pixels first; otherwise
/// a new one is made, whose pixels are all zero and whose age is 1234. The regions of `dirty` are empty on return;
/// `age` says what the pixels are worth. `data`, `wl_buf` and `pix` may have changed since the buffer was returned
/// before. Buffers of the chain that have another size go: those that the compositor holds when it has released them,
/// those that the program has references to when it has given these back.
///
/// `width` and `height` are in pixels, at least 1, and at most what the wire can say (stride * height <= INT32_MAX).
///
/// Bad arguments: one line, NULL, errno EINVAL or EOVERFLOW. No memory, descriptors or objects to be had, even after
/// everything idle has been let go: one line, then abort().
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_get_buffer")))]
pub unsafe extern "C" fn millpond_chain_get_buffer(
    chain: *mut buffer_chain,
    width: c_int,
    height: c_int,
) -> *mut buffer {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { requests::get_buffer(chain, width, height, true) }
}

/// The same for foot 1.17 to 1.25: `with_alpha` says whether the compositor looks at the alpha of pixels.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_get_buffer_with_alpha")))]
pub unsafe extern "C" fn millpond_chain_get_buffer_with_alpha(
    chain: *mut buffer_chain,
    width: c_int,
    height: c_int,
    with_alpha: bool,
) -> *mut buffer {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { requests::get_buffer(chain, width, height, with_alpha) }
}

/// Returns `count` new buffers in `bufs`, which are used once: each goes when the compositor has released it.
///
/// For many small buffers of one lifetime. A width or height of 0 gives NULL, and so does what is refused; all entries
/// are set. Otherwise as shm_get_buffer().
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_get_many")))]
pub unsafe extern "C" fn millpond_chain_get_many(
    chain: *mut buffer_chain,
    count: usize,
    widths: *const c_int,
    heights: *const c_int,
    bufs: *mut *mut buffer,
) {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { requests::get_many(chain, count, widths, heights, bufs, true) }
}

/// The same for foot 1.17 to 1.25: `with_alpha` says whether the compositor looks at the alpha of pixels.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_get_many_with_alpha")))]
pub unsafe extern "C" fn millpond_chain_get_many_with_alpha(
    chain: *mut buffer_chain,
    count: usize,
    widths: *const c_int,
    heights: *const c_int,
    bufs: *mut *mut buffer,
    with_alpha: bool,
) {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { requests::get_many(chain, count, widths, heights, bufs, with_alpha) }
}

/// Gives a buffer back that was not attached: as if the compositor had released it, but that nothing is called.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_did_not_use_buf")))]
pub unsafe extern "C" fn millpond_chain_did_not_use_buf(buf: *mut buffer) {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { references::did_not_use(buf) }
}

/// Returns true if shm_scroll() may succeed on this buffer. NULL, or a buffer that is gone: false.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_can_scroll")))]
pub unsafe extern "C" fn millpond_chain_can_scroll(buf: *const buffer) -> bool {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { scrolling::can_scroll(buf) }
}

/// Scrolls the pixels of a buffer that shm_get_buffer() has returned and that has not been attached since.
///
/// rows > 0: what was in row y + rows is in row y afterwards, and the last `rows` rows are zero. rows < 0: the other
/// way, and the first rows are zero. `top_keep_rows` rows below the first `top_margin` rows, and `bottom_keep_rows` rows
/// above the last `bottom_margin` rows, stay where they are. All numbers are in rows of pixels.
///
/// On true, `data`, `wl_buf` and `pix` may have changed; the images are without clip and transformation.
/// On false nothing has changed, and the program moves the pixels itself. That is always legal; it happens
/// when the buffer is not scrollable, when memory or objects are not to be had, and, with one line and errno EINVAL,
/// when an argument is bad: rows is 0, |rows| >= height, a negative number, or kept and exposed rows that overlap.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_scroll")))]
pub unsafe extern "C" fn millpond_chain_scroll(
    buf: *mut buffer,
    rows: c_int,
    top_margin: c_int,
    top_keep_rows: c_int,
    bottom_margin: c_int,
    bottom_keep_rows: c_int,
) -> bool {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { scrolling::scroll(buf, rows, [top_margin, top_keep_rows, bottom_margin, bottom_keep_rows]) }
}

/// Copies from `src` to `dst` the pixels that the program is not going to draw.
///
/// For programs whose compositor releases late, so that they get another buffer:
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
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_carry_over")))]
pub unsafe extern "C" fn millpond_chain_carry_over(
    dst: *mut buffer,
    src: *const buffer,
    region: *const pixman_region32_t,
) -> bool {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { scrolling::carry_over(dst, src, region) }
}

/// Takes a reference: the buffer and its pixels stay until it is given back by shm_unref().
///
/// That does not keep the buffer from being used again when the compositor has released it.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_addref")))]
pub unsafe extern "C" fn millpond_chain_addref(buf: *mut buffer) {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { references::add(buf) }
}

/// Gives a reference back. One more than were taken is the chain's: then the buffer is not used again. NULL is fine.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_unref")))]
pub unsafe extern "C" fn millpond_chain_unref(buf: *mut buffer) {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { references::drop_one(buf) }
}

/// Destroys the buffers of a chain, as shm_chain_free() does; the chain stays.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_purge")))]
pub unsafe extern "C" fn millpond_chain_purge(chain: *mut buffer_chain) {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { ending::purge(chain) }
}

/// Destroys all buffers of all chains, also those that a compositor still holds, and gives all memory back.
///
/// Call it before wl_display_disconnect(), when no other thread uses this library. Chains stay, and may be freed or used
/// afterwards.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_fini")))]
pub unsafe extern "C" fn millpond_chain_fini() {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { ending::finish() }
}

/// Sets how many bytes of memory a scrollable buffer may take. 0: no scrolling. Default: 512 MiB.
///
/// An upper bound for buffers made from now on, but 0 stops scrolling in all. Values over INT32_MAX count as INT32_MAX,
/// negative ones as 0 (with one line).
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_set_max_pool_size")))]
pub extern "C" fn millpond_chain_set_max_pool_size(max_pool_size: off_t) {
    settings::set_max_pool_size(max_pool_size);
}

/// Sets with how many held buffers of one chain a warning comes, once. 0: with none. Default: 32.
///
/// Held are buffers that shm_get_buffer() has returned and that were not released since. Compositors hold one to three;
/// many more were not attached, or are not released. The line has the chain, how many are held, and for how long the oldest.
/// More may be held afterwards, as shm_get_buffer() says. Where a program does not call this, the environment variable
/// SHM_MAX_HELD sets it.
/// Buffers of shm_get_many() do not count.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_set_max_held")))]
pub extern "C" fn millpond_chain_set_max_held(count: usize) {
    settings::set_max_held(count);
}

/// Sets what the stride of buffers made from now on is a multiple of, in bytes, as GPUs want when they import the memory.
/// 0, the default: four bytes. What is no power of two from 4 to 65536 counts as the next one (with one line).
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_set_min_stride_alignment")))]
pub extern "C" fn millpond_chain_set_min_stride_alignment(min_stride_alignment: usize) {
    settings::set_min_stride_alignment(min_stride_alignment);
}

/// How many bits a colour of the chain's pixels has: 8, 10 or 16. Programs call shm_chain_bit_depth().
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_chain_bits_per_color")))]
pub unsafe extern "C" fn millpond_chain_bits_per_color(chain: *const buffer_chain) -> c_int {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { chains::bits_per_color(chain) }
}
