//! Bytes that another process says are its statistics page.
#![no_main]

use millpond_fuzz::statistics_page;

libfuzzer_sys::fuzz_target!(|script: statistics_page::Script| statistics_page::play(&script));
