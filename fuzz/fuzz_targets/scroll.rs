//! The geometry of scrolling: rings, margins, kept rows, wraps.
#![no_main]

use millpond_fuzz::scroll;

libfuzzer_sys::fuzz_target!(|script: scroll::Script| scroll::play(&script));
