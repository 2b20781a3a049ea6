//! The roof: the exported C functions and types, and what turns them into calls of the floors below.
//!
//! A face is one C header: `foot_1_4`, `chain`, `launcher`, `pool` and `statistics`. What any face of the buffers needs is in
//! `shared`, which knows no header.
//!
//! What C passes is checked at one gate for each type of pointer: a `wl_shm` in `ShmGlobal::from_c`, a
//! `struct buffer` in `shared::node::find_buffer`. No panic leaves a function (panic = "abort" is checked when the C
//! library is built, and `extern "C"` aborts in any case), and nothing with a destructor is alive while the log handler
//! of the program runs, so that it may `longjmp` out or call this library again.
#![allow(missing_docs, reason = "the items that C sees are documented where they stand, and the rest is not public")]
#![cfg_attr(has_symbol_prefix, allow(unused_attributes, reason = "export_name stands beside no_mangle, and wins"))]

/// The name that a function is exported by in a library with a prefix (`build.rs` says where the prefix comes from).
#[cfg(has_symbol_prefix)]
macro_rules! prefixed {
    ($name:literal) => {
        concat!(env!("MILLPOND_SYMBOL_PREFIX"), $name)
    };
}

pub mod statistics;

#[cfg(feature = "pool")]
pub mod pool;

#[cfg(feature = "shm")]
pub mod chain;
#[cfg(feature = "shm")]
pub mod foot_1_4;
#[cfg(feature = "shm")]
pub mod launcher;
#[cfg(feature = "shm")]
mod shared;

#[cfg(all(test, feature = "std", feature = "shm"))]
mod another_face;
