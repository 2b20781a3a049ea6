//! What a program asks for.

use crate::units::PictureSize;

/// What a program asks for, not yet checked.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The group that the buffer belongs to (the cookie in shm.h).
    pub group: u64,
    /// In pixels.
    pub width: i32,
    /// In rows.
    pub height: i32,
    /// True if it is to be scrolled.
    pub wants_scrolling: bool,
    /// How many images over the same pixels.
    pub image_count: usize,
}

/// What a program wants.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// The group that the buffer belongs to (the cookie in shm.h).
    pub group: u64,
    /// Its size.
    pub size: PictureSize,
    /// True if it is to be scrolled.
    pub wants_scrolling: bool,
    /// How many images over the same pixels.
    pub image_count: usize,
}

/// What a request must agree in with a buffer to get it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) group: u64,
    pub(super) size: PictureSize,
    pub(super) image_count: usize,
    /// Asked for, whether it was to be had or not.
    pub(super) wants_scrolling: bool,
}

impl Kind {
    /// True if it is what a program asks for: then that needs no check, because this was checked.
    #[inline]
    pub(super) fn is_wanted(&self, wanted: &Wanted) -> bool {
        self.group == wanted.group
            && self.size.width == wanted.width
            && self.size.height == wanted.height
            && self.wants_scrolling == wanted.wants_scrolling
            && self.image_count == wanted.image_count
    }
}
