//! The face of foot 1.8.2 to 1.28: `chain/shm.h`, with chains of buffers.
//!
//! ```text
//!   functions.rs      the exported names
//!      | requests.rs, scrolling.rs, references.rs, ending.rs    arguments checked, and what is wrong with them said
//!      | chains.rs    what a chain has been told, and which there are; settings.rs
//!      | layout.rs    what struct buffer shows of a buffer, for each version of foot
//!      | types.rs     what passes between C and these
//! ```
//!
//! `include/chain/shm.h` is generated from `types.rs`, `functions.rs` and `tools/headers/chain.toml`.

mod chains;
mod ending;
mod functions;
mod layout;
mod references;
mod requests;
mod scrolling;
mod settings;
mod types;

pub(in crate::c_api) use chains::{make, plain_request};
pub(in crate::c_api) use layout::{Seen, give_up_without_memory, refuse};
pub(in crate::c_api) use references::note_taken_by_hand;

pub use functions::*;
pub use types::*;
