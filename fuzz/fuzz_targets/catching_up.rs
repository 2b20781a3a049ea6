//! Buffers in turn, brought up to date, beside a full redraw, with every way of giving them back.
#![no_main]

use millpond_fuzz::catching_up;

libfuzzer_sys::fuzz_target!(|script: catching_up::Script| catching_up::play(&script));
