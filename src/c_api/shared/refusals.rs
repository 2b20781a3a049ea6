//! What is said of arguments that make no sense, behind any face. `name` is the C function.

use core::ffi::c_int;

use super::state::State;
use crate::os::Errno;
use crate::scroll::BadStep;
use crate::shm::{Handle, NotCarried, Refusal};
use crate::units::BadSize;

pub(crate) fn refuse_size<H: Handle>(
    state: &'static State<H>,
    name: &str,
    bad: BadSize,
    (width, height): (c_int, c_int),
) {
    match bad {
        BadSize::Width => state.refuse(Errno::INVALID, format_args!("{name}: width is {width}, must be 1 or more")),
        BadSize::Height => state.refuse(Errno::INVALID, format_args!("{name}: height is {height}, must be 1 or more")),
        BadSize::TooLarge => state.refuse(
            Errno::OVERFLOW,
            format_args!("{name}: width {width} and height {height} are more than a Wayland buffer can have"),
        ),
    }
}

/// A scroll was refused. Nothing is said where that is not the program's mistake.
pub(crate) fn refuse_scroll<H: Handle>(
    state: &'static State<H>,
    refusal: Refusal,
    rows: c_int,
    margins_and_kept: [c_int; 4],
) {
    match refusal {
        Refusal::NotScrollable | Refusal::Failed => {}
        Refusal::NotHandedOut => state.refuse(
            Errno::INVALID,
            format_args!("shm_scroll: buf was released, and not returned by shm_get_buffer since"),
        ),
        Refusal::BadStep(bad) => refuse_step(state, bad, rows, margins_and_kept),
    }
}

fn refuse_step<H: Handle>(state: &'static State<H>, bad: BadStep, rows: c_int, margins_and_kept: [c_int; 4]) {
    let [top_margin, top_keep_rows, bottom_margin, bottom_keep_rows] = margins_and_kept;
    let refuse = |line| state.refuse(Errno::INVALID, line);
    match bad {
        BadStep::NoRows => refuse(format_args!("shm_scroll: rows is 0")),
        BadStep::TooManyRows => {
            refuse(format_args!("shm_scroll: rows is {rows}, as much as the height of the buffer or more"));
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

/// Nothing was carried over. What is NULL, foreign, or of another display was refused before.
pub(crate) fn refuse_carrying_over<H: Handle>(state: &'static State<H>, reason: NotCarried) {
    match reason {
        NotCarried::GivenUp => {}
        NotCarried::NotHandedOut => state.refuse(
            Errno::INVALID,
            format_args!("shm_carry_over: dst was released, and not returned by shm_get_buffer since"),
        ),
        NotCarried::NotAlike => state.refuse(
            Errno::INVALID,
            format_args!("shm_carry_over: dst and src have not the same size, stride and format"),
        ),
    }
}
