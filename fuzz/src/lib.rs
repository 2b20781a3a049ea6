//! Scripts, and plain models beside the library: what the targets in `fuzz_targets/` and the tests in `tests/` play.
//!
//! A script is made of a target's bytes, or of a property's strategy. `play` carries it out twice, by the library and by a
//! model, and panics where they differ.

pub mod buffers;
pub mod catching_up;
pub mod life;
pub mod pool;
pub mod scroll;
pub mod statistics_page;
