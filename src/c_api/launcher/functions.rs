//! The functions of `launcher/shm.h`, and nothing else.
//!
//! `include/launcher/shm.h` is generated from this file, so every comment here is read by C programmers.
//!
//! # Safety
//!
//! Every function here is called from C. What all of them need of the program, and nothing checks:
//!
//! - a `wl_shm` is NULL or a live proxy of libwayland-client; its connection lives until `shm_fini`;
//! - all calls, and the dispatching of events, happen in one thread;
//! - of the fields of a `struct buffer` only `busy` is written, and that only false.
#![allow(clippy::missing_safety_doc, reason = "the contract of all functions stands once, in the head of this file")]

use core::ffi::c_int;

use super::buffers;
use super::types::buffer;
use crate::wayland::wl_shm;

/// Returns a buffer of width x height pixels that is not busy.
///
/// One of this size that the compositor has released is used again; otherwise a new one is made, whose pixels are all
/// zero. Buffers of a size that 64 calls for others have not asked for go when they are released.
///
/// `width` and `height` are in pixels, at least 1, and at most what the wire can say (4 * width * height <= INT32_MAX).
///
/// Bad arguments: one line, NULL, errno EINVAL or EOVERFLOW. No memory, descriptors or objects to be had: one line, then
/// abort().
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_launcher_get_buffer")))]
pub unsafe extern "C" fn millpond_launcher_get_buffer(shm: *mut wl_shm, width: c_int, height: c_int) -> *mut buffer {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { buffers::get(shm, width, height) }
}

/// Destroys all buffers, also those that the compositor still holds, and gives all memory back.
///
/// Call it before wl_display_disconnect().
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_launcher_fini")))]
pub unsafe extern "C" fn millpond_launcher_fini() {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { buffers::finish() }
}
