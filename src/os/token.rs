//! A number that says which process this is: a child has another one than its parent from the moment it begins.

use core::sync::atomic::{AtomicUsize, Ordering};

use super::fork::make_known_to_fork;
use super::token_page::{find_place, known_place};

/// The lowest bits are left to whoever writes the number down.
const UNIT: usize = 8;

/// How many numbers were made where the system has none at random.
static MADE: AtomicUsize = AtomicUsize::new(0);
/// Odd: numbers that are multiplied by it stay different, and lie apart. The golden ratio in 32 bits.
const SPREAD: usize = 0x9E37_79B1;

/// The number of this process, a multiple of 8 and not 0. No other process that lives has it.
pub fn process_token() -> usize {
    let place = known_place().unwrap_or_else(|| {
        make_known_to_fork();
        find_place()
    });
    let Some(token) = place.word() else {
        // SAFETY: getpid has no preconditions.
        return usize::try_from(unsafe { libc::getpid() }).unwrap_or(1).wrapping_mul(UNIT).max(UNIT);
    };
    let known = token.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    let made = random_token();
    token.compare_exchange(0, made, Ordering::Relaxed, Ordering::Relaxed).map_or_else(|known| known, |_| made)
}

/// A number that nobody else comes upon, a multiple of 8 and not 0.
pub fn random_token() -> usize {
    let mut bytes = [0_u8; size_of::<usize>()];
    // SAFETY: the pointer and the length are those of an array.
    let count = unsafe { libc::syscall(libc::SYS_getrandom, bytes.as_mut_ptr(), bytes.len(), 0) };
    let mut token = usize::from_ne_bytes(bytes);
    if usize::try_from(count).unwrap_or(0) != bytes.len() {
        // SAFETY: getpid has no preconditions.
        let process = usize::try_from(unsafe { libc::getpid() }).unwrap_or(1);
        // Numbers of processes follow each other, and so do those of this one's tokens: they are spread.
        token = (process ^ MADE.fetch_add(1, Ordering::Relaxed).rotate_right(8)).wrapping_mul(SPREAD);
    }
    token.wrapping_mul(UNIT).max(UNIT)
}
