//! `shm_scroll`: which buffer is meant, and what is wrong with a scroll.

use core::ffi::c_int;
use core::fmt;
use core::ptr::NonNull;

use super::layout::{Foot14, STATE};
use super::types::buffer;
use crate::c_api::shared::node::{DisplayOf, find_buffer};
use crate::c_api::shared::refusals::refuse_scroll;
use crate::c_api::shared::{calls, carrying_over};
use crate::os::Errno;
use crate::pixman::pixman_region32_t;
use crate::wayland::wl_shm;

/// The numbers of `shm_scroll`.
#[derive(Clone, Copy)]
pub(super) struct ScrollArguments {
    pub(super) rows: c_int,
    pub(super) top_margin: c_int,
    pub(super) top_keep_rows: c_int,
    pub(super) bottom_margin: c_int,
    pub(super) bottom_keep_rows: c_int,
}

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn can_scroll(public: *const buffer) -> bool {
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    unsafe { calls::can_scroll::<Foot14>(public.cast()) }
}

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn scroll(shm: *mut wl_shm, public: *mut buffer, arguments: ScrollArguments) -> bool {
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    let display = unsafe { calls::known_display_of::<Foot14>(shm) };
    let found = display.and_then(|display| {
        // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
        let key = unsafe { calls::key_of::<Foot14>(display, public.cast()) }?;
        Some((display, key))
    });
    let Some((display, key)) = found else { return refuse_foreign(display, public) };
    let ScrollArguments { rows, top_margin, top_keep_rows, bottom_margin, bottom_keep_rows } = arguments;
    let margins_and_kept = [top_margin, top_keep_rows, bottom_margin, bottom_keep_rows];
    // SAFETY: as above.
    let outcome = unsafe { calls::scroll::<Foot14>(display, key, rows, margins_and_kept) };
    outcome.map_err(|refusal| refuse_scroll(&STATE, refusal, rows, margins_and_kept)).is_ok()
}

/// # Safety
///
/// The contract in the head of functions.rs; the region is NULL, or an initialised one.
pub(super) unsafe fn carry_over(to: *const buffer, from: *const buffer, drawn: *const pixman_region32_t) -> bool {
    // SAFETY: as the caller promises.
    unsafe { carrying_over::carry_over::<Foot14>(to.cast(), from.cast(), drawn) }
}

fn refuse_foreign(display: Option<NonNull<DisplayOf<Foot14>>>, public: *const buffer) -> bool {
    match find_buffer::<Foot14>(public.cast()) {
        // It was given up: that is not the program's mistake.
        Some((owner, _)) if Some(owner) == display => false,
        Some(_) => refuse(format_args!("shm_scroll: buf is not a buffer of this shm")),
        None => refuse(format_args!("shm_scroll: buf is NULL or no buffer of shm_get_buffer")),
    }
}

fn refuse(line: fmt::Arguments<'_>) -> bool {
    STATE.refuse(Errno::INVALID, line);
    false
}
