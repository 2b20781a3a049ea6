//! Pixel buffers, through the C functions of `shm.h` and `chain/shm.h`, on the compositor of `c-tests`.
//!
//! ```text
//!   script    what a program with some windows does, and when the compositor gives buffers back
//!   play      carries it out, beside pictures of what the windows are to show
//!      | window    a window, what it showed, and what its next buffer must show
//!      | face      face.h: what a program does with buffers, for each header
//!      | compositor  c-tests/compositor
//! ```

#[path = "../../../tools/rust-tests/src/compositor.rs"]
mod compositor;
mod face;
mod play;
mod script;
mod window;

pub use play::play;
pub use script::{Act, Face, Frame, Script, Step};
