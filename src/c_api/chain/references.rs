//! Who needs a buffer: the program's references, and buffers that were not used.

use core::ptr::NonNull;

use super::layout::{Chains, STATE};
use super::types::buffer;
use crate::c_api::shared::calls;
use crate::c_api::shared::node::{DisplayOf, find_buffer};
use crate::os::Errno;
use crate::shm::Key;

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn add(public: *const buffer) {
    let Some((display, key)) = find(public, "shm_addref") else { return };
    // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
    unsafe { calls::change::<Chains>(display, |display| display.add_reference(key)) };
}

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn drop_one(public: *const buffer) {
    if public.is_null() {
        return;
    }
    let Some((display, key)) = find(public, "shm_unref") else { return };
    // SAFETY: as above.
    unsafe { calls::change::<Chains>(display, |display| display.drop_reference(key)) };
}

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn did_not_use(public: *const buffer) {
    let Some((display, key)) = find(public, "shm_did_not_use_buf") else { return };
    // SAFETY: as above.
    unsafe { calls::change::<Chains>(display, |display| display.take_back(key)) };
}

/// A face that stands on chains says that the program has a buffer by its own hand that it is handed out.
///
/// # Safety
///
/// The contract in the head of functions.rs.
pub(in crate::c_api) unsafe fn note_taken_by_hand(public: *const buffer) {
    let Some((display, key)) = find_buffer::<Chains>(public.cast()) else { return };
    // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
    unsafe { calls::change::<Chains>(display, |display| display.note_taken_by_hand(key)) };
}

fn find(public: *const buffer, name: &str) -> Option<(NonNull<DisplayOf<Chains>>, Key)> {
    let found = find_buffer::<Chains>(public.cast());
    if found.is_none() {
        STATE.refuse(Errno::INVALID, format_args!("{name}: buf is NULL or no buffer of a chain"));
    }
    found
}
