//! What a face keeps for each buffer, as the engine sees it.

use crate::os::PrivateMemory;
use crate::units::Rectangle;
use crate::wayland::Listener;

/// What a face keeps for each buffer. Dropped when the buffer goes.
pub trait Handle {
    /// The age, which the program sets to 0 when it has drawn.
    fn age(&self) -> u32;
    /// Changes the age.
    fn set_age(&mut self, age: u32);
    /// Shows the program who holds the buffer, and whether it goes with the next request.
    fn show(&mut self, is_held: bool, is_outdated: bool);
    /// Shows the program that the buffer was given up: its pixels are in this memory, and the compositor has none of it.
    fn show_given_up(&mut self, memory: &PrivateMemory);
    /// Who hears of the buffer's release.
    fn listener(&self) -> Listener;
    /// Calls `visit` for what the program has recorded that it drew in this frame.
    fn visit_drawn(&self, visit: &mut dyn FnMut(Rectangle));
    /// Tells one such record from another: what has the same mark was not added to.
    fn drawn_mark(&self) -> DrawnMark;
    /// How many scrolls the program has recorded in this frame.
    fn recorded_scrolls(&self) -> usize;
}

/// The corners of a record of what was drawn, where it is, and how many rectangles it has.
pub type DrawnMark = ([i32; 4], usize, i32);
