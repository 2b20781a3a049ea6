//! `struct buffer` of `launcher/shm.h`, and nothing else.
//!
//! `include/launcher/shm.h` is generated from this file, so every comment here is read by C programmers.
#![allow(non_camel_case_types, reason = "the names are those of shm.h")]

use core::ffi::{c_int, c_void};

use crate::pixman::pixman_image_t;
use crate::wayland::wl_buffer;

/// A pixel buffer. Made by shm_get_buffer(); the program never frees it.
#[repr(C)]
pub struct buffer {
    /// Width, in pixels.
    pub width: c_int,
    /// Height, in rows of pixels.
    pub height: c_int,
    /// Length of a row, in bytes.
    pub stride: c_int,

    /// True from shm_get_buffer() until the compositor has released the buffer. A program that has not attached it may
    /// write false: then it is used again.
    pub busy: bool,
    /// Size of the pixels: stride * height, in bytes.
    pub size: usize,
    /// The first pixel of the first row.
    pub mmapped: *mut c_void,

    /// The buffer to attach to a surface.
    pub wl_buf: *mut wl_buffer,
    /// An image over the same pixels, in PIXMAN_a8r8g8b8 (on big-endian machines in PIXMAN_b8g8r8a8: the bytes are those
    /// of WL_SHM_FORMAT_ARGB8888).
    pub pix: *mut pixman_image_t,
}
