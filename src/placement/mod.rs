//! Where a block goes in a stretch of memory: decisions on offsets, which never touch the memory.
#![forbid(unsafe_code)]

mod best_fit;
mod touched;

pub use best_fit::BestFit;
pub use touched::Touched;
