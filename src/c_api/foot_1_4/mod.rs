//! The face of foot 1.4 to 1.8: `shm.h`, with cookies.
//!
//! ```text
//!   functions.rs      the exported names
//!      | requests.rs, scrolling.rs, ending.rs, settings.rs    arguments checked, and what is wrong with them said
//!      | layout.rs    what struct buffer shows of a buffer
//!      | types.rs     struct buffer, and the constants
//! ```
//!
//! `include/shm.h` is generated from `types.rs` and `functions.rs`.

mod ending;
mod functions;
mod layout;
mod requests;
mod scrolling;
mod settings;
mod types;

pub use functions::*;
pub use types::*;
