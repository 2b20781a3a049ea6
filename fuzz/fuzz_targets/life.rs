//! The life of a group of buffers: who holds which, which is next, which goes.
#![no_main]

use millpond_fuzz::life;

libfuzzer_sys::fuzz_target!(|script: life::Script| life::play(&script));
