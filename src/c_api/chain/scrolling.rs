//! `shm_scroll`: which buffer is meant.

use core::ffi::c_int;

use super::chains;
use super::layout::{self, Chains, STATE};
use super::types::buffer;
use crate::c_api::shared::node::find_buffer;
use crate::c_api::shared::refusals::refuse_scroll;
use crate::c_api::shared::{calls, carrying_over};
use crate::pixman::pixman_region32_t;

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn can_scroll(public: *const buffer) -> bool {
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    unsafe { calls::can_scroll::<Chains>(public.cast()) }
}

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn scroll(public: *mut buffer, rows: c_int, margins_and_kept: [c_int; 4]) -> bool {
    let Some((display, key)) = find_buffer::<Chains>(public.cast()) else {
        layout::refuse(format_args!("shm_scroll: buf is NULL or no buffer of a chain"));
        return false;
    };
    // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
    if let Some(group) = unsafe { display.as_ref() }.group_of(key) {
        chains::note_step(group, rows);
    }
    // SAFETY: as above.
    let outcome = unsafe { calls::scroll::<Chains>(display, key, rows, margins_and_kept) };
    outcome.map_err(|refusal| refuse_scroll(&STATE, refusal, rows, margins_and_kept)).is_ok()
}

/// # Safety
///
/// The contract in the head of functions.rs; the region is NULL, or an initialised one.
pub(super) unsafe fn carry_over(to: *const buffer, from: *const buffer, drawn: *const pixman_region32_t) -> bool {
    // SAFETY: as the caller promises.
    unsafe { carrying_over::carry_over::<Chains>(to.cast(), from.cast(), drawn) }
}
