//! What a program asks for.

use crate::units::{BadSize, Picture, PixelLayout};

use super::group_counts::GroupName;

/// The group of buffers that are used once, behind a face that has such: they go when they are released.
pub(super) const SINGLE_USE_GROUP: u64 = u64::MAX;

/// What a program asks for, and what a buffer must agree in to be handed out for it.
///
/// It is not checked: what a buffer was made for was, and who asks for the same needs no check.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    group: u64,
    width: i32,
    height: i32,
    image_count: usize,
    layout: PixelLayout,
    wants_scrolling: bool,
    /// Layout and scrolling in one number: each request compares it.
    traits: u32,
}

impl Kind {
    /// The group is the cookie in shm.h; `wants_scrolling`, whether room for that is to be had or not; `image_count`, how
    /// many images over the same pixels.
    #[inline(always)]
    pub fn new(
        group: u64,
        width: i32,
        height: i32,
        layout: PixelLayout,
        wants_scrolling: bool,
        image_count: usize,
    ) -> Kind {
        let traits = layout.number() << 1 | u32::from(wants_scrolling);
        Kind { group, width, height, image_count, layout, wants_scrolling, traits }
    }

    /// The same of a buffer that is used once, whose group has nobody else's request.
    pub(super) fn for_single_use(&self) -> Kind {
        Kind { group: SINGLE_USE_GROUP, ..*self }
    }

    /// The picture of such a buffer, with its stride.
    pub fn picture(&self) -> Result<Picture, BadSize> {
        Picture::new(self.width, self.height, self.layout)
    }

    /// The group that the buffer belongs to.
    pub fn group(&self) -> u64 {
        self.group
    }

    /// The width in pixels.
    #[inline(always)]
    pub(super) fn width(&self) -> i32 {
        self.width
    }

    /// The height in rows.
    #[inline(always)]
    pub(super) fn height(&self) -> i32 {
        self.height
    }

    /// The group in one word, as a probe passes it.
    #[inline(always)]
    pub(super) fn group_word(&self) -> usize {
        usize::try_from(self.group).unwrap_or(usize::MAX)
    }

    /// The group that is counted under.
    pub(super) fn group_name(&self) -> GroupName {
        GroupName { number: self.group, is_used_once: false }
    }

    /// The same for a buffer that is used once.
    pub(super) fn group_name_for_single_use(&self) -> GroupName {
        GroupName { number: self.group, is_used_once: true }
    }

    /// How many images over the same pixels.
    pub fn image_count(&self) -> usize {
        self.image_count
    }

    /// True if it is to be scrolled.
    pub fn wants_scrolling(&self) -> bool {
        self.wants_scrolling
    }
}

impl PartialEq for Kind {
    #[inline(always)]
    fn eq(&self, other: &Kind) -> bool {
        self.group == other.group
            && self.width == other.width
            && self.height == other.height
            && self.traits == other.traits
            && self.image_count == other.image_count
    }
}

impl Eq for Kind {}
