//! The face of Plan 9's `pool.h`.
//!
//! ```text
//!   functions.rs         the exported names
//!      | inspection.rs   what poolwalk and poolstats are asked for and answer
//!      | types.rs        what they show
//! ```

mod functions;
mod inspection;
mod types;

pub use functions::*;
pub use types::*;
