//! What the tests in `tests/` share: a program with a window, in Rust, on the test compositor.

pub mod compositor;
pub mod session;

pub use compositor::ReleasePolicy;
pub use session::{Buffer, Frame, Session};
