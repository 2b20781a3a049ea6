//! src/c_api/foot_1_4 against include/shm.h: layouts, constants, signatures, and that the functions are there.
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
use millpond::c_api::foot_1_4::*;
use millpond::pixman::{pixman_image_t, pixman_region32_t};
use millpond::wayland::{wl_buffer, wl_shm, wl_shm_pool};

include!(concat!(env!("OUT_DIR"), "/shm.rs"));
include!("verdict.rs");

fn main() -> std::process::ExitCode {
    verdict("src/c_api/foot_1_4 and include/shm.h")
}
