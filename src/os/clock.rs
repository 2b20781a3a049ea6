//! The time, to the precision of a few milliseconds.

use core::ptr;

/// Milliseconds since some time in the past. Never goes back.
pub fn milliseconds() -> u64 {
    coarse_nanoseconds() / 1_000_000
}

/// Nanoseconds since the same time, as it was at the last tick. Never goes back.
pub fn coarse_nanoseconds() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes the struct. It reads a page that the kernel keeps up to date, and makes no system call.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &raw mut now) } != 0;
    if failed {
        return 0;
    }
    // Neither is negative; both have 32 bits on some machines.
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanoseconds = u64::try_from(now.tv_nsec).unwrap_or(0);
    seconds * 1_000_000_000 + nanoseconds
}

/// Nanoseconds since the same time, precisely.
pub fn nanoseconds() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes the struct.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) } != 0;
    if failed {
        return 0;
    }
    let (seconds, nanoseconds) = (u64::try_from(now.tv_sec).unwrap_or(0), u64::try_from(now.tv_nsec).unwrap_or(0));
    seconds.wrapping_mul(1_000_000_000).wrapping_add(nanoseconds)
}

/// Waits, less than a second, and no shorter for a signal, or where the process may not sleep. errno may change.
pub(super) fn sleep(wait_milliseconds: u64) {
    // The clock goes in steps of a few: so its next step does not count.
    let begin = milliseconds();
    let time = libc::timespec { tv_sec: 0, tv_nsec: (wait_milliseconds * 1_000_000).try_into().unwrap_or(0) };
    loop {
        // SAFETY: a time to wait; what would be left of it is not asked for.
        let failed = unsafe { libc::nanosleep(&raw const time, ptr::null_mut()) } != 0;
        if !failed || milliseconds() > begin + wait_milliseconds + COARSE_MILLISECONDS {
            return;
        }
    }
}

/// The longest step of the clock: a tick at 100 Hz.
const COARSE_MILLISECONDS: u64 = 10;
