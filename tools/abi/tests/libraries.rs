//! What src/pixman/raw.rs and src/wayland/raw.rs say of the libraries, against pixman.h and wayland-client.h.
#![allow(
    unknown_lints,
    nonstandard_style,
    unused,
    missing_abi,
    function_casts_as_integer,
    reason = "the names are C's, and ctest2 writes the Rust of 2015"
)]
#![allow(clippy::all, clippy::undocumented_unsafe_blocks, reason = "ctest2 writes it")]

extern crate millpond;

mod declarations {
    use core::ffi::*;
    include!(concat!(env!("OUT_DIR"), "/libraries_declarations.rs"));
}

use core::ffi::*;
use declarations::*;

include!(concat!(env!("OUT_DIR"), "/libraries.rs"));
include!("verdict.rs");

fn main() -> std::process::ExitCode {
    verdict("src/{pixman,wayland}/raw.rs and pixman.h, wayland-client.h")
}
