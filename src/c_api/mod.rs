//! The roof: the exported C functions and types, and what turns them into calls of the floors below.
//!
//! What C passes is checked at one gate for each type of pointer: a `wl_shm` in `ShmGlobal::from_c`, a
//! `struct buffer` in `registry::find_buffer`. No panic leaves a function (panic = "abort" is checked when the C library
//! is built, and `extern "C"` aborts in any case), and nothing with a destructor is alive while the log handler of the
//! program runs, so that it may `longjmp` out or call this library again.
#![allow(missing_docs, reason = "the items that C sees are documented in shm.rs, and the rest is not public")]

mod face;
mod log;
mod node;
pub mod pool;
mod registry;
pub mod shm;
