//! What is counted of one buffer.

use crate::os::page_bytes;
use crate::units::Picture;

use super::told::ToldBuffer;

/// What is counted of one buffer, and where what is counted of its group stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    /// In the groups of the display.
    pub(super) group: usize,
    /// In the table of buffers.
    pub(super) place: usize,
    /// Pages that a new buffer like it touches.
    pub(super) pages: u64,
    pub(super) gets: u64,
    pub(super) releases: u64,
    pub(super) taken_twice: u64,
    /// How many of the program's references are as old as the hold, or younger.
    pub(super) references_of_hold: u32,
    pub(super) told: ToldBuffer,
}

impl Account {
    /// A buffer that is about to be made.
    pub(super) fn new(group: usize, place: usize, picture: &Picture) -> Account {
        let pages = picture.bytes().div_ceil(page_bytes()) as u64;
        Account {
            group,
            place,
            pages,
            gets: 0,
            releases: 0,
            taken_twice: 0,
            references_of_hold: 0,
            told: ToldBuffer::NOT_YET,
        }
    }
}
