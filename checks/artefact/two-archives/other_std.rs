//! Another Rust library that a program may link: with std, its allocator, threads and unwinding.

use std::{panic, thread};

/// Returns how long the numbers below n are, joined with commas; 0 if its own panic is not caught.
#[unsafe(no_mangle)]
pub extern "C" fn other_std(n: u32) -> u32 {
    panic::set_hook(Box::new(|_| ()));
    if panic::catch_unwind(|| assert!(n == 0, "a panic of this library")).is_ok() {
        return 0;
    }
    let texts = thread::spawn(move || (0..n).map(|number| number.to_string()).collect::<Vec<_>>());
    texts.join().map_or(0, |texts| u32::try_from(texts.join(",").len()).unwrap_or(0))
}
