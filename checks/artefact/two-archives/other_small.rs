//! Another Rust library that a program may link: without std, with a panic handler of its own.

#![no_std]

use core::panic::PanicInfo;

unsafe extern "C" {
    safe fn abort() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    abort()
}

/// Returns n * n / 3 modulo a million and three: a division of 128 bits comes from the compiler's helpers.
#[unsafe(no_mangle)]
pub extern "C" fn other_small(n: u64) -> u64 {
    let square = u128::from(n) * u128::from(n);
    (square / 3 % 1_000_003) as u64
}
