//! `shm_scroll`: which buffer is meant, and what is wrong with a scroll.

use core::ffi::c_int;
use core::fmt;

use super::chains;
use super::layout::{Chains, STATE};
use super::types::buffer;
use crate::c_api::shared::calls;
use crate::c_api::shared::node::find_buffer;
use crate::os::Errno;
use crate::scroll::BadStep;
use crate::shm::Refusal;

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
        return refuse(format_args!("shm_scroll: buf is NULL or no buffer of a chain"));
    };
    // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
    if let Some(group) = unsafe { display.as_ref() }.group_of(key) {
        chains::note_step(group, rows);
    }
    // SAFETY: as above.
    match unsafe { calls::scroll::<Chains>(display, key, rows, margins_and_kept) } {
        Ok(()) => true,
        Err(Refusal::NotScrollable | Refusal::Failed) => false,
        Err(Refusal::NotHandedOut) => {
            refuse(format_args!("shm_scroll: buf was released, and not returned by shm_get_buffer since"))
        }
        Err(Refusal::BadStep(bad)) => refuse_step(bad, rows, margins_and_kept),
    }
}

fn refuse(line: fmt::Arguments<'_>) -> bool {
    STATE.refuse(Errno::INVALID, line);
    false
}

fn refuse_step(bad: BadStep, rows: c_int, margins_and_kept: [c_int; 4]) -> bool {
    let [top_margin, top_keep_rows, bottom_margin, bottom_keep_rows] = margins_and_kept;
    match bad {
        BadStep::NoRows => refuse(format_args!("shm_scroll: rows is 0")),
        BadStep::TooManyRows => {
            refuse(format_args!("shm_scroll: rows is {rows}, as much as the height of the buffer or more"))
        }
        BadStep::Negative => refuse(format_args!(
            "shm_scroll: a negative number: top_margin {top_margin}, top_keep_rows {top_keep_rows}, bottom_margin \
             {bottom_margin}, bottom_keep_rows {bottom_keep_rows}"
        )),
        BadStep::Overlap => refuse(format_args!(
            "shm_scroll: rows {rows} and the kept rows overlap: top_margin {top_margin}, top_keep_rows \
             {top_keep_rows}, bottom_margin {bottom_margin}, bottom_keep_rows {bottom_keep_rows}"
        )),
    }
}
