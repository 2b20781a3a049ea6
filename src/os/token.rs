//! A number that says which process this is: a child has another one than its parent from the moment it begins.
//!
//! The system clears the page where it stands in a child, and so does fork(): an emulator may take the order to do so
//! and forget it, and a child of clone() never comes by fork().

use core::ffi::c_void;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicUsize, Ordering};

use super::lock::make_known_to_fork;
use super::{map_guarded, page_bytes, unmap_guarded};

/// Since Linux 4.14: a child finds zeros there.
const MADV_WIPEONFORK: i32 = 18;

/// The lowest bits are left to whoever writes the number down.
const UNIT: usize = 8;

/// How many numbers were made where the system has none at random.
static MADE: AtomicUsize = AtomicUsize::new(0);
/// Odd: numbers that are multiplied by it stay different, and lie apart. The golden ratio in 32 bits.
const SPREAD: usize = 0x9E37_79B1;

/// Where the number stands; 0: not looked yet.
static PLACE: AtomicUsize = AtomicUsize::new(0);
/// The system has no such place.
const NOWHERE: usize = 1;

/// The number of this process, a multiple of 8 and not 0. No other process that lives has it.
pub fn process_token() -> usize {
    let mut place = PLACE.load(Ordering::Acquire);
    if place == 0 {
        place = find_place();
    }
    if place == NOWHERE {
        // SAFETY: getpid has no preconditions.
        return usize::try_from(unsafe { libc::getpid() }).unwrap_or(1).wrapping_mul(UNIT).max(UNIT);
    }
    // SAFETY: a page that is never given back, and whose first word is only used so.
    let token = unsafe { AtomicUsize::from_ptr(ptr::with_exposed_provenance_mut(place)) };
    let known = token.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    let made = random_token();
    token.compare_exchange(0, made, Ordering::Relaxed, Ordering::Relaxed).map_or_else(|known| known, |_| made)
}

fn find_place() -> usize {
    make_known_to_fork();
    let made = map_guarded(page_bytes()).filter(|page| is_wiped_in_children(*page));
    let place = made.map_or(NOWHERE, |page| page.as_ptr().expose_provenance());
    let found = PLACE.compare_exchange(0, place, Ordering::AcqRel, Ordering::Acquire);
    if let (Err(_), Some(page)) = (found, made) {
        // SAFETY: mapped above, and another thread's page is used.
        unsafe { unmap_guarded(page, page_bytes()) };
    }
    found.map_or_else(|other| other, |_| place)
}

fn is_wiped_in_children(page: NonNull<c_void>) -> bool {
    // SAFETY: a whole page that has just been mapped, and holds nothing.
    let is_wiped = unsafe { libc::madvise(page.as_ptr(), page_bytes(), MADV_WIPEONFORK) } == 0;
    if !is_wiped {
        // SAFETY: mapped by the caller, and nobody else knows it.
        unsafe { unmap_guarded(page, page_bytes()) };
    }
    is_wiped
}

/// In a child, where nobody else runs: it has a number of its own.
pub(super) fn forget_process_token() {
    let place = PLACE.load(Ordering::Relaxed);
    if place != 0 && place != NOWHERE {
        // SAFETY: a page that is never given back, and whose first word is only used so.
        unsafe { AtomicUsize::from_ptr(ptr::with_exposed_provenance_mut(place)) }.store(0, Ordering::Relaxed);
    }
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
