//! The face of Plan 9's `pool.h`.

mod functions;

pub use functions::*;
