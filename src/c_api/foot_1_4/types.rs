//! `struct buffer` and the constants of `shm.h`, and nothing else.
//!
//! `include/shm.h` is generated from this file, so every comment here is read by C programmers.
#![allow(non_camel_case_types, reason = "the names are those of shm.h")]

use core::ffi::{c_char, c_int, c_uint, c_ulong, c_void};

use crate::pixman::{pixman_image_t, pixman_region32_t};
use crate::wayland::{wl_buffer, wl_shm_pool};

/// `off_t` of C programs that are built with 64-bit file offsets, on every machine (the libc crate's is 32 bits on some).
pub type off_t = i64;

/// A message about a call that failed: something that was asked for was not done.
pub const SHM_LOG_ERROR: c_int = 1;
/// A message about something that is wrong, and that millpond got round.
pub const SHM_LOG_WARNING: c_int = 2;
/// A message about something that a person may want to know.
pub const SHM_LOG_INFO: c_int = 3;
/// A message about what millpond does inside.
pub const SHM_LOG_DEBUG: c_int = 4;

/// When no buffer can be had: one line, then abort(). This is the default, as programs that do not check for NULL need.
pub const SHM_ERRORS_ABORT: c_int = 0;
/// When no buffer can be had: one line, then NULL with errno.
pub const SHM_ERRORS_RETURN: c_int = 1;

/// The line of scroll damage that the program records. millpond never looks inside.
pub enum damage {}

/// A pixel buffer.
///
/// Made by shm_get_buffer(); the program never frees it. The names and the layout are those of foot 1.8; foot 1.4 to
/// 1.7 know the fields up to `purge`. Fields that are marked "private" are kept for the layout: what stands in them may
/// change between releases.
#[repr(C)]
pub struct buffer {
    /// The number by which the program groups its buffers.
    pub cookie: c_ulong,

    /// Width, in pixels.
    pub width: c_int,
    /// Height, in rows of pixels.
    pub height: c_int,
    /// Length of a row, in bytes.
    pub stride: c_int,

    /// True from shm_get_buffer() until the compositor has released the buffer.
    pub busy: bool,
    /// Size of the pixels: stride * height, in bytes.
    pub size: usize,
    /// The first pixel of the first row. Changes with each shm_scroll().
    pub mmapped: *mut c_void,

    /// The buffer to attach to a surface. Changes with each shm_scroll(). NULL: it was given up, see shm_get_buffer().
    pub wl_buf: *mut wl_buffer,
    /// `pix_instances` images over the same pixels, in PIXMAN_a8r8g8b8 (on big-endian machines in PIXMAN_b8g8r8a8: the
    /// bytes are those of WL_SHM_FORMAT_ARGB8888). NULL if that is 0. Changes with each shm_scroll().
    pub pix: *mut *mut pixman_image_t,
    /// The number of images.
    pub pix_instances: usize,

    /// Private.
    pub fd: c_int,
    /// Private.
    pub pool: *mut wl_shm_pool,
    /// Private.
    pub real_mmapped: *mut c_void,
    /// Private.
    pub mmap_size: usize,
    /// Private.
    pub offset: off_t,

    /// True if shm_scroll() may succeed on this buffer.
    pub scrollable: bool,
    /// True if the buffer goes with the next shm_get_buffer() of its cookie.
    pub purge: bool,

    /// How far the pixels lag behind the buffer that was returned before this one: 0 for not at all, then only what has
    /// changed needs drawing; 2 or more for "copy or draw everything" (1234 in a new buffer). Never 1. The program sets
    /// it to 0 when it has drawn.
    ///
    /// Where two buffers are shown in turn, millpond brings the older one up to date itself, and says 0, if it knows what
    /// the newer ones did: each was drawn (age 0), and has a record in `dirty`. A program that keeps no such records is
    /// told 2 or more, and does it itself.
    pub age: c_uint,

    /// The program's record of what it scrolled, allocated with malloc(). NULL in a buffer just returned; millpond
    /// releases it with free() when the buffer is reused or goes.
    pub scroll_damage: *mut damage,
    /// The number of records in `scroll_damage`; 0 in a buffer just returned. If it is not the number of shm_scroll()
    /// calls that returned true, the program has moved pixels itself, and what other buffers lack is all of them.
    pub scroll_damage_count: usize,
    /// The program's record of what it has drawn, initialised by millpond; empty in a buffer just returned. It covers
    /// all that was changed other than by shm_scroll(), where it stood when it was recorded; what was drawn before a
    /// shm_scroll() is recorded before that call. More than was drawn does no harm, nor what lies outside the buffer.
    pub dirty: pixman_region32_t,
}

/// Receives one message of millpond, without a line end.
///
/// The text belongs to millpond and is gone when the handler returns. The handler may call functions of this header,
/// and is called in the thread whose call has something to say.
pub type shm_log_handler = Option<unsafe extern "C" fn(level: c_int, message: *const c_char, user: *mut c_void)>;
