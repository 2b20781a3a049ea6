//! Why a call returned nil: Plan 9's error string, for each thread.
#![forbid(unsafe_code)]

use core::ffi::c_char;

use super::Text;
use super::calls::signed;
use crate::os;

/// Why there is no memory.
#[derive(Clone, Copy)]
pub(super) enum Reason {
    /// No block can be so large.
    InvalidSize,
    /// `maxsize` is reached.
    TooLarge,
    /// The system has no memory for the index.
    NoIndex,
    /// No address meets what was asked for.
    NoPlace { data: usize, span: usize, align: usize, offset: usize },
}

/// Remembers why a call of this thread returned nil. Not while its pool is locked: the C library may ask for memory here,
/// and that may come from the pool.
#[cold]
pub(super) fn remember(reason: Reason) {
    match reason {
        Reason::InvalidSize => os::set_thread_text(b"invalid allocation size"),
        Reason::TooLarge => os::set_thread_text(b"memory pool too large"),
        Reason::NoIndex => os::set_thread_text(b"no memory for the index of the pool"),
        Reason::NoPlace { data, span, align, offset } => {
            let offset = signed(offset);
            let text = Text::of(format_args!("cannot satisfy dsize {data} span {span} with align {align}+{offset}"));
            os::set_thread_text(text.as_bytes());
        }
    }
}

pub(super) fn text() -> *const c_char {
    os::thread_text()
}
