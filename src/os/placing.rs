//! Memory from the system at a place that is wished for: beside what one has, or where nothing else comes soon.
#![forbid(unsafe_code)]

use core::ffi::c_void;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::pages::map_zeroed_near;
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

/// Zeroed memory, where it is wished for, if the system has that. None: there is none.
pub fn map_where_wished(bytes: usize) -> Option<NonNull<c_void>> {
    map_zeroed_near(WISHED_FOR.swap(0, Ordering::Relaxed), bytes)
}
