//! src/c_api/launcher against include/launcher/shm.h: layouts, constants, signatures, and that the functions are there.
#![allow(
    unknown_lints,
    nonstandard_style,
    unused,
    missing_abi,
    function_casts_as_integer,
    reason = "the names are C's, and ctest2 writes the Rust of 2015"
)]
#![allow(clippy::all, clippy::undocumented_unsafe_blocks, reason = "ctest2 writes it")]

use core::ffi::*;
use millpond::c_api::launcher::*;
use millpond::pixman::pixman_image_t;
use millpond::wayland::{wl_buffer, wl_shm};

include!(concat!(env!("OUT_DIR"), "/launcher.rs"));
include!("verdict.rs");

fn main() -> std::process::ExitCode {
    verdict("src/c_api/launcher and include/launcher/shm.h")
}
