//! src/pool/record.rs and src/c_api/pool/functions.rs against include/pool.h: layouts, constants, signatures, and that all is there.
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
use millpond::c_api::pool::*;
use millpond::pool::*;

include!(concat!(env!("OUT_DIR"), "/pool.rs"));
include!("plan9_pools.rs");
include!("verdict.rs");

fn main() -> std::process::ExitCode {
    verdict("src/pool/record.rs, src/c_api/pool and include/pool.h")
}
