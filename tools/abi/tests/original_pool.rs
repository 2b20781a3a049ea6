//! src/pool/record.rs and src/c_api/pool/functions.rs against the original pool.h, if PLAN9_HEADERS names the folder in which it is.
#![allow(
    unknown_lints,
    nonstandard_style,
    unused,
    missing_abi,
    function_casts_as_integer,
    reason = "the names are C's, and ctest2 writes the Rust of 2015"
)]
#![allow(clippy::all, clippy::undocumented_unsafe_blocks, reason = "ctest2 writes it")]

#[cfg(has_original_pool)]
mod comparison {

    use core::ffi::*;
    use millpond::c_api::pool::*;
    use millpond::pool::*;

    include!(concat!(env!("OUT_DIR"), "/original_pool.rs"));
    include!("plan9_pools.rs");
    include!("verdict.rs");

    pub fn run() -> std::process::ExitCode {
        verdict("src/pool/record.rs, src/c_api/pool and the original pool.h")
    }
}

#[cfg(has_original_pool)]
fn main() -> std::process::ExitCode {
    comparison::run()
}

#[cfg(not(has_original_pool))]
fn main() {
    println!("abi: skipped: set PLAN9_HEADERS to a folder with the original pool.h to compare with that");
}
