//! Where a block goes in a stretch of memory: decisions on offsets, which never touch the memory.
#![forbid(unsafe_code)]

mod best_fit;
mod file_size;
mod reserve;
mod touched;

pub use best_fit::BestFit;
pub use file_size::{Census, is_right_file};
pub use reserve::Reserve;
pub use touched::Touched;
