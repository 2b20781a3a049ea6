//! Why a call returned nil: Plan 9's error string, for each thread.
#![forbid(unsafe_code)]

use core::ffi::c_char;

use super::Text;
use super::numbers::signed;
use crate::os::{self, Errno};

/// Why there is no memory.
#[derive(Clone, Copy)]
pub(super) enum Reason {
    /// The program passed nil for a pool.
    NoPool,
    /// No block can be so large.
    InvalidSize,
    /// `maxsize` is reached.
    TooLarge,
    /// `alloc` has returned nil.
    NoArena,
    /// The system has no more memory.
    SystemHasNone(Errno),
    /// There is no memory for a Pool.
    NoRecord,
    /// `alloc` is nil.
    NoAlloc,
    /// Neither the system nor the program has memory for the index.
    NoIndex,
    /// What `alloc` returned is no arena.
    BadArena,
    /// No address meets what was asked for.
    NoPlace { data: usize, span: usize, align: usize, offset: usize },
    /// `panic` was called, and has returned.
    Panicked,
}

/// Remembers why a call of this thread returned nil.
#[cold]
pub(super) fn remember(reason: Reason) {
    os::set_thread_text(match reason {
        Reason::NoPool => b"the pool is nil",
        Reason::InvalidSize => b"invalid allocation size",
        Reason::TooLarge => b"memory pool too large",
        Reason::NoArena => b"no arena: alloc returned nil",
        Reason::NoAlloc => b"no arena: the pool has no alloc",
        Reason::BadArena => b"bad arena",
        Reason::NoIndex => b"no memory for the index of the pool",
        Reason::NoRecord => b"no memory for a pool",
        Reason::SystemHasNone(errno) => {
            let text = Text::of(format_args!("no arena: the system says: {errno}"));
            return os::set_thread_text(text.as_bytes());
        }
        Reason::NoPlace { data, span, align, offset } => {
            let offset = signed(offset);
            let text = Text::of(format_args!("cannot satisfy dsize {data} span {span} with align {align}+{offset}"));
            return os::set_thread_text(text.as_bytes());
        }
        Reason::Panicked => b"panic returned: the heap is damaged, or was misused",
    });
}

pub(super) fn text() -> *const c_char {
    os::thread_text()
}
