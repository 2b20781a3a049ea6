//! src/c_api/foot_1_4 against the original shm.h, if FOOT_HEADERS names the folder in which it is.
#![allow(
    unknown_lints,
    nonstandard_style,
    unused,
    missing_abi,
    function_casts_as_integer,
    reason = "the names are C's, and ctest2 writes the Rust of 2015"
)]
#![allow(clippy::all, clippy::undocumented_unsafe_blocks, reason = "ctest2 writes it")]

#[cfg(has_original_shm)]
mod comparison {

    use core::ffi::*;
    use millpond::c_api::foot_1_4::*;
    use millpond::pixman::{pixman_image_t, pixman_region32_t};
    use millpond::wayland::{wl_buffer, wl_shm, wl_shm_pool};

    include!(concat!(env!("OUT_DIR"), "/original_shm.rs"));
    include!("verdict.rs");

    pub fn run() -> std::process::ExitCode {
        verdict("src/c_api/foot_1_4 and the original shm.h")
    }
}

#[cfg(has_original_shm)]
fn main() -> std::process::ExitCode {
    comparison::run()
}

#[cfg(not(has_original_shm))]
fn main() {
    println!("abi: skipped: set FOOT_HEADERS to a folder with the original shm.h to compare with that");
}
