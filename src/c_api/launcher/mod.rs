//! The face of launchers and notifiers: `launcher/shm.h`, one buffer for each call, and no more.
//!
//! ```text
//!   functions.rs      the exported names
//!      | buffers.rs   a chain for each size, and a struct for each of its buffers
//!      | types.rs     the struct
//! ```
//!
//! It stands on the face of chains: what a chain shows of a buffer is shown in another struct. A reference keeps each
//! buffer of a size as long as that is asked for.

mod buffers;
mod functions;
mod types;

pub use functions::*;
pub use types::*;
