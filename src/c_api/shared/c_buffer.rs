//! What the struct of a face shows of a buffer, and what the program tells by it.

use crate::os::PrivateMemory;
use crate::shm::{DrawnMark, RecordedScrolls, View};
use crate::units::Rectangle;

/// The struct that C has a pointer to.
///
/// Nothing here runs while C does, so each of these has the only reference. Dropped when the buffer goes; then what the
/// program has put there, and what the header says is ours to release, is released.
pub(crate) trait CBuffer {
    /// As in [`crate::shm::Handle`].
    const HAS_REFERENCES: bool;
    /// As in [`crate::shm::Handle`].
    const KNOWS_SINGLE_FRAMES: bool;

    /// As in [`crate::shm::Handle`].
    fn face_name(&self) -> &'static str;
    /// The age, which the program sets to 0 when it has drawn.
    fn age(&self) -> u32;
    /// Changes the age.
    fn set_age(&mut self, age: u32);
    /// Who holds the buffer, and whether it goes with the next request.
    fn show(&mut self, is_held: bool, is_outdated: bool);
    /// As in [`crate::shm::Handle`].
    fn is_taken_by_hand(&self) -> bool;
    /// Where the buffer is now.
    fn show_view(&mut self, view: &View);
    /// It was given up: its pixels are in this memory, and the compositor has none of it.
    fn show_given_up(&mut self, memory: &PrivateMemory);
    /// Empties the program's records, because it gets the buffer. Returns itself, so that this may be the last call.
    fn emptied(&mut self) -> &mut Self;
    /// Calls `visit` for what the program has recorded that it drew in this frame.
    fn visit_drawn(&self, visit: &mut dyn FnMut(Rectangle));
    /// Tells one such record from another.
    fn drawn_mark(&self) -> DrawnMark;
    /// What the program has recorded of the scrolls of this frame.
    fn recorded_scrolls(&self) -> RecordedScrolls;
}
