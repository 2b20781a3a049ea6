//! Pixel buffers: memory files, reuse, scrolling, release.
//!
//! ```text
//!   Display ---- Table of Buffer ---- Offsets: wl_buffer and images for each offset of the ring
//!      |              |        \----- Handle: what the face (c_api) keeps for it
//!      |--- Relics: what is left of buffers that were given up
//!      |              | Range
//!      +---- Arenas - Arena ---- Space: the mapping, who is where in it, what was touched
//!                       \------- memory file, wl_shm_pool
//! ```
//!
//! One [`Display`] for each `wl_shm` of the program. The decisions come from `life`, `placement` and `scroll`; here
//! they are carried out. Nothing here knows how C sees a buffer, and nothing here calls the program: what there is to
//! say goes into [`Notices`], which the face reads out when the work is done.
#![forbid(unsafe_code)]

mod arena;
mod arenas;
mod buffer;
mod catching_up;
mod copied;
mod display;
mod failure;
mod letting_go;
mod make;
mod notices;
mod offsets;
mod relics;
mod scrolling;
mod space;
mod table;

pub use buffer::View;
pub use copied::Copied;
pub use display::{Display, Request, Settings, Wanted};
pub use failure::Failure;
pub use notices::{Notice, Notices};
pub use scrolling::Refusal;
pub use table::Key;

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
