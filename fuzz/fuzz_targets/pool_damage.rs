//! Pools whose memory is written over by mistake: nothing ends the process, and every call ends.
#![no_main]

use millpond_fuzz::pool::damage;

libfuzzer_sys::fuzz_target!(|script: damage::Script| damage::play(&script));
