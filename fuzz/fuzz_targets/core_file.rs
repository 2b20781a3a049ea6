//! Bytes that are said to be a core, perhaps with a statistics page in it.
#![no_main]

use millpond_fuzz::statistics_page;

libfuzzer_sys::fuzz_target!(|script: statistics_page::Script| statistics_page::play_core(&script));
