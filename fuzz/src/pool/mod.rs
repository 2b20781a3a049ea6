//! Pools, through the C functions of `pool.h`.
//!
//! ```text
//!   operations   scripts of calls beside a model: nothing may be wrong
//!   damage       scripts of calls, and words that are written over: nothing may end the process
//!      | calls      what a script says of a call; model: what a program knows of its blocks
//!      | program    program.h: the callbacks, one call; space.h: arenas
//! ```

mod calls;
pub mod damage;
mod model;
pub mod operations;
mod program;

pub use calls::{Placing, Quantum, Setup, Size};
