//! What a face keeps for each buffer, as the engine sees it.

use crate::os::PrivateMemory;
use crate::units::Rectangle;
use crate::wayland::Listener;

/// What a face keeps for each buffer. Dropped when the buffer goes.
pub trait Handle {
    /// True if programs of this face keep references, and are given buffers that are used once.
    const HAS_REFERENCES: bool;
    /// True if programs are told the age 1, and get it right. False: they are told 2, and copy all.
    const KNOWS_SINGLE_FRAMES: bool;

    /// Where the struct is that the program has a pointer to.
    fn address(&self) -> usize;
    /// What programs know the face as.
    fn face_name(&self) -> &'static str;
    /// The age, which the program sets to 0 when it has drawn.
    fn age(&self) -> u32;
    /// Changes the age.
    fn set_age(&mut self, age: u32);
    /// Shows the program who holds the buffer, and whether it goes with the next request.
    fn show(&mut self, is_held: bool, is_outdated: bool);
    /// True if the program shows, against the header, that it has a buffer which it was not handed out.
    fn is_taken_by_hand(&self) -> bool;
    /// Shows the program that the buffer was given up: its pixels are in this memory, and the compositor has none of it.
    fn show_given_up(&mut self, memory: &PrivateMemory);
    /// Who hears of the buffer's release.
    fn listener(&self) -> Listener;
    /// Calls `visit` for what the program has recorded that it drew in this frame.
    fn visit_drawn(&self, visit: &mut dyn FnMut(Rectangle));
    /// Tells one such record from another: what has the same mark was not added to.
    fn drawn_mark(&self) -> DrawnMark;
    /// What the program has recorded of the scrolls of this frame.
    fn recorded_scrolls(&self) -> RecordedScrolls;
}

/// What a program records of scrolls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordedScrolls {
    /// So many, apart from what it draws.
    Count(usize),
    /// The rows that they moved, as if they had been drawn.
    AsDrawn,
}

/// The corners of a record of what was drawn, where it is, and how many rectangles it has.
pub type DrawnMark = ([i32; 4], usize, i32);
