//! The C names of `millpond.h`: the functions, and nothing else.
//!
//! # Safety
//!
//! Every function here is called from C. What they need of the program, and nothing checks: `out` is NULL or points to a
//! struct of its type, which has the size that stands at its begin.
#![allow(clippy::missing_safety_doc, reason = "the contract of all functions stands once, in the head of this file")]

use core::ffi::c_int;

use super::reading;
use super::types::{millpond_stats_buffer, millpond_stats_group, millpond_stats_pool};

/// Returns the descriptor of this process's statistics page, which stays the library's; or -1 if there is none: nothing was
/// used yet, MILLPOND_STATS is 0 in the environment, or the system has none to give.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_stats_fd")))]
pub extern "C" fn millpond_stats_fd() -> c_int {
    reading::descriptor()
}

/// Returns how many records were ever in use. Those with the numbers from 0 up to that, less one, may be about something.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_stats_count")))]
pub extern "C" fn millpond_stats_count() -> u32 {
    reading::count()
}

/// Writes what is known of the Pool with this number. Returns 1, or 0 if the record is not about a Pool, or
/// MILLPOND_STATS_REFUSED.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_stats_get_pool")))]
pub unsafe extern "C" fn millpond_stats_get_pool(number: u32, out: *mut millpond_stats_pool) -> c_int {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { reading::write(number, out) }
}

/// The same of the group with this number.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_stats_get_group")))]
pub unsafe extern "C" fn millpond_stats_get_group(number: u32, out: *mut millpond_stats_group) -> c_int {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { reading::write(number, out) }
}

/// The same of the buffer with this number.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("millpond_stats_get_buffer")))]
pub unsafe extern "C" fn millpond_stats_get_buffer(number: u32, out: *mut millpond_stats_buffer) -> c_int {
    // SAFETY: the caller keeps the contract in the head of this file.
    unsafe { reading::write(number, out) }
}
