//! Memory from the system at a place that is wished for: beside what one has, or where nothing else comes soon.
#![allow(unsafe_code, reason = "mappings")]

use core::ffi::c_void;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicUsize, Ordering};

use super::pages::map_zeroed;
use crate::limits::{PLACES_APART_BYTES, PLACES_MAX};

/// Where the next mapping is wished for; 0: anywhere. Another thread's wish may be taken for it, which costs nothing but
/// that place.
static WISHED_FOR: AtomicUsize = AtomicUsize::new(0);

/// Wishes that [`map_where_wished`] maps there, if nothing is there yet. 0: anywhere.
pub fn wish_for_place(address: usize) {
    WISHED_FOR.store(address, Ordering::Relaxed);
}

/// An address at some distance below another one, and from all others that were returned. 0: there is none.
pub fn lonely_place(below: usize) -> usize {
    static GIVEN: AtomicUsize = AtomicUsize::new(0);
    if GIVEN.load(Ordering::Relaxed) >= PLACES_MAX {
        return 0;
    }
    let number = GIVEN.fetch_add(1, Ordering::Relaxed) + 1;
    number.checked_mul(PLACES_APART_BYTES).and_then(|distance| below.checked_sub(distance)).unwrap_or(0)
}

/// As [`map_zeroed`], where it is wished for, if the system has that.
pub fn map_where_wished(bytes: usize) -> Option<NonNull<c_void>> {
    let place = WISHED_FOR.swap(0, Ordering::Relaxed);
    if place == 0 {
        return map_zeroed(bytes);
    }
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let wish = ptr::without_provenance_mut(place);
    // SAFETY: the address is a wish: where something else is, the kernel chooses another, and replaces nothing.
    let memory = unsafe { libc::mmap(wish, bytes, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
    if memory == libc::MAP_FAILED { None } else { NonNull::new(memory) }
}
