//! Pools as programs use them, beside what a program knows of its blocks.
#![no_main]

use millpond_fuzz::pool::operations;

libfuzzer_sys::fuzz_target!(|script: operations::Script| operations::play(&script));
