//! The face of `millpond.h`: what a process can read of its own statistics page.
//!
//! ```text
//!   functions.rs         the exported names
//!      | reading.rs      a record becomes a struct of C
//!      | types.rs        these structs
//! ```

mod functions;
mod reading;
mod types;

pub use functions::*;
pub use types::*;
