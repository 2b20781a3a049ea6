//! What ends: the buffers of a cookie, a display, all displays.

use core::ffi::c_ulong;

use super::layout::{Foot14, STATE};
use super::requests::group_of;
use crate::c_api::shared::calls;
use crate::wayland::wl_shm;

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn purge(shm: *mut wl_shm, cookie: c_ulong) {
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    if let Some(display) = unsafe { calls::known_display_of::<Foot14>(shm) } {
        // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
        unsafe { calls::purge::<Foot14>(display, group_of(cookie)) };
    }
}

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn forget(shm: *mut wl_shm) {
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    if let Some(display) = unsafe { calls::known_display_of::<Foot14>(shm) } {
        // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
        unsafe { calls::forget::<Foot14>(display) };
    }
}

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn finish() {
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    unsafe { STATE.displays.drop_all() };
}
