//! Programs with windows, by both headers, on a compositor that gives buffers back as the script says.
#![no_main]

use millpond_fuzz::buffers;

libfuzzer_sys::fuzz_target!(|script: buffers::Script| buffers::play(&script));
