//! What is counted of one buffer.

use crate::os::{self, page_bytes};
use crate::units::Picture;

/// What is counted of one buffer, and where what is counted of its group stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    /// In the groups of the display.
    pub(super) group: usize,
    /// In the table of buffers.
    pub(super) place: usize,
    /// Pages that a new buffer like it touches.
    pub(super) pages: u64,
    pub(super) made_ns: u64,
    pub(super) gets: u64,
    pub(super) releases: u64,
    pub(super) taken_twice: u64,
    /// How many of the program's references are as old as the hold, or younger.
    pub(super) references_of_hold: u32,
}

impl Account {
    /// A buffer that is about to be made.
    pub(super) fn new(group: usize, place: usize, picture: &Picture) -> Account {
        let pages = picture.bytes().div_ceil(page_bytes()) as u64;
        Account {
            group,
            place,
            pages,
            made_ns: os::nanoseconds(),
            gets: 0,
            releases: 0,
            taken_twice: 0,
            references_of_hold: 0,
        }
    }
}
