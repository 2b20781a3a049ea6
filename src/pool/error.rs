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
}

/// Remembers why, and returns nil.
#[cold]
pub(super) fn refuse(reason: Reason) -> usize {
    remember(match reason {
        Reason::InvalidSize => b"invalid allocation size",
        Reason::TooLarge => b"memory pool too large",
        Reason::NoIndex => b"no memory for the index of the pool",
    });
    0
}

/// The same for an alignment that cannot be had.
#[cold]
pub(super) fn refuse_span(data: usize, span: usize, align: usize, offset: usize) -> usize {
    let text = Text::of(format_args!("cannot satisfy dsize {data} span {span} with align {align}+{}", signed(offset)));
    remember(text.as_bytes());
    0
}

fn remember(text: &[u8]) {
    os::set_thread_text(text);
}

pub(super) fn text() -> *const c_char {
    os::thread_text()
}
